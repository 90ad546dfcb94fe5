"""Gong's limits, shared by all processes: one interface, for SQLite and for Redis.

Gong allows a company 3 calls a second and 10,000 a day, and says nothing of what is left of them
(https://help.gong.io/docs/what-the-gong-api-provides). Its window binds whatever is configured.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

GONG_CALLS_PER_SECOND = 3


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
        """No slot of anybody's before `seconds` from now: Gong has answered 429."""

    async def remaining(self) -> int:
        """Calls left of the day's budget, the reserve included."""

    async def close(self) -> None: ...
