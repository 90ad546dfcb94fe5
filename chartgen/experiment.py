"""Renders between two sides: side A with some of its differences taken from side B, and what then stands where.

A side is Helm-coalesced values, release, namespace and Kubernetes version. A value that the other side lacks is passed
as null where the chart has a default for it, or Helm would put that default back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from chartgen import layers
from chartgen.cause import Factors, Outcome
from chartgen.errors import RenderError
from chartgen.model import ABSENT, Change, Factor, Key, KubeObject, ObjectPath, Pair, Target, Tree, Values

Texts = Mapping[str, str]
Render = Callable[[Target, Values], Texts]
Parse = Callable[[str, str], Sequence[KubeObject]]
ValueAt = Callable[[KubeObject, ObjectPath], Tree]
SETTINGS = {"release": "release", "namespace": "namespace", "kubeVersion": "kube_version"}
SECRET = ("", "Secret")


@dataclass(frozen=True, slots=True)
class Side:
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
    elif not layers.same(before, after):
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


class Bench:
    """Experiments on one comparison; calling it makes it the oracle that `cause` asks."""

    def __init__(
        self,
        sides: tuple[Side, Side],
        factors: Sequence[Factor],
        changes: Sequence[Change],
        *,
        defaults: Values,
        render: Render,
        parse: Parse,
        value_at: ValueAt,
    ) -> None:
        self._sides = sides
        self._factors = factors
        self._everything = frozenset(range(len(factors)))
        self._changes = changes
        self._defaults = defaults
        self._render = render
        self._parse = parse
        self._value_at = value_at
        self._by_pair = self._grouped(changes)
        self._secrets = [self._secret_data(side.texts) for side in sides]
        self.renders = 0
        self._touching: set[int] = set()
        self._swaps: Counter[int] = Counter()
        self.reshaped: dict[int, set[int]] = defaultdict(set)

    @property
    def touching_secrets(self) -> AbstractSet[int]:
        """The factors that change a Secret's data, or that may, for want of the experiments that would tell."""
        unknown = {factor for factor in self._everything if self._swaps[factor] < len(self._sides)}
        return self._touching | unknown if any(self._secrets) else self._touching

    @staticmethod
    def _grouped(changes: Sequence[Change]) -> list[tuple[Pair, tuple[str, ...], list[int]]]:
        groups: dict[int, tuple[Pair, tuple[str, ...], list[int]]] = {}
        for index, change in enumerate(changes):
            templates = tuple(dict.fromkeys(obj.template for obj in change.pair if obj))
            groups.setdefault(id(change.pair), (change.pair, templates, []))[2].append(index)
        return list(groups.values())

    def __call__(self, chosen: Factors) -> Outcome:
        self.renders += 1
        self._swaps.update(factor for _, factor in self._single(chosen))
        target, values = self.hybrid(chosen)
        try:
            texts = self._render(target, values)
        except RenderError:
            self._note_failure(chosen)
            return Outcome(frozenset(), frozenset())
        self._note_secrets(chosen, texts)
        before: set[int] = set()
        after: set[int] = set()
        for pair, templates, indices in self._by_pair:
            printed = tuple(texts.get(name, "") for name in templates)
            if printed == tuple(self._sides[0].texts.get(name, "") for name in templates):
                before.update(indices)
            elif printed == tuple(self._sides[1].texts.get(name, "") for name in templates):
                after.update(indices)
            else:
                self._look(chosen, self._find(pair, templates, printed), indices, (before, after))
        return Outcome(frozenset(before), frozenset(after))

    def hybrid(self, chosen: Factors) -> tuple[Target, Values]:
        """Side A with the chosen factors of side B, built from whichever side it has more of."""
        end = len(chosen) * 2 > len(self._factors)
        target, values = self._sides[end].target, self._sides[end].values
        for index in sorted(self._everything - chosen if end else chosen):
            factor = self._factors[index]
            value = factor.before if end else factor.after
            if factor.setting:
                target = replace(target, **{SETTINGS[factor.key[0]]: value})
            else:
                values = _without(values, factor.key) if value is ABSENT else _with(values, factor.key, value)
        return target, _with_deletions(values, self._defaults)

    def _find(self, pair: Pair, templates: Sequence[str], printed: Sequence[str]) -> KubeObject | None:
        """The object of a pair in another render: by either side's name, or as the only one of its kind."""
        known = [obj for obj in pair if obj]
        kind = known[0].id.kind
        try:
            objects = [obj for name, text in zip(templates, printed, strict=True) for obj in self._parse(name, text)]
        except RenderError:
            return None
        same_kind = [obj for obj in objects if obj.id.kind == kind and obj.id.group == known[0].id.group]
        named = [obj for obj in same_kind if obj.id.name in {one.id.name for one in known}]
        found = named or same_kind
        return found[0] if len(found) == 1 else None

    def _look(
        self, chosen: Factors, obj: KubeObject | None, indices: Iterable[int], read: tuple[set[int], set[int]]
    ) -> None:
        for index in indices:
            change = self._changes[index]
            if not change.path:
                there = change.after if change.before is ABSENT else change.before
                read[(obj is not None) is (change.before is ABSENT)].add(index)
                if obj is not None and obj.body != there:
                    self._note_reshaped(chosen, index)
                continue
            value = ABSENT if obj is None else self._value_at(obj, change.path)
            for side, expected in enumerate((change.before, change.after)):
                if value is expected or (value == expected and isinstance(value, bool) == isinstance(expected, bool)):
                    read[side].add(index)

    def _note_reshaped(self, chosen: Factors, index: int) -> None:
        """A one-sided object that one factor alters, seen from the side that has the object."""
        one_off = chosen if self._changes[index].after is ABSENT else self._everything - chosen
        if len(one_off) == 1:
            self.reshaped[index] |= one_off

    def _secret_data(self, texts: Texts) -> dict[str, tuple[Tree, ...]]:
        """The data of each template's Secrets."""
        found = {}
        for template, text in texts.items():
            if "Secret" in text:
                objects = [obj for obj in self._parse(template, text) if (obj.id.group, obj.id.kind) == SECRET]
                found[template] = tuple((obj.body.get("data"), obj.body.get("stringData")) for obj in objects)
        return {template: data for template, data in found.items() if data}

    def _note_secrets(self, chosen: Factors, texts: Texts) -> None:
        for side, factor in self._single(chosen):
            try:
                touched = self._secret_data(self._stable(texts)) != self._secrets[side]
            except RenderError:
                touched = any(self._secrets)
            if touched:
                self._touching.add(factor)

    def _stable(self, texts: Texts) -> Texts:
        """The texts of templates that are compared: others differ from render to render."""
        return {name: text for name, text in texts.items() if any(name in side.texts for side in self._sides)}

    def _note_failure(self, chosen: Factors) -> None:
        """A factor whose effect cannot be seen counts as secret where there are secrets at all."""
        if any(self._secrets):
            self._touching.update(factor for _, factor in self._single(chosen))

    def _single(self, chosen: Factors) -> Iterator[tuple[int, int]]:
        """The one factor that sets an experiment apart from side 0 or 1, if it is one."""
        for side, one_off in enumerate((chosen, self._everything - chosen)):
            if len(one_off) == 1:
                yield side, next(iter(one_off))
