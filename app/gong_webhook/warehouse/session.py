"""One connection to Snowflake, one statement at a time: made when needed, and anew when it is old or lost."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from snowflake.connector.aio import SnowflakeConnection, SnowflakeCursor
from snowflake.connector.errors import Error

from app.errors import Unavailable
from app.gong_webhook.warehouse.failures import NAME, is_lost, of_login, of_statement
from app.gong_webhook.warehouse.statements import Statement

T = TypeVar("T")
Found = list[tuple[Any, ...]]
Execute = Callable[[Statement], Awaitable[Found]]

OLDEST_SECONDS = 25 * 60.0
"""Sessions die in silence, some after 30 idle minutes (https://github.com/snowflakedb/gosnowflake/issues/1838)."""
CLOSE_SECONDS = 5.0
ATTEMPTS = 2


class Session:
    """`options`: what the connector is given; `statement_seconds`: after these a statement is given up."""

    def __init__(
        self, options: Mapping[str, Any], statement_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._options = options
        self._statement_seconds = statement_seconds
        self._clock = clock
        self._lock = asyncio.Lock()
        self._connection: SnowflakeConnection | None = None
        self._connected_at = 0.0
        self._cursor: SnowflakeCursor | None = None
        self._endings: set[asyncio.Task[None]] = set()

    async def run(self, work: Callable[[Execute], Awaitable[T]]) -> T:
        """The result of `work`, which is done again from its start if the session turns out to be lost.

        Raises Unavailable, and Rejected. No error has a cause: the connector's messages may repeat data.
        """
        async with self._lock:
            for _ in range(ATTEMPTS):
                try:
                    return await self._attempt(work)
                except TimeoutError:
                    raise Unavailable(NAME, f"no answer in {self._statement_seconds:g} s") from None
                except Error as error:
                    lost, failure = is_lost(error), of_statement(error)
                if not lost:
                    break
            # not where it is handled, so that the connector's error does not hang on to it
            raise failure

    async def close(self) -> None:
        async with self._lock:
            self._discard()
            await asyncio.gather(*self._endings)

    async def _attempt(self, work: Callable[[Execute], Awaitable[T]]) -> T:
        connection = await self._connected()
        try:
            return await work(lambda statement: self._execute(connection, statement))
        except BaseException:
            # whatever it was, a transaction may be open, and the next one would run inside it
            self._discard()
            raise

    async def _execute(self, connection: SnowflakeConnection, statement: Statement) -> Found:
        self._cursor = connection.cursor()
        async with asyncio.timeout(self._statement_seconds):
            await self._cursor.execute(statement.text, statement.binds or None)
            return await self._cursor.fetchall()

    async def _connected(self) -> SnowflakeConnection:
        if self._connection and self._clock() - self._connected_at > OLDEST_SECONDS:
            self._discard()
        if not self._connection:
            self._connection, self._connected_at = await self._connect(), self._clock()
        return self._connection

    async def _connect(self) -> SnowflakeConnection:
        # or it would ask the metadata service of three clouds at each login, which pods may not reach
        os.environ.setdefault("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
        connection = SnowflakeConnection(**self._options)
        try:
            await connection.connect()
        except Error as error:
            failure = of_login(error)
        else:
            return connection
        raise failure

    def _discard(self) -> None:
        """Ends the session, and so its locks, in the background: who is cancelled cannot wait."""
        connection, self._connection = self._connection, None
        if connection:
            ending = asyncio.create_task(_end(connection, self._cursor))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)


async def _end(connection: SnowflakeConnection, _cursor: SnowflakeCursor | None) -> None:
    """`_cursor`: kept till the end, because the connector's core reads the binds from its memory."""
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await connection.close(retry=False)
