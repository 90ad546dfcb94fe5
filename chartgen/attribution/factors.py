"""Inputs between two sides: side A with some of its differences taken from side B.

A side is Helm-coalesced values, release, namespace and Kubernetes version. A value that the other side lacks is passed
as null where the chart has a default for it, or Helm would put that default back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from chartgen.model import ABSENT, Factor, Key, Target, Tree, Values
from chartgen.trees import same

Texts = Mapping[str, str]
SETTINGS = {
    "release": "release",
    "namespace": "namespace",
    "kubeVersion": "kube_version",
    "apiVersions": "api_versions",
}


class Side(NamedTuple):
    """One side of a comparison: a target, the values its templates see, and what they print."""

    target: Target
    values: Values
    texts: Texts


def factors_of(before: Side, after: Side) -> list[Factor]:
    """Every difference between the inputs of two sides: settings first, then values in the order of their keys."""
    settings = [
        Factor((name,), getattr(before.target, field), getattr(after.target, field), setting=True)
        for name, field in SETTINGS.items()
        if getattr(before.target, field) != getattr(after.target, field)
    ]
    return settings + [Factor(key, a, b) for key, a, b in _differing(before.values, after.values, ())]


def _differing(before: Tree, after: Tree, key: Key) -> Iterator[tuple[Key, Tree, Tree]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping) and (before or after):
        for name in sorted({*before, *after}):
            yield from _differing(before.get(name, ABSENT), after.get(name, ABSENT), (*key, name))
    elif not same(before, after):
        yield key, before, after


def _with(tree: Values, key: Key, value: Tree) -> dict[str, Tree]:
    """A copy of `tree` with another value at `key`; what is not on the way is shared."""
    copy = dict(tree)
    if len(key) == 1:
        copy[key[0]] = value
    else:
        below = copy.get(key[0])
        copy[key[0]] = _with(below if isinstance(below, Mapping) else {}, key[1:], value)
    return copy


def _without(tree: Values, key: Key) -> dict[str, Tree]:
    copy = dict(tree)
    if len(key) == 1:
        copy.pop(key[0], None)
    elif isinstance(copy.get(key[0]), Mapping):
        copy[key[0]] = _without(copy[key[0]], key[1:])
    return copy


def _with_deletions(values: Values, defaults: Values) -> Values:
    """Values with a null for each of the chart's defaults that they lack: passing them leaves it deleted."""
    missing = {name: None for name in defaults if name not in values}
    below = {
        name: _with_deletions(value, defaults[name])
        for name, value in values.items()
        if isinstance(value, Mapping) and isinstance(defaults.get(name), Mapping)
    }
    return {**values, **below, **missing}


class Hybrids:
    """Every mixture of two sides."""

    def __init__(self, sides: tuple[Side, Side], factors: Sequence[Factor], defaults: Values) -> None:
        self._sides = sides
        self._factors = factors
        self._everything = frozenset(range(len(factors)))
        self._defaults = defaults

    def make(self, chosen: AbstractSet[int]) -> tuple[Target, Values]:
        """Side A with the chosen factors of side B, built from whichever side it has more of."""
        end = len(chosen) * 2 > len(self._factors)
        target, values = self._sides[end].target, self._sides[end].values
        for index in sorted(self._everything - chosen if end else chosen):
            factor = self._factors[index]
            value = factor.before if end else factor.after
            if factor.setting:
                target = target._replace(**{SETTINGS[factor.key[0]]: value})
            else:
                values = _without(values, factor.key) if value is ABSENT else _with(values, factor.key, value)
        return target, _with_deletions(values, self._defaults)
