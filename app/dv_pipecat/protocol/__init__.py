"""What uvicorn leaves unbounded: connections, the time and size of a request, the end of a client that does not listen.

Of uvicorn only the methods are used by which its protocols call each other; tests hold each bound with real sockets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from app.dv_pipecat.closing import Reason

# websockets beyond the sessions: refused ones that are still told why
MOST_LEAVING = 200
# connections without a request, of which the oldest goes first: Kubernetes' probes always get in
MOST_IDLE = 1_000
# of the files that a process may have open: its libraries', its log's, the session store's
OTHER_FILES = 64
# a second: pings, pongs and fragments are frames too
FRAMES_PER_MESSAGE, OTHER_FRAMES = 10, 100


class Idle(Protocol):
    """A connection without a request."""

    def drop(self) -> None: ...


class Door:
    """What the connections of one server share. `sessions`: the most; `on_refusal`: called for each one turned away.

    `messages`: that a client may send in a second; `waiting`: connections that may wait to be accepted, and are then
    accepted all at once; `files`: that the process may have open.
    """

    def __init__(
        self, sessions: int, messages: int, waiting: int, files: int, on_refusal: Callable[[Reason], None]
    ) -> None:
        self.most_websockets = sessions + MOST_LEAVING
        self.most_frames = messages * FRAMES_PER_MESSAGE + OTHER_FRAMES
        self.websockets = 0
        self.on_refusal = on_refusal
        self._most_idle = max(1, min(MOST_IDLE, files - OTHER_FILES - self.most_websockets - waiting))
        self._idle: dict[Idle, None] = {}

    def idles(self, connection: Idle) -> None:
        self._idle[connection] = None
        if len(self._idle) > self._most_idle:
            next(iter(self._idle)).drop()

    def is_busy(self, connection: Idle) -> None:
        self._idle.pop(connection, None)
