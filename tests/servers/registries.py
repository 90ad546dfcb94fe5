"""Both registries of sessions by one interface, with a clock that a test moves."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from app.dv_pipecat.errors import NotResumable, Stale
from app.dv_pipecat.registry import CLAIMABLE_FOR, Held, Kept, Registry, Saved
from app.dv_pipecat.registry.memory import MemoryRegistry
from app.dv_pipecat.registry.redis import RedisRegistry
from app.dv_pipecat.tokens import Token
from app.redis import Client
from tests.servers.redis import RedisServer

# long, so that no test has to hurry
RESUME_SECONDS = 3600.0
CLAIMABLE_SECONDS = RESUME_SECONDS * CLAIMABLE_FOR
PREFIX = "dv-pipecat:"


class Timed(Protocol):
    registry: Registry

    async def passes(self, seconds: float) -> None: ...


class TimedMemory:
    def __init__(self) -> None:
        self.now = 1000.0
        self.registry: Registry = MemoryRegistry(RESUME_SECONDS, lambda: self.now)

    async def passes(self, seconds: float) -> None:
        self.now += seconds


class TimedRedis:
    """Its clock cannot be moved; what each key has left to live can."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.registry: Registry = RedisRegistry(client, RESUME_SECONDS)

    async def passes(self, seconds: float) -> None:
        async for key in self.client.scan_iter():
            left = await self.client.pttl(key)
            await self.client.pexpire(key, int(left - seconds * 1000))


def kept(token: Token, state: bytes | None = b"state") -> Kept:
    return Kept(token.session_id, token.digest, state)


async def save(registry: Registry, token: Token, state: bytes | None = b"state") -> Saved:
    return await registry.save([kept(token, state)])


def held(token: Token) -> Held:
    return Held(token.session_id, token.digest)


async def why_not(registry: Registry, token: Token) -> Stale | None:
    """Why a session cannot be gone on with by this token; None where it can, which takes it over."""
    try:
        await registry.claim(token, token.renewed())
    except NotResumable as refused:
        return refused.why
    return None


@contextmanager
def hanging(server: RedisServer) -> Iterator[None]:
    """It takes connections, and answers nothing."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)
