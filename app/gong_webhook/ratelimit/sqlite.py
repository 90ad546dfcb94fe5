"""Gong's limits for the processes that share a SQLite file."""

from __future__ import annotations

import time
from sqlite3 import Connection

from app.gong_webhook.errors import BudgetSpent
from app.gong_webhook.ratelimit import (
    DAY_SECONDS,
    Limits,
    Purpose,
    budget,
    clamped,
    next_slot,
    paused,
    seconds_left_today,
)
from app.gong_webhook.sqlite import Database

# `full`: as in ratelimit.Slot, Unix seconds; `day`: since 1970, UTC
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS api_slots (id INTEGER PRIMARY KEY, full REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS api_days (day INTEGER PRIMARY KEY, used INTEGER NOT NULL)",
)


class SqliteLimiter:
    def __init__(self, database: Database, limits: Limits) -> None:
        database.declare(*_SCHEMA)
        self._database = database
        self._limits = clamped(limits)

    async def acquire(self, purpose: Purpose) -> float:
        return await self._database.run(lambda connection: _acquire(connection, purpose, self._limits))

    async def pause(self, seconds: float) -> None:
        await self._database.run(lambda connection: _pause(connection, seconds, self._limits))

    async def remaining(self) -> int:
        return max(0, self._limits.daily - await self._database.run(lambda connection: _used(connection, time.time())))


def _acquire(connection: Connection, purpose: Purpose, limits: Limits) -> float:
    now = time.time()
    used = _used(connection, now)
    if used >= budget(purpose, limits):
        raise BudgetSpent(seconds_left_today(now))
    slot = next_slot(now, _full(connection), limits)
    _keep(connection, slot.full)
    connection.execute("DELETE FROM api_days WHERE day < ?", (now // DAY_SECONDS,))
    connection.execute("INSERT OR REPLACE INTO api_days VALUES (?, ?)", (now // DAY_SECONDS, used + 1))
    return slot.start - now


def _pause(connection: Connection, seconds: float, limits: Limits) -> None:
    _keep(connection, paused(time.time(), _full(connection), seconds, limits))


def _full(connection: Connection) -> float:
    found = connection.execute("SELECT full FROM api_slots").fetchone()
    return float(found[0]) if found else 0.0


def _keep(connection: Connection, full: float) -> None:
    connection.execute("INSERT OR REPLACE INTO api_slots VALUES (1, ?)", (full,))


def _used(connection: Connection, now: float) -> int:
    found = connection.execute("SELECT used FROM api_days WHERE day = ?", (now // DAY_SECONDS,)).fetchone()
    return int(found[0]) if found else 0
