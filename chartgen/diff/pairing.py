"""Which objects are the same one: one assignment over all objects, the same for two sides and for experiments.

First by identity; then by names that lead to each other by what an input says on the two sides; then by names without
what looks like a hash. An object that is taken is nobody else's, and nothing is matched for want of another.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import product
from typing import NamedTuple, TypeAlias

from chartgen.diff.naming import CUT, Renaming, cut, renamed, replaced_piece, telling
from chartgen.kube.identity import canonical_group
from chartgen.model import KubeObject, Manifests, Masked
from chartgen.results import Pair
from chartgen.trees import fits

Identity: TypeAlias = tuple[str, str, str, str]
"""Group, kind, namespace and name."""
Key: TypeAlias = tuple[Identity, frozenset[str]]
"""What tells an object from the others, and the events of a hook whose name is printed twice."""
MOST_PIECES = 3
"""Of a name that inputs say: a release, a namespace, an environment."""
OWN = ""
"""The namespace of an object in its release's own."""
Keys: TypeAlias = Callable[["Known"], Iterable[Key]]


class Known(NamedTuple):
    """An object as it is known on side 0 or 1, whose release is in a namespace."""

    side: int
    object: KubeObject
    namespace: str
    events: frozenset[str] = frozenset()

    @property
    def identity(self) -> Identity:
        """What makes it itself, whichever release it belongs to."""
        stated = self.object.id.namespace
        return (*self.kind, OWN if stated == self.namespace else stated, self.object.id.name)

    @property
    def kind(self) -> tuple[str, str]:
        return canonical_group(self.object.id.group, self.object.id.kind), self.object.id.kind

    def keys(self, renamings: Sequence[Renaming] = (), pieces: int = 0) -> Iterator[Key]:
        """By its release's namespace and by that namespace's name; with so many pieces as inputs rename them."""
        name, lies = self.object.id.name, self.object.id.namespace or self.namespace
        places = dict.fromkeys((self.identity[2], lies))
        by = [each.turned() for each in renamings] if self.side else renamings
        for of_place in range(pieces + 1):
            there = renamed(lies, by, of_place) if of_place else places
            for place, other in product(there, [*renamed(name, by, pieces - of_place)]):
                yield (*self.kind, place, other), self.events


class Side(NamedTuple):
    """The objects of one render, and the namespace of its release."""

    objects: Iterable[KubeObject]
    namespace: str


def known(sides: Sequence[Side]) -> list[list[Known]]:
    """The objects of some sides, with hooks' events where a side prints a name twice."""
    found = [[Known(side, obj, namespace) for obj in objects] for side, (objects, namespace) in enumerate(sides)]
    counts = [Counter(one.identity for one in each) for each in found]
    twice = {identity for each in counts for identity, count in each.items() if count > 1}
    return [[with_events(one, twice) for one in each] for each in found]


def with_events(one: Known, twice: AbstractSet[Identity]) -> Known:
    return one._replace(events=one.object.events) if twice and one.identity in twice else one


Slot: TypeAlias = tuple[Known, ...]
"""One object, as it is on the sides that have it."""


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
            for renaming in renamings:
                self._match(lambda one, by=renaming: map(_without_hash, one.keys([by], 1)), _cut, alone=True)  # type: ignore[misc]

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
            self._match(lambda one, by=renaming: one.keys([by], 1), Known.keys)  # type: ignore[misc]
        for pieces in range(2, MOST_PIECES + 1):
            self._match(lambda one, count=pieces: one.keys(self._renamings, count), Known.keys)  # type: ignore[misc]

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
        alike: dict[tuple[Identity, ...], list[int]] = defaultdict(list)
        for number, slot in self._slots.items():
            if any(isinstance(one.object.id.name, Masked) for one in slot):
                alike[tuple(one.identity for one in slot)].append(number)
        for identities, slots in alike.items():
            like = [number for number, one in self._objects.items() if any(_fits(one, each) for each in identities)]
            for free, number in zip(slots, like, strict=True) if len(slots) == len(like) else ():
                self._take(free, number)

    def _match_overridden(self) -> None:
        """Names of which a piece is what an input says that says nothing on the other side."""
        for renaming in self._renamings:
            if bool(renaming.before) == bool(renaming.after):
                continue
            said = [known for slot in self._slots.values() for known in slot]
            there = list(self._objects.values())
            empty, full = (there, said) if renaming.before else (said, there)
            names = [[one.object.id.name for one in empty if one.kind == other.kind] for other in full]
            piece = renaming.before or renaming.after
            middle = replaced_piece(names, [other.object.id.name for other in full], piece)
            if middle:
                by = Renaming(renaming.before or middle, renaming.after or middle)
                self._match(lambda one, by=by: one.keys([by], 1), Known.keys)  # type: ignore[misc]

    def _take(self, slot: int, number: int) -> None:
        self.found[slot] = self._objects.pop(number).object
        del self._slots[slot]

    @property
    def left(self) -> list[KubeObject]:
        """The objects that belong to no slot."""
        return [*(one.object for one in self._objects.values()), *self._others]


def _names(objects: Iterable[Known]) -> Iterator[str]:
    yield from (name for one in objects for name in (one.object.id.name, one.object.id.namespace or one.namespace))


def _fits(one: Known, identity: Identity) -> bool:
    (*place, name) = identity
    return [*one.identity[:3]] == place and (isinstance(name, Masked) and fits(name, one.object.id.name))


def _without_hash(key: Key) -> Key:
    (*place, name), events = key
    return (place[0], place[1], place[2], cut(name)), events


def _cut(one: Known) -> Iterator[Key]:
    yield from (key for key in map(_without_hash, one.keys()) if CUT in key[0][3])


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
