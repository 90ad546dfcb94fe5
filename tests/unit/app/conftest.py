"""What the services' tests share: one event loop of asyncio, and a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from app import redis
from tests.servers.redis import RedisServer


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[redis.Client]:
    client = redis.connect(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def own_server(require: Callable[[str], Path], tmp_path: Path) -> Iterator[RedisServer]:
    """A server that a test may spoil."""
    server = RedisServer(require("redis-server"), tmp_path)
    yield server
    server.stop()


@pytest.fixture
async def own_client(own_server: RedisServer) -> AsyncIterator[redis.Client]:
    client = redis.connect(own_server.url)
    yield client
    await client.aclose()
