"""Who of all processes does a thing that only one should do."""

from __future__ import annotations

import time
from sqlite3 import Connection
from typing import Protocol

from app.gong_webhook.namespace import PREFIX
from app.gong_webhook.sqlite import Database
from app.redis import Client, answer

_SCHEMA = "CREATE TABLE IF NOT EXISTS claims (name TEXT NOT NULL PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID"


class Claims(Protocol):
    async def claim(self, name: str, seconds: float) -> bool:
        """Whether the caller is the first in `seconds`. Raises Unavailable where the store does not answer."""


class SqliteClaims:
    def __init__(self, database: Database) -> None:
        database.declare(_SCHEMA)
        self._database = database

    async def claim(self, name: str, seconds: float) -> bool:
        return await self._database.run(lambda connection: _claim(connection, name, seconds))


class RedisClaims:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def claim(self, name: str, seconds: float) -> bool:
        milliseconds = max(1, round(seconds * 1000))
        first = await answer(self._client, self._client.set(f"{PREFIX}claim:{name}", "", nx=True, px=milliseconds))
        return first is not None


def _claim(connection: Connection, name: str, seconds: float) -> bool:
    now = time.time()
    connection.execute("DELETE FROM claims WHERE until <= ?", (now,))
    inserted = connection.execute("INSERT OR IGNORE INTO claims VALUES (?, ?)", (name, now + seconds))
    return inserted.rowcount == 1
