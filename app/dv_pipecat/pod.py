"""The sessions of this pod: how many it takes, when each has to end, what becomes of them when the pod has to go."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from msgspec import Struct, structs

from app.background import pause
from app.dv_pipecat.closing import Close, Reason
from app.dv_pipecat.connection import Connection

log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
LOOK_SECONDS = 0.1
# for clients to be told, and their sockets to be closed
TELL_SECONDS = 5.0

Status = Literal["ok", "full", "draining"]


class Drained(Struct, frozen=True):
    """Sessions there were, or that came in the meantime, by how they went."""

    ended: int
    told: int
    seconds: float


class Pod:
    """`most`: sessions at once. `lag`: seconds that a pod that drains is still sent clients, and takes them."""

    def __init__(self, most: int, lag: float, on_drain: Callable[[], None]) -> None:
        self.most = most
        self._lag = lag
        self._on_drain = on_drain
        self._connections: set[Connection] = set()
        self._clock = time.monotonic
        self._ended = self._told = 0
        self._drain: asyncio.Task[Drained] | None = None
        self._deadline = float("inf")
        self._closed_to_new = False

    def __len__(self) -> int:
        return len(self._connections)

    @property
    def status(self) -> Status:
        if self._drain is not None or self._closed_to_new:
            return "draining"
        return "full" if len(self) >= self.most else "ok"

    def refusal(self, session_id: str) -> Close | None:
        """Why there can be no session here, unless there can; one that goes on may have left its place a moment ago."""
        if self._closed_to_new:
            return Close(Reason.DRAINING, "this pod is about to stop; connect again")
        if len(self) >= self.most and self._held(session_id) is None:
            return Close(Reason.FULL, f"this pod is full, MAX_SESSIONS is {self.most}; connect again")
        return None

    @contextmanager
    def holding(self, connection: Connection) -> Iterator[None]:
        self._connections.add(connection)
        if self._drain is not None:
            connection.lifetime.drain()
        try:
            yield
        finally:
            self._connections.discard(connection)
            close = connection.lifetime.close
            if close is not None and close.reason is Reason.DRAINED:
                self._told += 1
            elif connection.token is not None:
                self._ended += 1

    def replaced(self, session_id: str) -> None:
        """Its client has gone on with it over another connection."""
        connection = self._held(session_id)
        if connection is not None:
            connection.interrupt(Close(Reason.REPLACED, "the session goes on over another connection"))

    async def sweep(self, stop: asyncio.Event) -> None:
        """Ends what has reached a limit, once a second: a timer for each session would cost each message more."""
        while not stop.is_set():
            now = self._clock()
            for connection in list(self._connections):
                close = connection.lifetime.due(now)
                if close is not None:
                    connection.interrupt(close)
            await pause(stop, SWEEP_SECONDS)

    async def drain(self, seconds: float) -> Drained:
        """Not ready from now on; done when no session is left, or after that time, when the rest is told.

        Asked again, it is the same drain, which ends at the earlier of both times.
        """
        self._deadline = min(self._deadline, self._clock() + seconds)
        if self._drain is None:
            self._on_drain()
            for connection in self._connections:
                connection.lifetime.drain()
            log.info("draining: waiting for WebSocket sessions", extra={"sessions": len(self), "seconds": seconds})
            self._drain = asyncio.create_task(self._drained())
        return await asyncio.shield(self._drain)

    async def leave(self) -> None:
        """Tells every client to go on elsewhere, at once."""
        self._closed_to_new = True
        for connection in list(self._connections):
            connection.interrupt(Close(Reason.DRAINED, "this pod stops; reconnect to go on"))
        end = self._clock() + TELL_SECONDS
        while self._connections and self._clock() < end:  # noqa: ASYNC110  the time is waited for as well
            await asyncio.sleep(LOOK_SECONDS)

    def _held(self, session_id: str) -> Connection | None:
        tokens = ((connection, connection.token) for connection in self._connections)
        return next((connection for connection, token in tokens if token and token.session_id == session_id), None)

    async def _drained(self) -> Drained:
        start, before = self._clock(), self._ended
        while (now := self._clock()) < self._deadline and (self._connections or now < start + self._lag):
            self._closed_to_new = now >= start + self._lag
            await asyncio.sleep(min(LOOK_SECONDS, self._deadline - now))
        await self.leave()
        drained = Drained(self._ended - before, self._told, self._clock() - start)
        log.info("drained: no WebSocket session is left", extra=structs.asdict(drained))
        return drained
