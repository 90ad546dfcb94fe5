"""What a session is about: one way to talk with a client, of which there are two."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from app.dv_pipecat.connection import Connection


class Conversation(Protocol):
    """One for all sessions. `takes`: kinds of RTVI messages; `binary`: whether it takes binary frames too.

    `about` is what a client reads in `bot-ready`.
    """

    takes: Collection[str]
    binary: bool

    async def hold(self, connection: Connection, about: dict[str, str]) -> None:
        """Until one side ends it, going on from `connection.history`, and saying what to remember after each turn.

        Answers `client-ready`. Cancelled when the session's time is over.
        """
