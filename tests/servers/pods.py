"""Pods that share a registry: the keeper of each, and a gate before what it writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from app.dv_pipecat.keeping import Keeper
from app.dv_pipecat.metrics import Metrics
from app.dv_pipecat.model import Build, Message
from app.dv_pipecat.registry import Held, Kept, Registry, Saved
from app.dv_pipecat.tokens import Token, issue
from tests.servers.registries import RESUME_SECONDS

STARTED = 1_700_000_000.25
SAID = [Message("user", "hello"), Message("assistant", "hi")]
# generous: what takes so long never comes
LIMIT = 30.0


class Watched:
    """The registry, with a list of what was saved in which batch, a gate before each write, and outages at will."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.batches: list[list[Kept]] = []
        self.begun, self.open = asyncio.Event(), asyncio.Event()
        self.open.set()
        self.failing: Exception | None = None
        self.tries = 0

    async def save(self, batch: Sequence[Kept]) -> Saved:
        await self._pass()
        if batch:
            self.batches.append(list(batch))
        return await self.registry.save(batch)

    async def claim(self, token: Token, renewed: Token) -> bytes:
        if self.failing is not None:
            raise self.failing
        return await self.registry.claim(token, renewed)

    async def end(self, batch: Sequence[Held]) -> None:
        await self._pass()
        await self.registry.end(batch)

    async def _pass(self) -> None:
        self.begun.set()
        await self.open.wait()
        self.tries += 1
        if self.failing is not None:
            raise self.failing


class Pod:
    """A keeper on a registry that others may share; `replaced`: the ids that it was told of."""

    def __init__(self, registry: Registry, resume_seconds: float = RESUME_SECONDS) -> None:
        self.registry = Watched(registry)
        self.replaced: list[str] = []
        self.metrics = Metrics(Build("stable", "1", "pod", "echo"))
        self.metrics.store_answers(up=True)
        self.keeper = Keeper(self.registry, self.metrics, resume_seconds, self.replaced.append)

    @property
    def store_up(self) -> bool:
        return b'dv_pipecat_store_up{track="stable"} 1.0' in self.metrics.scrape()

    def begin(self) -> Token:
        token = issue()
        self.keeper.begin(token, STARTED, SAID)
        return token

    async def kept(self) -> None:
        assert await self.keeper.flush(LIMIT)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        task = asyncio.create_task(self.keeper.run(stop))
        try:
            yield
        finally:
            stop.set()
            self.registry.open.set()
            await asyncio.wait_for(task, LIMIT)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not holds():  # noqa: ASYNC110  of anything, not of an event
            await asyncio.sleep(0.001)


async def turns() -> None:
    """Lets all tasks come as far as they can without waiting for anything outside."""
    for _ in range(100):
        await asyncio.sleep(0)
