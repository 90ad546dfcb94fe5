"""The queue that acknowledged calls wait in: one interface, for SQLite and for Redis.

At-least-once: a job is gone only after `done` or `bury`. A lease that runs out makes the job due again, which is how a
killed worker's jobs come back. Every method raises `Unavailable` where the store does not answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.gong_webhook.model import DeadLetter, Delivery, Depth, Job, Postponed

# how long a delivery is known as a duplicate: far longer than a signed token lives
DEDUPE_SECONDS = 7 * 24 * 3600.0
LONGEST_REASON = 1000


def job_id(delivery: Delivery) -> str:
    """What makes two deliveries the same."""
    return f"{delivery.call_id}:{delivery.digest}"


def reason_to_keep(reason: str) -> str:
    """A reason quotes what came from outside: it may be long, and hold half of a character."""
    return reason[:LONGEST_REASON].encode(errors="replace").decode()


class Queue(Protocol):
    async def put(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """Whether each is new, or else a duplicate by call id and digest, within this batch too. Durable on return.

        Raises Full, and then none was taken.
        """

    async def take(self, most: int, lease: float) -> list[Job]:
        """Up to `most` jobs that are due, the longest due first, held for `lease` seconds.

        What cannot be read is buried instead.
        """

    async def renew(self, jobs: Sequence[Job], lease: float) -> list[Job]:
        """Those that are still held, now for `lease` seconds from now."""

    async def done(self, jobs: Sequence[Job]) -> int:
        """How many were still held and are now gone."""

    async def postpone(self, postponed: Sequence[Postponed]) -> int:
        """How many were still held and are now handed back."""

    async def bury(self, jobs: Sequence[Job], reason: str) -> int:
        """How many were still held and are now dead letters."""

    async def depth(self) -> Depth: ...

    async def holds(self, call_ids: Sequence[str]) -> set[str]:
        """Those of which a delivery waits, is being worked on, or is a dead letter."""

    async def dead_letters(self, most: int) -> list[DeadLetter]:
        """The latest first."""

    async def replay(self, ids: Sequence[str]) -> int:
        """How many dead letters there were by these ids; they are due at once, with all counters at zero.

        No limit keeps them out: an operator asked for them.
        """

    async def ping(self) -> None:
        """Raises Unavailable unless the store could take a delivery now, were the queue not full."""

    async def warning(self) -> str | None:
        """What makes this store less durable than it should be."""
