"""Gong's limits, shared by all processes: one interface, for SQLite and for Redis.

Gong allows a company 3 calls a second and 10,000 a day, and says nothing of what is left of them
(https://help.gong.io/docs/what-the-gong-api-provides). Its window binds whatever is configured.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

GONG_CALLS_PER_SECOND = 3
# how near calls a second plus burst may come to one call more: the way to Gong is not always equally long
MARGIN = 0.1
DAY_SECONDS = 24 * 3600
LONGEST_PAUSE_SECONDS = float(DAY_SECONDS)
LONGEST_PACE_SECONDS = 15 * 60.0


class Purpose(StrEnum):
    """What a call is for: enrichment leaves the reserve to reconciliation."""

    ENRICH = "enrich"
    RECONCILE = "reconcile"


class Limits(NamedTuple):
    """`per_second` and `burst` as configured; `clamped` makes them fit Gong's window. `daily`, `reserve`: API calls."""

    per_second: float
    burst: int
    daily: int
    reserve: int


class Limiter(Protocol):
    async def acquire(self, purpose: Purpose) -> float:
        """Takes one call from the day's budget and the next free slot; seconds to wait until that slot.

        Raises BudgetSpent, and Unavailable where the store does not answer.
        """

    async def pause(self, seconds: float) -> None:
        """No slot is given before `seconds` from now, a day at most: Gong has answered 429. Slots given stay given."""

    async def remaining(self) -> int:
        """Calls left of the day's budget, the reserve included."""


class Slot(NamedTuple):
    """`start`: when the call may start; `full`: when as many calls as the burst may start at once again."""

    start: float
    full: float


def clamped(limits: Limits) -> Limits:
    """The same, with at most 3 starts in any second: a window of 1 s sees up to `per_second` + `burst` of them."""
    most = GONG_CALLS_PER_SECOND + 1 - MARGIN
    per_second = min(limits.per_second, most - 1)
    return limits._replace(per_second=per_second, burst=max(1, min(limits.burst, int(most - per_second))))


def next_slot(now: float, full: float, limits: Limits) -> Slot:
    """The slot after those that led to `full`: the generic cell rate algorithm, whose whole state is that one time.

    `limits`: clamped. The Redis limiter has the same in Lua.
    """
    interval = 1 / limits.per_second
    start = max(now, full - (limits.burst - 1) * interval)
    return Slot(start, max(start, full) + interval)


def paused(now: float, full: float, seconds: float, limits: Limits) -> float:
    """What `full` must be for the next slot to start no sooner than `seconds` from now."""
    until = now + min(seconds, LONGEST_PAUSE_SECONDS)
    return max(full, until + (limits.burst - 1) / limits.per_second)


def budget(purpose: Purpose, limits: Limits) -> int:
    """How many calls the day may see before none is left for this purpose."""
    return limits.daily - limits.reserve if purpose is Purpose.ENRICH else limits.daily


def seconds_left_today(now: float) -> float:
    """`now`: Unix seconds; Gong does not document when its day ends, so it is the UTC day."""
    return DAY_SECONDS - now % DAY_SECONDS


def pace(remaining: int, daily: int, seconds_left_in_day: float, calls_per_batch: float, minimum: float) -> float:
    """Seconds to wait between two batches of `calls_per_batch` API calls, so that the budget lasts the day.

    `minimum` as long as no smaller share of the budget than of the day is left; else what is left is spread evenly.
    """
    if remaining >= daily * seconds_left_in_day / DAY_SECONDS:
        return minimum
    batches = max(remaining, 0) / calls_per_batch
    even = seconds_left_in_day / batches if batches else LONGEST_PACE_SECONDS
    return min(max(minimum, even), LONGEST_PACE_SECONDS)
