"""The stores that the service's tests run on, a SQLite file and a real Redis, and the metrics of one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.gong_webhook import slots
from app.gong_webhook.metrics import Metrics
from app.gong_webhook.sqlite import Database
from tests.servers.stores import RedisStores, SqliteStores, Stores


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "service.db")
    yield database
    await database.close()


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
