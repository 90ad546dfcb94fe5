"""The stores that the service's tests run on, a SQLite file and a real Redis, and the metrics of one process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from app.gong_webhook import redis, slots
from app.gong_webhook.metrics import Metrics
from app.gong_webhook.sqlite import Database
from tests.servers.redis import RedisServer
from tests.servers.stores import RedisStores, SqliteStores, Stores


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "service.db")
    yield database
    await database.close()


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


@pytest.fixture(params=["sqlite", "redis"])
def stores(request: pytest.FixtureRequest) -> Stores:
    """What runs on either store must pass on both."""
    if request.param == "sqlite":
        return SqliteStores(request.getfixturevalue("database"))
    return RedisStores(request.getfixturevalue("client"))


@pytest.fixture
def metrics(tmp_path: Path) -> Metrics:
    slots.prepare(tmp_path / "run")
    return Metrics(tmp_path / "run")
