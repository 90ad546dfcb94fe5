"""Experiments: what stands where once some of the differences between two sides have been swapped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count

from chartgen.attribution.factors import Hybrids, Side
from chartgen.attribution.search import Factors, Outcome
from chartgen.errors import RenderError
from chartgen.model import ABSENT, KubeObject, ObjectPath, Target, Texts, Tree, Values
from chartgen.results import Change, Factor, ObjectDiff
from chartgen.secrets import Feeding, Parse
from chartgen.threads import Started
from chartgen.trees import same

Render = Callable[[Target, Values], Texts]
ValueAt = Callable[[KubeObject, ObjectPath], Tree]


class _Watched:
    """A pair that differs: its changes by number, and what the templates that print its objects print on each side."""

    def __init__(self, diff: ObjectDiff, numbers: Iterator[int], sides: tuple[Side, Side]) -> None:
        self.pair = diff.pair
        self.changes: Mapping[int, Change] = {next(numbers): change for change in diff.changes}
        self.templates = tuple(dict.fromkeys(obj.template for obj in diff.pair if obj))
        self.sides = [self.printed(side.texts) for side in sides]
        self.shaped_by: set[int] = set()

    def printed(self, texts: Texts) -> tuple[str, ...]:
        return tuple(texts.get(name, "") for name in self.templates)


class Experiments:
    """Experiments on one comparison; calling it makes it the oracle that `search` asks.

    Changes are numbered through all objects, factors by their place in the sequence.
    """

    def __init__(
        self,
        sides: tuple[Side, Side],
        factors: Sequence[Factor],
        diffs: Sequence[ObjectDiff],
        *,
        defaults: Values,
        render: Render,
        parse: Parse,
        value_at: ValueAt,
    ) -> None:
        self._everything = frozenset(range(len(factors)))
        self._hybrids = Hybrids(sides, factors, defaults)
        self._render = render
        self._parse = parse
        self._value_at = value_at
        numbers = count()
        self._objects = [_Watched(diff, numbers, sides) for diff in diffs]
        self._differing = [each for each in self._objects if each.changes]
        self._feeding = Feeding([side.texts for side in sides], parse)
        self._planned: Iterator[Factors] = iter(())
        self._started: dict[Factors, Started[Texts]] = {}
        self.renders = 0

    @property
    def feeding_secrets(self) -> frozenset[int]:
        """The factors that change a Secret's data, or that may, for want of the experiments that would tell."""
        return frozenset(self._feeding.factors(self._everything))

    @property
    def shaped_by(self) -> list[frozenset[int]]:
        """For each object: the factors that shape what stands in it, where only one side has it."""
        return [frozenset(each.shaped_by) for each in self._objects]

    def plan(self, experiments: Iterable[Factors]) -> None:
        """What will be asked for, in this order: each is begun while the one before it is looked at."""
        self._planned = iter(dict.fromkeys(experiments))

    def __call__(self, chosen: Factors) -> Outcome:
        self.renders += 1
        try:
            texts = self._texts(chosen)
        except RenderError:
            self._feeding.saw(self._swaps(chosen), None)
            return Outcome(frozenset(), frozenset())
        self._feeding.saw(self._swaps(chosen), texts)
        read: tuple[set[int], set[int]] = (set(), set())
        for each in self._differing:
            printed = each.printed(texts)
            if printed in each.sides:
                read[each.sides.index(printed)].update(each.changes)
            else:
                self._look(chosen, each, self._find(each, printed), read)
        return Outcome(frozenset(read[0]), frozenset(read[1]))

    def _texts(self, chosen: Factors) -> Texts:
        begun = self._started.pop(chosen, None)
        upcoming = next((each for each in self._planned if each != chosen), None)
        if upcoming is not None:
            self._started[upcoming] = Started(partial(self._render, *self._hybrids.make(upcoming)))
        return begun.result() if begun else self._render(*self._hybrids.make(chosen))

    def _swaps(self, chosen: Factors) -> Iterator[tuple[int, int]]:
        """The one factor that sets an experiment apart from side 0 or 1, if it is one."""
        for side, one_off in enumerate((chosen, self._everything - chosen)):
            if len(one_off) == 1:
                yield side, next(iter(one_off))

    def _find(self, watched: _Watched, printed: Sequence[str]) -> KubeObject | None:
        """The object of a pair in another render: by either side's name, or as the only one of its kind."""
        known = [obj for obj in watched.pair if obj]
        kind = known[0].id.kind
        named_texts = zip(watched.templates, printed, strict=True)
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
        self, chosen: Factors, watched: _Watched, obj: KubeObject | None, read: tuple[set[int], set[int]]
    ) -> None:
        for number, change in watched.changes.items():
            if not change.path:
                there = change.after if change.before is ABSENT else change.before
                read[(obj is not None) is (change.before is ABSENT)].add(number)
                if obj is not None and obj.body != there:
                    watched.shaped_by |= self._one_off(chosen, change)
                continue
            value = ABSENT if obj is None else self._value_at(obj, change.path)
            for side, expected in enumerate((change.before, change.after)):
                if same(value, expected):
                    read[side].add(number)

    def _one_off(self, chosen: Factors, change: Change) -> Factors:
        """The one factor in which an experiment differs from the side that has the object, if it is one."""
        one_off = chosen if change.after is ABSENT else self._everything - chosen
        return one_off if len(one_off) == 1 else frozenset()
