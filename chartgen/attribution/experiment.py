"""Experiments: what stands where once some of the differences between two sides have been swapped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count

from chartgen.attribution.factors import Hybrids
from chartgen.attribution.search import Factors, Outcome
from chartgen.diff.differences import value_at
from chartgen.errors import RenderError
from chartgen.manifests import parsing
from chartgen.model import ABSENT, KubeObject, Manifests, Target, Texts, Tree, Values
from chartgen.results import Change, ObjectDiff
from chartgen.secrets.feeding import Feeding
from chartgen.secrets.hiding import secrets_of
from chartgen.threads import Started
from chartgen.trees import moves, reads_as

Render = Callable[[Target, Values], Texts]
Compared = Callable[[Manifests], Manifests]
"""Those of all objects that are looked at."""
Find = Callable[[Manifests, str], Mapping[int, KubeObject]]
"""The objects of a render whose release is in a namespace, by the number of their pair."""


class _Watched:
    """A pair that differs, with its changes by number."""

    def __init__(self, number: int, diff: ObjectDiff, numbers: Iterator[int]) -> None:
        self.number = number
        self.pair = diff.pair
        self.changes: Mapping[int, Change] = {next(numbers): change for change in diff.changes}
        self.shaped_by: set[int] = set()


class Experiments:
    """Experiments on one comparison; calling it makes it the oracle that `search` asks.

    Changes are numbered through all objects, factors by their place in the sequence. `respelling` are the factors that
    alter what is printed of the objects of `sides`, whether or not that means something else; with one of `failing` the
    chart does not render.
    """

    def __init__(
        self,
        hybrids: Hybrids,
        diffs: Sequence[ObjectDiff],
        feeding: Feeding,
        sides: Sequence[Manifests],
        *,
        render: Render,
        compared: Compared,
        find: Find,
    ) -> None:
        self._hybrids = hybrids
        self._everything = hybrids.everything
        self._feeding = feeding
        self._render = render
        self._compared = compared
        self._find = find
        numbers = count()
        self._objects = [_Watched(number, diff, numbers) for number, diff in enumerate(diffs)]
        self._differing = [each for each in self._objects if each.changes]
        self._printed = [_texts(side) for side in sides]
        self.respelling: set[int] = set()
        self.failing: set[int] = set()
        self._planned: Iterator[Factors] = iter(())
        self._started: dict[Factors, Started[Texts]] = {}
        self.renders = 0

    @property
    def shaped_by(self) -> list[frozenset[int]]:
        """For each object: the factors that shape what stands in it, where only one side has it."""
        return [frozenset(each.shaped_by) for each in self._objects]

    def plan(self, experiments: Iterable[Factors]) -> None:
        """What will be asked for, in this order: each is begun while the one before it is looked at."""
        self._planned = iter(dict.fromkeys(experiments))

    def __call__(self, chosen: Factors) -> Outcome:
        self.renders += 1
        target, _ = self._hybrids.make(chosen)
        try:
            everything = parsing.objects(self._texts(chosen))
        except RenderError:
            self._feeding.saw(self._swaps(chosen), None)
            self.failing.update(factor for _, factor in self._swaps(chosen))
            return Outcome(frozenset(), frozenset(), rendered=False)
        self._feeding.saw(self._swaps(chosen), secrets_of(everything))
        objects = self._compared(everything)
        printed = _texts(objects)
        self.respelling.update(factor for side, factor in self._swaps(chosen) if printed != self._printed[side])
        found = self._find(objects, target.namespace)
        read: tuple[set[int], set[int]] = (set(), set())
        for each in self._differing:
            self._look(chosen, each, found.get(each.number), read)
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

    def _look(
        self, chosen: Factors, watched: _Watched, obj: KubeObject | None, read: tuple[set[int], set[int]]
    ) -> None:
        for side, known in enumerate(watched.pair):
            if obj and known and obj.text == known.text and obj.id == known.id and all(watched.pair):
                read[side].update(watched.changes)
                return
        for number, change in watched.changes.items():
            if not change.path:
                there = change.after if change.before is ABSENT else change.before
                read[(obj is not None) is (change.before is ABSENT)].add(number)
                if obj is not None and not reads_as(obj.body, there):
                    watched.shaped_by |= self._one_off(chosen, change)
                continue
            value = ABSENT if obj is None else value_at(obj, change.path)
            for side in _sides(value, change):
                read[side].add(number)

    def _one_off(self, chosen: Factors, change: Change) -> Factors:
        """The one factor in which an experiment differs from the side that has the object, if it is one."""
        one_off = chosen if change.after is ABSENT else self._everything - chosen
        return one_off if len(one_off) == 1 else frozenset()


def _sides(value: Tree, change: Change) -> list[int]:
    """The sides as which a place reads; of one that moves any value fits but that of the other side."""
    wanted = change.before, change.after
    found = [side for side in (0, 1) if reads_as(value, wanted[side])]
    return found if len(found) < len(wanted) else [side for side in found if not moves(wanted[side])] or found


def _texts(objects: Manifests) -> list[tuple[str, str]]:
    return [(obj.template, obj.text) for obj in objects]
