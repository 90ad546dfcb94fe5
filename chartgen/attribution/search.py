"""Delta debugging (ddmin): which factors make a change, by experiment, never by reading templates.

An experiment S is side A with the factors in S taken from side B. For a change from a to b, S *makes* it when the
place reads b in S, and reads a in everything but S. A cause is a set that makes the change and of which no member can
be left out. All factors together make every change, so there always is one; and since the definition is symmetric, the
causes of B → A are those of A → B.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

Factors = frozenset[int]
"""Factors by number: the search knows no more of them, nor of changes."""
MAX_RENDERS = 2_000
"""Experiments that a comparison may cost. A number, not seconds, or the output would depend on the machine."""


class Outcome(NamedTuple):
    """The changes whose place reads as on side A, and as on side B; a place may also read as neither.

    It does so everywhere where the chart did not render.
    """

    before: frozenset[int]
    after: frozenset[int]
    rendered: bool = True


class Minimal(NamedTuple):
    """A smallest set of factors that makes a change, as `results.Cause` describes it."""

    factors: tuple[int, ...]
    any_of: bool = False
    exact: bool = True
    ambiguous: bool = False


Oracle = Callable[[Factors], Outcome]


class ExhaustedError(Exception):
    """The next experiment would be one too many."""


class _Lab:
    """Experiments, each made once."""

    def __init__(self, factors: int, oracle: Oracle, limit: int) -> None:
        self.everything: Factors = frozenset(range(factors))
        self._oracle = oracle
        self._limit = limit
        self._known: dict[Factors, Outcome] = {}

    def outcome(self, chosen: Factors) -> Outcome:
        if chosen not in self._known:
            if len(self._known) >= self._limit:
                raise ExhaustedError
            self._known[chosen] = self._oracle(chosen)
        return self._known[chosen]

    def makes(self, chosen: Factors, change: int) -> bool:
        return change in self.outcome(chosen).after and change in self.outcome(self.everything - chosen).before

    def singles(self) -> Iterator[tuple[int, Outcome, Outcome]]:
        """For each factor: what it does alone, and what all others do without it."""
        for factor, (alone, others) in enumerate(single_swaps(len(self.everything))):
            yield factor, self.outcome(alone), self.outcome(others)


def single_swaps(factors: int) -> Iterator[tuple[Factors, Factors]]:
    """The experiments that every comparison begins with: each factor alone, and all others without it."""
    everything = frozenset(range(factors))
    for factor in range(factors):
        alone = frozenset({factor})
        yield alone, everything - alone


def find(changes: int, factors: int, oracle: Oracle, limit: int = MAX_RENDERS) -> list[Minimal]:
    """The cause of each change, in order. At most `limit` experiments; what they do not narrow down is not `exact`."""
    lab = _Lab(factors, oracle, limit)
    alone: dict[int, list[int]] = defaultdict(list)
    moved: dict[int, list[int]] = defaultdict(list)
    every = frozenset(range(changes))
    failing: set[int] = set()
    try:
        for factor, inside, outside in lab.singles():
            for change in inside.after & outside.before:
                alone[change].append(factor)
            for change in _moved(every, inside, outside):
                moved[change].append(factor)
            if not (inside.rendered and outside.rendered):
                failing.add(factor)
    except ExhaustedError:
        failing = set(range(factors))
    return [
        Minimal((alone[change][0],), ambiguous=len(alone[change]) > 1)
        if change in alone
        else _joint(lab, change, [frozenset(moved[change]), frozenset({*moved[change], *failing})])
        for change in range(changes)
    ]


def _moved(every: frozenset[int], inside: Outcome, outside: Outcome) -> frozenset[int]:
    """The changes whose place a factor moves, as far as the chart renders with it swapped."""
    still = [
        outcome
        for outcome, rendered in ((inside.before, inside.rendered), (outside.after, outside.rendered))
        if rendered
    ]
    return every - frozenset.intersection(*still) if still else frozenset()


def _joint(lab: _Lab, change: int, likely: Sequence[Factors]) -> Minimal:
    """The cause of a change that no factor makes alone; it is `likely` among some, the fewest first."""
    chosen = lab.everything
    try:
        chosen = next((each for each in likely if each and lab.makes(each, change)), chosen)
        start = sorted(chosen)
        for smaller in _shrinking(lab, change, start):
            chosen = smaller
        other = frozenset(start)
        for smaller in _shrinking(lab, change, start[::-1]):
            other = smaller
        any_of = all(change in lab.outcome(frozenset({factor})).after for factor in chosen)
        return Minimal(tuple(sorted(chosen)), any_of=any_of, ambiguous=other != chosen)
    except ExhaustedError:
        return Minimal(tuple(sorted(chosen)), exact=False)


def _shrinking(lab: _Lab, change: int, start: Sequence[int]) -> Iterator[Factors]:
    """Ever smaller sets that make the change: halves are dropped, then quarters, then single factors.

    The last one is a cause: a full pass over its members has dropped none.
    """
    members = list(start)
    size = max(len(members) // 2, 1)
    while True:
        dropped = False
        for first in range(0, len(members), size):
            kept = members[:first] + members[first + size :]
            if len(kept) < len(members) and kept and lab.makes(frozenset(kept), change):
                members, dropped = kept, True
                yield frozenset(members)
                break
        if dropped:
            size = min(size, max(len(members) // 2, 1))
        elif size == 1:
            return
        else:
            size = max(size // 2, 1)
