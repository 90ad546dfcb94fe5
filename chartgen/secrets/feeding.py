"""Which factors feed the Secrets of two sides: learnt from experiments that swap one factor of a side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from chartgen.model import MOVING, KubeObject, ObjectId, Tree
from chartgen.secrets.data import DATA, is_secret
from chartgen.trees import reads_as

Swap: TypeAlias = tuple[int, int]
"""One factor that is swapped on side 0 or 1: the side, and the factor."""
SWITCHED = ", by whether it is there"
"""Said of a factor that makes Secrets be there or not, and changes the data of none."""
UNSEEN = ", perhaps: the chart does not render with it swapped"
UNTRIED = ", perhaps: there was no experiment that would tell"

Data: TypeAlias = Mapping[ObjectId, Sequence[Tree]]


class Feeding:
    """What feeds the Secrets of two sides, of which `sides` are all objects, with what moves masked."""

    def __init__(self, sides: Sequence[Sequence[KubeObject]]) -> None:
        self._sides = [_data(objects) for objects in sides]
        self._ids = list(dict.fromkeys(each for side in self._sides for each in side))
        self._fed: dict[int, str] = {}
        self._switched: dict[int, str] = {}
        self._unseen: set[int] = set()
        self._tried: Counter[int] = Counter()

    def saw(self, swaps: Iterable[Swap], objects: Sequence[KubeObject] | None) -> None:
        """The Secrets that the chart printed with each of these factors swapped; None where it did not render."""
        data = None if objects is None else _data(objects)
        for side, factor in swaps:
            self._tried[factor] += 1
            if data is None:
                self._unseen.add(factor)
                continue
            changed, switched = _compared(self._sides[side], data)
            for found, ids in ((self._fed, changed), (self._switched, switched)):
                if ids:
                    found.setdefault(factor, str(ids[0]))

    def feeds(self, known: Iterable[int]) -> dict[int, str]:
        """Those of some factors that feed a Secret, or may, and what they feed, in words.

        What cannot be seen counts, if there are Secrets at all.
        """
        return {factor: words for factor in known if (words := self._words(factor))}

    def _words(self, factor: int) -> str:
        if factor in self._fed:
            return self._fed[factor]
        if self._ids and (factor in self._unseen or self._tried[factor] < len(self._sides)):
            return f"{self._ids[0]}{UNSEEN if factor in self._unseen else UNTRIED}"
        return f"{self._switched[factor]}{SWITCHED}" if factor in self._switched else ""


def _data(objects: Sequence[KubeObject]) -> Data:
    found: dict[ObjectId, list[Tree]] = {}
    for obj in filter(is_secret, objects):
        data = {field: obj.body[field] for field in DATA if obj.body.get(field)}
        found.setdefault(obj.id, []).append(MOVING if () in obj.moving else data)
    return found


def _compared(wanted: Data, data: Data) -> tuple[list[ObjectId], list[ObjectId]]:
    """The Secrets whose data differs from what a side has, and those that are there now, or not any more.

    Some that are gone and others that are new are the same ones by other names: those have changed, or nothing has.
    """
    changed = [each for each in wanted if each in data and not _read_as(data[each], wanted[each])]
    gone = [each for each in wanted if each not in data]
    new = [each for each in data if each not in wanted]
    if gone and new:
        is_renamed = _read_as([*_flat(data, new)], [*_flat(wanted, gone)])
        return (changed if is_renamed else changed + gone), []
    return changed, gone + new


def _flat(data: Data, ids: Sequence[ObjectId]) -> Iterator[Tree]:
    for each in ids:
        yield from data[each]


def _read_as(data: Sequence[Tree], wanted: Sequence[Tree]) -> bool:
    """Whether as many stand there, and each reads as is wanted but for what moves."""
    return len(data) == len(wanted) and all(map(reads_as, data, wanted))
