"""The warehouse in Snowflake: what is done with which statements, in which order."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from snowflake.connector.errors import ProgrammingError

from app.errors import Unavailable
from app.gong_webhook.model import Call
from app.gong_webhook.warehouse import statements
from app.gong_webhook.warehouse.failures import FORBIDDEN, MISSING, NAME
from app.gong_webhook.warehouse.host import host
from app.gong_webhook.warehouse.rows import latest, readable, rows
from app.gong_webhook.warehouse.schema import CALLS, CHILDREN, HISTORY, MIGRATIONS, Migration
from app.gong_webhook.warehouse.session import Execute, Session
from app.gong_webhook.warehouse.statements import Place, Statement

STATEMENT_SECONDS = 60.0
LOCK_SECONDS = 50
"""Snowflake would wait 12 hours for a lock; shorter than a statement may take, so that it says what it waited for."""
LOGIN_SECONDS = 20
LOGOUT_SECONDS = 3
HTTP_ATTEMPTS = 3


class Snowflake:
    """`password`: or a programmatic access token, which drivers take in the place of a password.

    See https://docs.snowflake.com/en/user-guide/programmatic-access-tokens. `url`: where the account's own host is
    not the one to ask, as with PrivateLink. Connects at first use. Raises ConfigError.
    """

    def __init__(  # noqa: PLR0913 - what a connection to Snowflake is made of
        self,
        *,
        account: str,
        user: str,
        password: str,
        warehouse: str,
        database: str,
        schema: str,
        url: str = "",
        statement_seconds: float = STATEMENT_SECONDS,
    ) -> None:
        self._where = statements.place(database, schema)
        self._warehouse = warehouse
        options = {"account": account, "user": user, "password": password, "warehouse": warehouse}
        options |= {"database": self._where.database, "schema": self._where.schema, **host(url)}
        self._session = Session(options | _fixed_options(statement_seconds), statement_seconds)

    async def migrate(self) -> list[str]:
        done = await self._session.run(self._create_place)
        return [*done, *await self._session.run(self._create_tables)]

    async def store(self, calls: Sequence[Call]) -> None:
        if calls:
            # half a megabyte of JSON takes a few milliseconds, which the event loop has better uses for
            plan = await asyncio.to_thread(_plan, self._where, calls)
            await self._session.run(lambda execute: _in_transaction(execute, plan))

    async def known(self, call_ids: Collection[str]) -> set[str]:
        plan = list(statements.select_known(self._where, list(call_ids)))

        async def find(execute: Execute) -> set[str]:
            return {call_id for statement in plan for (call_id,) in await execute(statement)}

        return await self._session.run(find)

    async def row(self, call_id: str) -> dict[str, str]:
        return await self._session.run(lambda execute: _row(execute, statements.select_row(self._where, call_id)))

    async def check(self) -> str:
        return await self._session.run(self._describe)

    async def close(self) -> None:
        await self._session.close()

    async def _describe(self, execute: Execute) -> str:
        [(version, user)] = await execute(Statement("SELECT CURRENT_VERSION(), CURRENT_USER()"))
        # reads a table, so that a warehouse which cannot be used shows here
        applied = await self._applied(execute)
        where = f"{self._where.database}.{self._where.schema}"
        return f"{NAME} {version}, {where} as {user}, warehouse {self._warehouse}, schema version {applied}"

    async def _create_place(self, execute: Execute) -> list[str]:
        """Creates only what is missing: who may use a schema may not always create one."""
        database, schema = self._where
        find = Statement(f"SELECT 1 FROM {database}.INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = ?", (schema,))  # noqa: S608 - checked names
        done = []
        try:
            found = await execute(find)
        except ProgrammingError as error:
            if error.errno not in MISSING:
                raise
            done.append(await _create(execute, f"DATABASE {database}"))
            found = []
        if not found:
            done.append(await _create(execute, f"SCHEMA {database}.{schema}"))
        return done

    async def _create_tables(self, execute: Execute) -> list[str]:
        await execute(statements.create(self._where, HISTORY))
        applied = await self._applied(execute)
        todo = [migration for migration in MIGRATIONS if migration.version > applied]
        return [line for migration in todo for line in await self._apply(execute, migration)]

    async def _apply(self, execute: Execute, migration: Migration) -> list[str]:
        for table in migration.tables:
            await execute(statements.create(self._where, table))
        history = [(migration.version, datetime.now(UTC).isoformat())]
        for statement in statements.merge(self._where, HISTORY, history):
            await execute(statement)
        return [*(f"created table {table.name}" for table in migration.tables), f"schema version {migration.version}"]

    async def _applied(self, execute: Execute) -> int:
        found = await execute(Statement(f"SELECT version FROM {self._where.of(HISTORY)}"))  # noqa: S608 - checked names
        return max((int(version) for (version,) in found), default=0)


async def _create(execute: Execute, what: str) -> str:
    try:
        await execute(Statement(f"CREATE {what.replace(' ', ' IF NOT EXISTS ', 1)}"))
    except ProgrammingError as error:
        if error.errno == FORBIDDEN:
            reason = f"{what} does not exist, or the role may not use it; it may not create it either"
            raise Unavailable(NAME, reason) from None
        raise
    return f"created {what.lower().replace(what.split()[1].lower(), what.split()[1])}"


def _plan(where: Place, calls: Sequence[Call]) -> list[Statement]:
    return list(_statements(where, latest(calls)))


def _statements(where: Place, calls: Sequence[Call]) -> Iterator[Statement]:
    """Calls first: who merges has the table's lock, and so decides whose children follow."""
    made = rows(calls, datetime.now(UTC))
    yield from statements.merge(where, CALLS, made[CALLS.name])
    versions = [row[:2] for row in made[CALLS.name]]
    for table in CHILDREN:
        yield from statements.delete_children(where, table, versions)
        yield from statements.insert_children(where, table, made[table.name], versions)


async def _row(execute: Execute, statement: Statement) -> dict[str, str]:
    return readable(CALLS, await execute(statement))


async def _in_transaction(execute: Execute, plan: Sequence[Statement]) -> None:
    """What fails ends its session, and that the transaction."""
    await execute(Statement("BEGIN"))
    for statement in plan:
        await execute(statement)
    await execute(Statement("COMMIT"))


def _fixed_options(statement_seconds: float) -> dict[str, Any]:
    return {
        "application": "gong_webhook",
        "query_tag": "gong-webhook",
        "timezone": "UTC",
        "paramstyle": "qmark",
        "login_timeout": LOGIN_SECONDS,
        "request_timeout": LOGIN_SECONDS,
        "retry_max_attempts": HTTP_ATTEMPTS,
        "logout_total_timeout_seconds": LOGOUT_SECONDS,
        "client_session_keep_alive": False,
        "enable_server_session_keep_alive_auto_detection": False,
        # the root file system is read-only
        "client_store_temporary_credential": False,
        "session_parameters": {
            "ABORT_DETACHED_QUERY": "true",
            "LOCK_TIMEOUT": str(LOCK_SECONDS),
            "STATEMENT_TIMEOUT_IN_SECONDS": str(round(statement_seconds)),
        },
    }
