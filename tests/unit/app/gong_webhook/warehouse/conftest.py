"""Both warehouses, each test with one of its own, and how to read what is in them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from snowflake.connector.aio import SnowflakeConnection

from app.gong_webhook.sqlite import Database
from app.gong_webhook.warehouse import Warehouse
from app.gong_webhook.warehouse.snowflake import Snowflake
from app.gong_webhook.warehouse.sqlite import SqliteWarehouse
from tests.servers import snowflake_standin

DATABASES = count(1)


class Opened(NamedTuple):
    """`another`: a second writer to the same tables. `query`: what a reader sees."""

    warehouse: Warehouse
    another: Warehouse
    query: Callable[[str], Awaitable[list[tuple[Any, ...]]]]


@pytest.fixture(scope="session")
def snowflake_url() -> Iterator[str]:
    if not snowflake_standin.PYTHON.exists():
        reason = "needs fakesnow: run `make .tools/fakesnow/installed`"
        (pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip)(reason)
    with snowflake_standin.start() as url:
        yield url


@pytest.fixture
def settings(snowflake_url: str) -> dict[str, str]:
    """How to connect, to a database that nobody has."""
    return {
        "account": "account",
        "user": "SERVICE",
        "password": "pat-or-password",
        "warehouse": "COMPUTE_WH",
        "database": f"SOPHIA_{next(DATABASES)}",
        "schema": "gong_webhooks",
        "url": snowflake_url,
    }


@pytest.fixture(params=["sqlite", "snowflake"])
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[Opened]:
    """A warehouse with its tables."""
    found = sqlite(request) if request.param == "sqlite" else snowflake(request)
    await found.warehouse.migrate()
    yield found
    await found.warehouse.close()
    await found.another.close()


def sqlite(request: pytest.FixtureRequest) -> Opened:
    path: Path = request.getfixturevalue("tmp_path") / "warehouse.db"

    async def query(sql: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(path)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    return Opened(SqliteWarehouse(Database(path)), SqliteWarehouse(Database(path)), query)


def snowflake(request: pytest.FixtureRequest) -> Opened:
    settings = request.getfixturevalue("settings")

    async def query(sql: str) -> list[tuple[Any, ...]]:
        return await read(settings, sql)

    return Opened(Snowflake(**settings), Snowflake(**settings), query)


async def read(settings: dict[str, str], sql: str) -> list[tuple[Any, ...]]:
    """What another user of the account finds."""
    address = urlsplit(settings["url"])
    who: dict[str, Any] = {key: settings[key] for key in ("account", "user", "password", "database", "schema")}
    connection = SnowflakeConnection(
        **who,
        protocol="http",
        host=address.hostname,
        port=address.port,
        enable_server_session_keep_alive_auto_detection=False,
    )
    async with connection, connection.cursor() as cursor:
        await cursor.execute(sql)
        return await cursor.fetchall()
