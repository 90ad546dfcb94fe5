"""What tells an object from the others of a render: its identity, and the names that inputs would give it elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import product
from typing import NamedTuple, TypeAlias

from chartgen.diff.naming import Renaming, renamed
from chartgen.kube.identity import canonical_group
from chartgen.model import KubeObject

Identity: TypeAlias = tuple[str, str, str, str]
"""Group, kind, namespace and name."""
Key: TypeAlias = tuple[Identity, frozenset[str]]
"""What tells an object from the others, and the events of a hook whose name is printed twice."""
OWN = ""
"""The namespace of an object in its release's own."""


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
