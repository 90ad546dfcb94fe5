"""Where calls end: one interface, for SQLite and for Snowflake.

Every method raises `Unavailable` where the store does not answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from app.gong_webhook.model import Call


class Warehouse(Protocol):
    async def migrate(self) -> list[str]:
        """Creates and alters what is missing; what it did, one line each. Twice is as good as once."""

    async def store(self, calls: Sequence[Call]) -> None:
        """All or none, calls with their participants, sentences and trackers; of one id the latest version stays.

        An equal version replaces. Raises Rejected where the warehouse refuses the data itself: storing the calls one by
        one tells which is at fault.
        """

    async def known(self, call_ids: Collection[str]) -> set[str]:
        """Those that have a row."""

    async def row(self, call_id: str) -> dict[str, str]:
        """What the call's row says, by column, without its JSON and what is not known; empty if it has none."""

    async def check(self) -> str:
        """One line on what it is connected to."""

    async def close(self) -> None: ...
