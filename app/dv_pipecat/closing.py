"""Why a connection is closed, with the code and the words that its client gets. docs/dv-pipecat.md has the table.

Codes below 4000 are those of https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

# RFC 6455, 5.5: a control frame has 125 bytes, and the code takes two
MOST_WORDS = 123


class Reason(StrEnum):
    """A label of a metric, hence few and fixed."""

    # a session that ends
    CLIENT = "client"
    LEFT = "left"
    LOST = "lost"
    FINISHED = "finished"
    IDLE = "idle"
    LENGTH = "length"
    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    OVERSIZED = "oversized"
    FLOOD = "flood"
    STALLED = "stalled"
    REPLACED = "replaced"
    DRAINED = "drained"
    MODEL = "model"
    BUG = "bug"
    # a connection that never becomes a session
    FULL = "full"
    DRAINING = "draining"
    ORIGIN = "origin"
    TOKEN = "token"  # noqa: S105  what was wrong, not a token
    STORE = "store"
    DROPPED = "dropped"


CODES = {
    Reason.FINISHED: 1000,
    Reason.UNSUPPORTED: 1003,
    Reason.MALFORMED: 1007,
    Reason.ORIGIN: 1008,
    Reason.OVERSIZED: 1009,
    Reason.BUG: 1011,
    Reason.MODEL: 1011,
    Reason.DRAINED: 1012,
    Reason.FULL: 1013,
    Reason.DRAINING: 1013,
    Reason.STORE: 1013,
    Reason.IDLE: 4000,
    Reason.LENGTH: 4001,
    Reason.FLOOD: 4002,
    Reason.STALLED: 4003,
    Reason.REPLACED: 4004,
    Reason.TOKEN: 4005,
    # what a client may have said itself: nobody is told
    Reason.CLIENT: 1000,
    Reason.LEFT: 1001,
    Reason.LOST: 1006,
    Reason.DROPPED: 1006,
}
# after these the client may go on with its session, here or on another pod
RESUMABLE = frozenset({Reason.LEFT, Reason.LOST, Reason.STALLED, Reason.DRAINED, Reason.BUG})


class Close(NamedTuple):
    """`words`: for a client developer, and never what a client or the language model has said.

    `seen`: the code that the connection was closed with, where that was not the service's doing.
    """

    reason: Reason
    words: str
    seen: int = 0

    @property
    def code(self) -> int:
        return self.seen or CODES[self.reason]
