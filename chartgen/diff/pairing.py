"""Which objects are the same one: one assignment over all objects, the same for two sides and for experiments.

First by identity; then by names that lead to each other by what an input says on the two sides; then by names without
what looks like a hash. An object that is taken is nobody else's, and nothing is matched for want of another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import chain
from typing import TypeAlias

from chartgen.diff.identity import Identity, Key, Known, Side, Slot, known, with_events
from chartgen.diff.naming import CUT, Renaming, cut, renamed, replaced_piece, telling
from chartgen.model import KubeObject, Manifests, Masked
from chartgen.results import Pair
from chartgen.trees import fits

Keys: TypeAlias = Callable[[Known], Iterable[Key]]
MOST_PIECES = 3
"""Of a name that inputs say: a release, a namespace, an environment."""


class Assignment:
    """Objects of one render, each to the slot whose object it is, or to none.

    `strictly`: where one name is printed more often than there are slots for it, none of the objects is meant.
    """

    def __init__(
        self, slots: Sequence[Slot], objects: Sequence[Known], renamings: Sequence[Renaming], *, strictly: bool = False
    ) -> None:
        self._slots = dict(enumerate(slots))
        self._objects = dict(enumerate(objects))
        self._renamings = renamings
        self._strictly = strictly
        self._others: list[KubeObject] = []
        self.found: dict[int, KubeObject] = {}
        self._match(lambda one: ((one.identity, one.events),))
        if self._slots and self._objects:
            self._match(Known.keys)
            self._set_aside({one.identity for slot in slots for one in slot}, {one.identity for one in objects})
            self._fit()
            self._match_renamed()
            self._match_overridden()
            self._match(_cut, alone=True)
            for renaming in self._renamings:
                self._match(partial(_cut, renamings=[renaming], pieces=1), _cut, alone=True)

    def _set_aside(self, of_slots: AbstractSet[Identity], of_objects: AbstractSet[Identity]) -> None:
        """What has the very name of another, and was not taken for it, is not taken for a third one."""
        for number, one in list(self._objects.items()):
            if one.identity in of_slots:
                self._others.append(self._objects.pop(number).object)
        for number, slot in list(self._slots.items()):
            if any(one.identity in of_objects for one in slot):
                del self._slots[number]

    def _match_renamed(self) -> None:
        for renaming in self._renamings:
            self._match(partial(Known.keys, renamings=[renaming], pieces=1), Known.keys)
        for pieces in range(2, MOST_PIECES + 1):
            self._match(partial(Known.keys, renamings=self._renamings, pieces=pieces), Known.keys)

    def _match(self, of_slots: Keys, of_objects: Keys | None = None, *, alone: bool = False) -> None:
        """Matches by keys. Where several share one: by what they are, unless only those `alone` are meant."""
        if not (self._slots and self._objects):
            return
        slots: dict[Key, list[int]] = defaultdict(list)
        for number, slot in self._slots.items():
            for key in dict.fromkeys(key for one in slot for key in of_slots(one)):
                slots[key].append(number)
        objects: dict[Key, list[int]] = defaultdict(list)
        for number, obj in self._objects.items():
            for key in dict.fromkeys((of_objects or of_slots)(obj)):
                if key in slots:
                    objects[key].append(number)
        for key, theirs in objects.items():
            ours = [number for number in slots[key] if number in self._slots]
            yours = [number for number in theirs if number in self._objects]
            if len(ours) == len(yours) == 1:
                self._take(ours[0], yours[0])
            elif not alone:
                self._match_among(ours, yours)

    def _match_among(self, slots: Sequence[int], objects: Sequence[int]) -> None:
        """Of one name: hooks by their events, then what reads alike, then in the order of printing."""
        by_events: dict[frozenset[str], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for number in slots:
            by_events[self._slots[number][0].object.events][0].append(number)
        for number in objects:
            by_events[self._objects[number].object.events][1].append(number)
        for ours, yours in by_events.values():
            texts = {self._objects[number].object.text for number in yours}
            is_meant = len(ours) >= len(yours) or len(texts) == 1 or self._objects[yours[0]].object.generated
            for number in list(yours) if is_meant or not self._strictly else ():
                text = self._objects[number].object.text
                alike = [slot for slot in ours if any(one.object.text == text for one in self._slots[slot])]
                if alike:
                    self._take(alike[0], number)
                    ours.remove(alike[0])
                    yours.remove(number)
            for slot, number in zip(ours, yours, strict=False) if is_meant or not self._strictly else ():
                self._take(slot, number)

    def _fit(self) -> None:
        """Names of which pieces move from render to render; several that are alike, in the order of printing."""
        there = chain(chain.from_iterable(self._slots.values()), self._objects.values())
        if not any(isinstance(one.object.id.name, Masked) for one in there):
            return
        slots: dict[tuple[Identity, ...], list[int]] = defaultdict(list)
        for number, slot in self._slots.items():
            slots[tuple(one.identity for one in slot)].append(number)
        objects: dict[Identity, list[int]] = defaultdict(list)
        for number, one in self._objects.items():
            objects[one.identity].append(number)
        for identities, ours in slots.items():
            fitting = [
                numbers for identity, numbers in objects.items() if any(_may_be(identity, each) for each in identities)
            ]
            yours = sorted(chain.from_iterable(fitting))
            for number, other in zip(ours, yours, strict=True) if len(ours) == len(yours) else ():
                if other in self._objects:
                    self._take(number, other)

    def _match_overridden(self) -> None:
        """Names of which a piece is what an input says that says nothing on the other side."""
        for renaming in self._renamings:
            if bool(renaming.before) == bool(renaming.after):
                continue
            said = [known for slot in self._slots.values() for known in slot]
            there = list(self._objects.values())
            empty, full = (there, said) if renaming.before else (said, there)
            names = [
                [name for one in empty if one.kind == other.kind for name in self._variants(one)] for other in full
            ]
            piece = renaming.before or renaming.after
            least = 1 if renaming.is_name else 2
            middle = replaced_piece(names, [other.object.id.name for other in full], piece, least)
            if middle:
                by = Renaming(renaming.before or middle, renaming.after or middle, renaming.is_name)
                self._renamings = [by, *self._renamings]
                self._match_renamed()

    def _variants(self, one: Known) -> Iterator[str]:
        """The names of an object, with what other inputs say on the other side."""
        by = [each.turned() for each in self._renamings] if one.side else self._renamings
        for pieces in range(MOST_PIECES):
            yield from renamed(one.object.id.name, by, pieces)

    def _take(self, slot: int, number: int) -> None:
        self.found[slot] = self._objects.pop(number).object
        del self._slots[slot]

    @property
    def left(self) -> list[KubeObject]:
        """The objects that belong to no slot."""
        return [*(one.object for one in self._objects.values()), *self._others]


def _names(objects: Iterable[Known]) -> Iterator[str]:
    yield from (name for one in objects for name in (one.object.id.name, one.object.id.namespace or one.namespace))


def _may_be(one: Identity, other: Identity) -> bool:
    """Whether one name may be the other, of which pieces move, or the other way round."""
    pairs = ((one[3], other[3]), (other[3], one[3]))
    return one[:3] == other[:3] and any(isinstance(masked, Masked) and fits(masked, name) for masked, name in pairs)


def _without_hash(key: Key) -> Key:
    (*place, name), events = key
    return (place[0], place[1], place[2], cut(name)), events


def _cut(one: Known, renamings: Sequence[Renaming] = (), pieces: int = 0) -> Iterator[Key]:
    """The keys of an object whose name has what looks like a hash, without that."""
    yield from (key for key in map(_without_hash, one.keys(renamings, pieces)) if CUT in key[0][3])


def pair(
    before: Manifests, after: Manifests, namespaces: tuple[str, str], renamings: Sequence[Renaming] = ()
) -> list[Pair]:
    """Every object of both sides, once, in the order of `before`, then of `after`."""
    ours, theirs = known((Side(before, namespaces[0]), Side(after, namespaces[1])))
    by_name = telling(renamings, [_names(ours), _names(theirs)])
    found = Assignment([(one,) for one in ours], theirs, by_name)
    return [Pair(obj, found.found.get(number)) for number, obj in enumerate(before)] + [
        Pair(None, obj) for obj in found.left
    ]


class Finder:
    """Finds the objects of pairs in other renders: those of mixtures of the two sides."""

    def __init__(self, pairs: Sequence[Pair], namespaces: tuple[str, str], renamings: Sequence[Renaming]) -> None:
        numbered = [[(number, obj) for number, one in enumerate(pairs) if (obj := one[side])] for side in (0, 1)]
        sides = known([Side([obj for _, obj in each], name) for each, name in zip(numbered, namespaces, strict=True)])
        slots: list[list[Known]] = [[] for _ in pairs]
        for each, ours in zip(numbered, sides, strict=True):
            for (number, _), one in zip(each, ours, strict=True):
                slots[number].append(one)
        self._slots = [tuple(slot) for slot in slots]
        self._twice = {one.identity for slot in slots for one in slot if one.events}
        # a mixture has what the input says on one side or the other
        self._renamings = telling((each for each in renamings if each.before and each.after), [*map(_names, sides)])

    def __call__(self, objects: Iterable[KubeObject], namespace: str) -> Mapping[int, KubeObject]:
        """By the number of the pair: the object that is the same one in a render whose release is in `namespace`."""
        there = [with_events(Known(0, obj, namespace), self._twice) for obj in objects]
        return Assignment(self._slots, there, self._renamings, strictly=True).found
