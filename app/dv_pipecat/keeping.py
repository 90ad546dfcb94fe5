"""Write-behind from this pod's sessions to where other pods find them: no session waits for it, or ends without it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from app.background import pause
from app.dv_pipecat.errors import NotResumable, Stale
from app.dv_pipecat.metrics import Metrics
from app.dv_pipecat.model import Message
from app.dv_pipecat.registry import Registry, states
from app.dv_pipecat.registry.ledger import Ledger
from app.dv_pipecat.tokens import Token
from app.errors import Unavailable

log = logging.getLogger(__name__)

# however fast a session talks, it is not saved more often
PAUSE_SECONDS = 0.05
RESUME_TIMEOUT = 2.0
RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.25, 5.0
# for what is left when the pod stops
LAST_SECONDS = 1.0


class Resumed(NamedTuple):
    """`started_at`: Unix seconds."""

    token: Token
    started_at: float
    history: list[Message]


class Keeper:
    """What the holder of an old token does changes nothing: its session is another connection's, here or elsewhere.

    `on_replaced` gets the id of a session that was held here until its client went on with it elsewhere.
    """

    def __init__(
        self, registry: Registry, metrics: Metrics, resume_seconds: float, on_replaced: Callable[[str], None]
    ) -> None:
        self._registry = registry
        self._metrics = metrics
        self._ledger = Ledger(resume_seconds)
        self._on_replaced = on_replaced
        self._clock = time.monotonic
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._answers = True

    def begin(self, token: Token, started_at: float, history: Sequence[Message]) -> None:
        """`started_at`: Unix seconds."""
        self._ledger.begin(token, started_at, history, self._clock())
        self._wake.set()

    def remember(self, token: Token, history: Sequence[Message]) -> None:
        """The history is only looked at when it is saved."""
        self._ledger.remember(token, history)
        self._wake.set()

    def release(self, token: Token) -> None:
        """Its client has gone or is about to: saved once more, then left to be claimed or to expire."""
        self._ledger.release(token, self._clock())
        self._wake.set()

    def end(self, token: Token) -> None:
        """It is over; other pods learn it in the background."""
        self._ledger.end(token)
        self._wake.set()

    async def resume(self, token: Token) -> Resumed:
        """Takes it over from whoever holds it. Raises NotResumable, and Unavailable within RESUME_TIMEOUT."""
        if self._ledger.has_ended(token):
            raise NotResumable(Stale.ENDED)
        renewed, now = token.renewed(), self._clock()
        try:
            state = await self._claim(token, renewed)
        except Unavailable:
            # whether it answers others is found out there
            self._wake.set()
            raise
        if self._ledger.replace(token.session_id):
            self._on_replaced(token.session_id)
        found = states.decode(state)
        if found is None:
            log.error("a session was kept in a form that cannot be read", extra={"session_id": token.session_id})
            raise NotResumable(Stale.UNKNOWN)
        self._ledger.resumed(renewed, found.started, found.history, now)
        return Resumed(renewed, found.started, found.history)

    async def flush(self, within: float) -> bool:
        """Whether all that is new was kept within so many seconds."""
        return await self._until(lambda: self._ledger.is_settled, within)

    async def keep(self, token: Token, within: float) -> bool:
        """The same of one session."""
        return await self._until(lambda: not self._ledger.is_due(token.session_id), within)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set, and then until what is left has been kept, or has had its time."""
        stopping = asyncio.create_task(self._wake_at(stop))
        retry = RETRY_SECONDS
        try:
            while not stop.is_set():
                self._wake.clear()
                if await self._attempt(self._round()):
                    retry = RETRY_SECONDS
                    await pause(stop, PAUSE_SECONDS)
                    if self._ledger.is_settled:
                        await pause(self._wake, self._ledger.next_look(self._clock()))
                else:
                    await pause(stop, retry)
                    retry = min(2 * retry, LONGEST_RETRY_SECONDS)
        finally:
            stopping.cancel()
        await self.flush(LAST_SECONDS)

    async def _until(self, done: Callable[[], bool], within: float) -> bool:
        try:
            async with asyncio.timeout(within):
                while not done():
                    if not await self._attempt(self._write()):
                        await asyncio.sleep(RETRY_SECONDS)
        except TimeoutError:
            return False
        return True

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _attempt(self, work: Awaitable[None]) -> bool:
        """Whether it was done. Told once when it no longer is, and once when it is again."""
        try:
            await work
        except Exception as error:
            known = isinstance(error, Unavailable)
            if self._answers:
                words = str(error) if known else type(error).__name__
                log.warning("sessions go on, but are not kept: %s", words, exc_info=not known)
            self._answering(up=False)
            return False
        if not self._answers:
            log.warning("sessions are kept again")
        self._answering(up=True)
        return True

    def _answering(self, *, up: bool) -> None:
        if up != self._answers:
            self._answers = up
            self._metrics.store_answers(up=up)

    async def _round(self) -> None:
        """Asks the registry in any case, so that a pod without sessions knows too whether it answers."""
        self._ledger.look(self._clock())
        if self._ledger.is_settled:
            await self._registry.save(())
        else:
            await self._write()

    async def _write(self) -> None:
        await self._save(self._ledger.due)
        while ended := self._ledger.ended:
            await self._registry.end(ended)
            self._ledger.done(ended)

    async def _save(self, due: deque[str]) -> None:
        """One write at a time, or an older state might come after a newer one."""
        while due:
            async with self._writing:
                await self._save_batch(due)
            # memory answers without a pause, and there are others who want to go on
            await asyncio.sleep(0)

    async def _save_batch(self, due: deque[str]) -> None:
        now, batch = self._clock(), self._ledger.batch(due)
        if not batch:
            return
        try:
            saved = await self._registry.save(batch)
        except BaseException:
            self._ledger.failed(batch)
            raise
        for session_id in self._ledger.saved(batch, saved, now):
            self._on_replaced(session_id)

    async def _claim(self, token: Token, renewed: Token) -> bytes:
        try:
            async with asyncio.timeout(RESUME_TIMEOUT):
                if self._ledger.mark(token):
                    # its last words may still be on their way
                    await self._save(deque([token.session_id]))
                return await self._registry.claim(token, renewed)
        except TimeoutError:
            raise Unavailable("session registry", f"no answer within {RESUME_TIMEOUT:g} s") from None
