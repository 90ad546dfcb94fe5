"""A SQLite file that several processes share: one connection and one thread each, and nothing blocks the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from app.errors import Unavailable

T = TypeVar("T")
LOCK_TIMEOUT_SECONDS = 5.0
WAL_LIMIT_BYTES = 64 * 1024 * 1024
"""What the write-ahead log is cut back to after a burst."""


class _File(NamedTuple):
    """Which file a path leads to; its number goes to no other while it is open."""

    device: int
    inode: int


class Database:
    """Opened at first use, and anew after a failure or where another file has taken the path.

    `lock_timeout`: seconds to wait for another process's write.
    """

    def __init__(self, path: Path, lock_timeout: float = LOCK_TIMEOUT_SECONDS) -> None:
        self.path = path
        self._lock_timeout = lock_timeout
        self._schema: list[str] = []
        self._declared = 0
        self._connection: sqlite3.Connection | None = None
        self._file: _File | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")

    def declare(self, *schema: str) -> None:
        """Statements to run before the next work, and again on every opening: `CREATE ... IF NOT EXISTS`."""
        self._schema += schema

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `work`, done in one transaction that holds the write lock; nothing of it stays if it raises.

        It is durable on return. A caller that is cancelled does not stop work that has begun. Raises Unavailable.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    def _transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._connected()
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                for statement in self._schema[self._declared :]:
                    connection.execute(statement)
                result = work(connection)
            self._declared = len(self._schema)
        except (OSError, sqlite3.DatabaseError) as error:
            if not _is_outage(error):
                raise
            self._disconnect()
            raise Unavailable("SQLite", str(error)) from error
        return result

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connection = _open(self.path, self._lock_timeout)
            self._file = _file(self.path)
        # what is written to a file without a name ends with its last process
        if self._file is None or _file(self.path) != self._file:
            raise FileNotFoundError(f"{self.path} is gone or was replaced")
        return self._connection

    def _disconnect(self) -> None:
        self._declared = 0
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _file(path: Path) -> _File | None:
    """None where there is none."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _File(status.st_dev, status.st_ino)


def _open(path: Path, lock_timeout: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=lock_timeout, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _is_outage(error: Exception) -> bool:
    """The file is at fault, or its disk, or who holds its lock: not the statement, and not its data."""
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode != sqlite3.SQLITE_ERROR
    return isinstance(error, OSError) or type(error) is sqlite3.DatabaseError
