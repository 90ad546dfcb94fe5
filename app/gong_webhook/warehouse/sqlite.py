"""The embedded warehouse: the tables of Snowflake in a SQLite file."""
# ruff: noqa: S608 - names of tables and columns come from schema.py, data is bound

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from app.errors import Unavailable
from app.gong_webhook.model import Call
from app.gong_webhook.sqlite import Database
from app.gong_webhook.warehouse.rows import Row, Rows, latest, readable, rows, version
from app.gong_webhook.warehouse.schema import CALLS, CHILDREN, HISTORY, MIGRATIONS, Migration, Table

T = TypeVar("T")


class SqliteWarehouse:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def migrate(self) -> list[str]:
        return await self._database.run(_migrate)

    async def store(self, calls: Sequence[Call]) -> None:
        if calls:
            await self._run(lambda connection: _store(connection, latest(calls)))

    async def known(self, call_ids: Collection[str]) -> set[str]:
        return await self._run(lambda connection: _known(connection, call_ids))

    async def row(self, call_id: str) -> dict[str, str]:
        return await self._run(lambda connection: _row(connection, call_id))

    async def check(self) -> str:
        applied = await self._run(_version)
        return f"SQLite {sqlite3.sqlite_version}, {self._database.path}, schema version {applied}"

    async def close(self) -> None:
        await self._database.close()

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._database.run(work)
        except sqlite3.OperationalError as error:
            # the message names a table or a column, never data
            raise Unavailable("SQLite", f"{error}; has `migrate` been run?") from None


def _migrate(connection: sqlite3.Connection) -> list[str]:
    connection.execute(_create(HISTORY))
    applied = _version(connection)
    return [line for migration in MIGRATIONS if migration.version > applied for line in _apply(connection, migration)]


def _apply(connection: sqlite3.Connection, migration: Migration) -> list[str]:
    for table in migration.tables:
        connection.execute(_create(table))
        if not table.key:
            connection.execute(f"CREATE INDEX {table.name}_by_call ON {table.name} (call_id)")
    connection.execute(_insert(HISTORY), (migration.version, datetime.now(UTC).isoformat()))
    return [*(f"created table {table.name}" for table in migration.tables), f"schema version {migration.version}"]


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute(f"SELECT coalesce(max(version), 0) FROM {HISTORY.name}").fetchone()[0])


def _create(table: Table) -> str:
    key = f", PRIMARY KEY ({table.key})" if table.key else ""
    return f"CREATE TABLE IF NOT EXISTS {table.name} ({', '.join(map(' '.join, table.columns))}{key})"


def _insert(table: Table) -> str:
    return f"INSERT INTO {table.name} ({', '.join(table.names)}) VALUES ({', '.join('?' * len(table.names))})"


def _upsert(table: Table) -> str:
    changes = ", ".join(f"{name} = excluded.{name}" for name in table.names)
    newer = f"excluded.version >= {table.name}.version"
    return f"{_insert(table)} ON CONFLICT ({table.key}) DO UPDATE SET {changes} WHERE {newer}"


def _store(connection: sqlite3.Connection, calls: Sequence[Call]) -> None:
    made = rows(calls, datetime.now(UTC))
    connection.executemany(_upsert(CALLS), made[CALLS.name])
    current = {call.call_id for call in calls if _is_current(connection, call)}
    _replace_children(connection, made, current)


def _is_current(connection: sqlite3.Connection, call: Call) -> bool:
    row = connection.execute(f"SELECT version FROM {CALLS.name} WHERE call_id = ?", (call.call_id,)).fetchone()
    return bool(row[0] == version(call))


def _replace_children(connection: sqlite3.Connection, made: Rows, current: set[str]) -> None:
    for table in CHILDREN:
        connection.executemany(f"DELETE FROM {table.name} WHERE call_id = ?", [(call_id,) for call_id in current])
        kept: list[Row] = [row for row in made[table.name] if row[0] in current]
        connection.executemany(_insert(table), kept)


def _row(connection: sqlite3.Connection, call_id: str) -> dict[str, str]:
    query = f"SELECT {', '.join(CALLS.readable)} FROM {CALLS.name} WHERE call_id = ?"
    return readable(CALLS, connection.execute(query, (call_id,)).fetchall())


def _known(connection: sqlite3.Connection, call_ids: Collection[str]) -> set[str]:
    query = f"SELECT call_id FROM {CALLS.name} WHERE call_id IN (SELECT value FROM json_each(?))"
    return {call_id for (call_id,) in connection.execute(query, (json.dumps(list(call_ids)),))}
