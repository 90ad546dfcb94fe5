"""Experiments: what stands where once some of the differences between two sides have been swapped."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import partial

from chartgen.attribution.factors import Hybrids, Side, Texts
from chartgen.attribution.search import Factors, Outcome
from chartgen.errors import RenderError
from chartgen.model import ABSENT, Change, Factor, KubeObject, ObjectPath, Pair, Target, Tree, Values
from chartgen.secrets import is_secret
from chartgen.threads import Started
from chartgen.trees import same

Render = Callable[[Target, Values], Texts]
Parse = Callable[[str, str], Sequence[KubeObject]]
ValueAt = Callable[[KubeObject, ObjectPath], Tree]
MAY_BE_SECRET = re.compile(r"""kind["']?\s*:\s*["']?Secret""")


class _Group:
    """The changes of one pair, and what the templates that print its objects print on either side."""

    def __init__(self, pair: Pair, indices: tuple[int, ...]) -> None:
        self.pair = pair
        self.indices = indices
        self.templates = tuple(dict.fromkeys(obj.template for obj in pair if obj))
        self.sides: list[tuple[str, ...]] = []

    def printed(self, texts: Texts) -> tuple[str, ...]:
        return tuple(texts.get(name, "") for name in self.templates)


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
        self._hybrids = Hybrids(sides, factors, defaults)
        self._render = render
        self._parse = parse
        self._value_at = value_at
        self._groups = self._grouped()
        self._secrets = [self._secret_data(side.texts) for side in sides]
        self._planned: Iterator[Factors] = iter(())
        self._started: dict[Factors, Started[Texts]] = {}
        self.renders = 0
        self._touching: set[int] = set()
        self._swaps: Counter[int] = Counter()
        self.reshaped: dict[int, set[int]] = defaultdict(set)

    @property
    def touching_secrets(self) -> AbstractSet[int]:
        """The factors that change a Secret's data, or that may, for want of the experiments that would tell."""
        unknown = {factor for factor in self._everything if self._swaps[factor] < len(self._sides)}
        return self._touching | unknown if any(self._secrets) else self._touching

    def _grouped(self) -> list[_Group]:
        by_pair: dict[int, list[int]] = defaultdict(list)
        for index, change in enumerate(self._changes):
            by_pair[id(change.pair)].append(index)
        groups = [_Group(self._changes[indices[0]].pair, tuple(indices)) for indices in by_pair.values()]
        for group in groups:
            group.sides = [group.printed(side.texts) for side in self._sides]
        return groups

    def __call__(self, chosen: Factors) -> Outcome:
        self.renders += 1
        self._swaps.update(factor for _, factor in self._single(chosen))
        try:
            texts = self._texts(chosen)
        except RenderError:
            self._note_failure(chosen)
            return Outcome(frozenset(), frozenset())
        self._note_secrets(chosen, texts)
        before: set[int] = set()
        after: set[int] = set()
        for group in self._groups:
            printed = group.printed(texts)
            if printed == group.sides[0]:
                before.update(group.indices)
            elif printed == group.sides[1]:
                after.update(group.indices)
            else:
                self._look(chosen, self._find(group, printed), group.indices, (before, after))
        return Outcome(frozenset(before), frozenset(after))

    def plan(self, experiments: Iterable[Factors]) -> None:
        """What will be asked for, in this order: each is begun while the one before it is looked at."""
        self._planned = iter(dict.fromkeys(experiments))

    def _texts(self, chosen: Factors) -> Texts:
        begun = self._started.pop(chosen, None)
        upcoming = next((each for each in self._planned if each != chosen), None)
        if upcoming is not None:
            self._started[upcoming] = Started(partial(self._render, *self._hybrids.make(upcoming)))
        return begun.result() if begun else self._render(*self._hybrids.make(chosen))

    def _find(self, group: _Group, printed: Sequence[str]) -> KubeObject | None:
        """The object of a pair in another render: by either side's name, or as the only one of its kind."""
        known = [obj for obj in group.pair if obj]
        kind = known[0].id.kind
        named_texts = zip(group.templates, printed, strict=True)
        try:
            objects = [obj for name, text in named_texts for obj in self._parse(name, text)]
        except RenderError:
            return None
        same_kind = [obj for obj in objects if obj.id.kind == kind and obj.id.group == known[0].id.group]
        identical = [obj for obj in same_kind if obj.id in {one.id for one in known}]
        named = [obj for obj in same_kind if obj.id.name in {one.id.name for one in known}]
        found = identical or named or same_kind
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
                if same(value, expected):
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
            if MAY_BE_SECRET.search(text):
                objects = [obj for obj in self._parse(template, text) if is_secret(obj)]
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
