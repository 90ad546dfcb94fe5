"""A conversation with a language model, by pipecat: one pipeline a session."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Collection

from app.dv_pipecat import rtvi
from app.dv_pipecat.connection import Connection
from app.dv_pipecat.conversation import quiet
from app.dv_pipecat.settings import Settings

log = logging.getLogger(__name__)

# for a pipeline's tasks to be gone
ENDING_SECONDS = 2.0
# sessions that end between two collections
COLLECT_EVERY = 10


class Pipecat:
    """Connects to nothing before the first session. Raises ConfigError."""

    binary = True

    def __init__(self, settings: Settings) -> None:
        quiet.silence()
        # only now: pipecat greets when it is imported
        from app.dv_pipecat.conversation.building import Builder
        from app.dv_pipecat.conversation.failures import KINDS

        self.failures = KINDS
        self._builder = Builder(settings)
        self._ended = 0
        kinds = {rtvi.READY, rtvi.SAY, rtvi.LEAVE}
        self.takes: Collection[str] = frozenset(kinds | {rtvi.AUDIO} if self._builder.speaks else kinds)

    async def aclose(self) -> None:
        """Lets go of the connections to the model, when no session is left."""
        await self._builder.aclose()

    async def hold(self, connection: Connection, about: dict[str, str]) -> None:
        try:
            await self._run(connection, about)
        finally:
            self._ended += 1
            if self._ended % COLLECT_EVERY == 0:
                # a pipeline is a cycle that may hold 10 MB of voice detection, which are few objects to the collector:
                # by itself it would come after hundreds of sessions
                gc.collect()

    async def _run(self, connection: Connection, about: dict[str, str]) -> None:
        runner = await self._builder.build(connection, about)
        # runner.run() takes its being cancelled for its end, and its caller would never learn of it
        running = asyncio.create_task(runner.run())
        try:
            await asyncio.shield(running)
        finally:
            await runner.cancel()
            _, late = await asyncio.wait({running}, timeout=ENDING_SECONDS)
            if late:
                log.warning("a pipeline takes long to end")
