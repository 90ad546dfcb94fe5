"""What the inputs of two sides differ in, and inputs between the two: side A with some of it taken from side B.

A side is Helm-coalesced values, release, namespace and Kubernetes version. A value that the other side lacks is passed
as null where the chart has a default for it, or Helm would put that default back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from chartgen.diff.naming import Renaming
from chartgen.keypath import path as spelled
from chartgen.model import ABSENT, Key, KubeObject, Mark, Target, Tree, Values
from chartgen.results import Factor
from chartgen.trees import at, same, with_value, without
from chartgen.values.snapshot import Snapshot

SETTINGS = {
    "release": "release",
    "namespace": "namespace",
    "kubeVersion": "kube_version",
    "revision": "revision",
}


NAMING = ("release", "namespace")
"""The settings that names are made of."""
NAME = re.compile(r"name|override", re.IGNORECASE)
"""In the key of what gives a name, such as fullnameOverride."""
PIECE = re.compile(r"(?![0-9]{1,2}$)[A-Za-z0-9]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?")
"""What can stand in the name of an object (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/),
and is no count."""


class Side(NamedTuple):
    """One side of a comparison: a target, and the values that its templates see."""

    target: Target
    values: Values

    @classmethod
    def of(cls, snapshot: Snapshot) -> Side:
        return cls(snapshot.target, snapshot.values)


def factors_of(before: Side, after: Side) -> list[Factor]:
    """Every difference between the inputs of two sides: settings first, then values in the order of their keys."""
    settings = [
        Factor((name,), getattr(before.target, field), getattr(after.target, field), setting=True)
        for name, field in SETTINGS.items()
        if getattr(before.target, field) != getattr(after.target, field)
    ]
    differing = _differing(before.values, after.values, ())
    return settings + [Factor(key, a, b, idle=_idle(key, (before.values, after.values))) for key, a, b in differing]


def renamings(factors: Sequence[Factor], charts: Iterable[str] = ()) -> list[Renaming]:
    """What inputs say on the two sides that may be a piece of an object's name: settings first, then scalars.

    The release says it in the names of `charts` too, as `helm create` writes their helpers.
    """
    names = [*charts]
    found: list[Renaming] = []
    for factor in filter(_may_name, factors):
        found.append(Renaming(_piece(factor.before), _piece(factor.after), bool(NAME.search(factor.key[-1]))))
        if factor.setting and factor.key == ("release",):
            found += [Renaming(_fullname(factor.before, name), _fullname(factor.after, name)) for name in names]
    return [each for each in dict.fromkeys(found) if each.before != each.after]


def charts_of(objects: Iterable[KubeObject]) -> list[str]:
    """The names of a chart and its subcharts, as Helm names the templates of these objects."""
    return list(
        dict.fromkeys(part for obj in objects for part in obj.template.split("/templates/")[0].split("/charts/"))
    )


def _fullname(release: str, chart: str) -> str:
    return release if chart in release else f"{release}-{chart}"


def _may_name(factor: Factor) -> bool:
    if factor.setting:
        return factor.key[0] in NAMING
    return all(_is_piece(value) for value in (factor.before, factor.after))


def _is_piece(value: Tree) -> bool:
    if value is None or value is ABSENT or value == "":
        return True
    return isinstance(value, str | int) and not isinstance(value, bool) and bool(PIECE.fullmatch(str(value)))


def _piece(value: Tree) -> str:
    return "" if value is None or value is ABSENT else str(value)


def _differing(before: Tree, after: Tree, key: Key) -> Iterator[tuple[Key, Tree, Tree]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping) and (before or after):
        for name in sorted({*before, *after}):
            yield from _differing(before.get(name, ABSENT), after.get(name, ABSENT), (*key, name))
    elif not same(before, after):
        yield key, before, after


def _idle(key: Key, sides: Sequence[Values]) -> str:
    """Why a key has no effect: below a switch that is off on both sides, by the convention that it is `enabled`."""
    for length in range(len(key) - 1, 0, -1):
        switch = (*key[:length], "enabled")
        if all(at(values, switch) is False for values in sides):
            return f"{spelled(switch)} is false on both"
    return ""


def located(factors: Sequence[Factor], sides: tuple[Snapshot, Snapshot]) -> list[Factor]:
    """Factors with the places that set them, in the order of the chart's own values file. Raises ValuesError."""
    before, after = sides
    placed = [
        factor._replace(before_mark=_place(factor, before), after_mark=_place(factor, after)) for factor in factors
    ]
    own = before.layers[0].positions.marks
    return sorted(placed, key=lambda factor: (factor.setting, _nearest(factor.key, own), factor.key))


def _place(factor: Factor, side: Snapshot) -> Mark | None:
    return side.target.marks.get(factor.key[0]) if factor.setting else side.origin(factor.key)


def _nearest(key: Key, marks: Mapping[Key, Mark]) -> tuple[bool, tuple[int, int]]:
    """Where a key, or else the nearest of its parents, stands in the chart's own values; last where none does."""
    found = next((marks[key[:length]] for length in range(len(key), 0, -1) if key[:length] in marks), None)
    return (found is None, (found.line, found.column) if found else (0, 0))


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
        self.everything = frozenset(range(len(factors)))
        self._defaults = defaults

    def make(self, chosen: AbstractSet[int]) -> tuple[Target, Values]:
        """Side A with the chosen factors of side B, built from whichever side it has more of."""
        end = len(chosen) * 2 > len(self._factors)
        target, values = self._sides[end].target, self._sides[end].values
        for index in sorted(self.everything - chosen if end else chosen):
            factor = self._factors[index]
            value = factor.before if end else factor.after
            if factor.setting:
                target = target._replace(**{SETTINGS[factor.key[0]]: value})
            else:
                values = without(values, factor.key) if value is ABSENT else with_value(values, factor.key, value)
        return target, _with_deletions(values, self._defaults)
