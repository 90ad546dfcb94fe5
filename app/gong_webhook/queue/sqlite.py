"""The queue in a SQLite file: for a laptop or one pod, with no server; as durable as the disk below it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from sqlite3 import Connection

from app.gong_webhook.errors import Full
from app.gong_webhook.model import DeadLetter, Delivery, Depth, Job, Postponed
from app.gong_webhook.queue import DEDUPE_SECONDS, job_id, reason_to_keep
from app.gong_webhook.queue.packing import UNREADABLE_REASON, packed, unpacked, unreadable
from app.gong_webhook.sqlite import Database

# times are Unix seconds; `due`: when a job may be taken: at once, after a delay, or when its lease runs out
_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS jobs (
        id TEXT NOT NULL PRIMARY KEY,
        received_at REAL NOT NULL,
        due REAL NOT NULL,
        lease TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        waits INTEGER NOT NULL DEFAULT 0,
        takes INTEGER NOT NULL DEFAULT 0,
        died_at REAL,
        reason TEXT,
        delivery BLOB NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS jobs_by_due ON jobs (due) WHERE died_at IS NULL",
    "CREATE INDEX IF NOT EXISTS jobs_by_received_at ON jobs (received_at) WHERE died_at IS NULL AND waits = 0",
    "CREATE INDEX IF NOT EXISTS jobs_by_died_at ON jobs (died_at) WHERE died_at IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS seen (id TEXT NOT NULL PRIMARY KEY, seen_at REAL NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS seen_by_seen_at ON seen (seen_at)",
    "CREATE TABLE IF NOT EXISTS pings (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
)
# a delivery of 9.5 KB changes up to 11 pages, with those of its indexes; this changes more
_PING_BYTES = 32 * 1024
_COUNT = "SELECT count(*) FROM jobs WHERE died_at IS NULL"


class SqliteQueue:
    def __init__(self, database: Database, limit: int) -> None:
        database.declare(*_SCHEMA)
        self._database = database
        self._limit = limit

    async def put(self, deliveries: Sequence[Delivery]) -> list[bool]:
        return await self._database.run(lambda connection: _put(connection, deliveries, self._limit))

    async def take(self, most: int, lease: float) -> list[Job]:
        jobs = await self._database.run(lambda connection: _take(connection, most, lease))
        if lost := unreadable(jobs):
            await self.bury(lost, UNREADABLE_REASON)
        return [job for job in jobs if job not in lost]

    async def renew(self, jobs: Sequence[Job], lease: float) -> list[Job]:
        return await self._database.run(lambda connection: _renew(connection, jobs, lease))

    async def done(self, jobs: Sequence[Job]) -> int:
        return await self._database.run(lambda connection: _done(connection, jobs))

    async def postpone(self, postponed: Sequence[Postponed]) -> int:
        return await self._database.run(lambda connection: _postpone(connection, postponed))

    async def bury(self, jobs: Sequence[Job], reason: str) -> int:
        return await self._database.run(lambda connection: _bury(connection, jobs, reason_to_keep(reason)))

    async def depth(self) -> Depth:
        return await self._database.run(_depth)

    async def holds(self, call_ids: Sequence[str]) -> set[str]:
        return await self._database.run(lambda connection: _holds(connection, call_ids))

    async def dead_letters(self, most: int) -> list[DeadLetter]:
        return await self._database.run(lambda connection: _dead_letters(connection, most))

    async def replay(self, ids: Sequence[str]) -> int:
        return await self._database.run(lambda connection: _replay(connection, ids))

    async def ping(self) -> None:
        """Writes more than a delivery does: a disk that is too full for one is felt by nothing less."""
        await self._database.run(_ping)

    async def warning(self) -> str | None:
        mode = await self._database.run(lambda connection: connection.execute("PRAGMA journal_mode").fetchone()[0])
        if mode == "wal":
            return None
        return f"SQLite keeps no write-ahead log for {self._database.path}: is it on a network file system?"


def _put(connection: Connection, deliveries: Sequence[Delivery], limit: int) -> list[bool]:
    now = time.time()
    connection.execute("DELETE FROM seen WHERE seen_at < ?", (now - DEDUPE_SECONDS,))
    answers = [_put_one(connection, delivery, now) for delivery in deliveries]
    if any(answers) and connection.execute(_COUNT).fetchone()[0] > limit:
        raise Full(f"the queue holds as many calls as it may: {limit}")
    return answers


def _put_one(connection: Connection, delivery: Delivery, now: float) -> bool:
    key = job_id(delivery)
    known = "SELECT 1 FROM seen WHERE id = ? UNION ALL SELECT 1 FROM jobs WHERE id = ?"
    if connection.execute(known, (key, key)).fetchone():
        return False
    connection.execute("INSERT INTO seen VALUES (?, ?)", (key, now))
    connection.execute(
        "INSERT INTO jobs (id, received_at, due, delivery) VALUES (?, ?, ?, ?)",
        (key, delivery.received_at, now, packed(delivery)),
    )
    return True


def _take(connection: Connection, most: int, lease: float) -> list[Job]:
    now, token = time.time(), secrets.token_hex(16)
    found = connection.execute(
        "SELECT id, delivery, attempts, waits, takes + 1 FROM jobs WHERE died_at IS NULL AND due <= ? "
        "ORDER BY due LIMIT ?",
        (now, most),
    ).fetchall()
    connection.executemany(
        "UPDATE jobs SET due = ?, lease = ?, takes = takes + 1 WHERE id = ?",
        [(now + lease, token, key) for key, *_ in found],
    )
    return [
        Job(key, unpacked(delivery), token, attempts, waits, takes) for key, delivery, attempts, waits, takes in found
    ]


def _renew(connection: Connection, jobs: Sequence[Job], lease: float) -> list[Job]:
    due = time.time() + lease
    renewal = "UPDATE jobs SET due = ? WHERE id = ? AND lease = ?"
    return [job for job in jobs if connection.execute(renewal, (due, job.id, job.lease)).rowcount]


def _done(connection: Connection, jobs: Sequence[Job]) -> int:
    leases = [(job.id, job.lease) for job in jobs]
    return _changed(connection, "DELETE FROM jobs WHERE id = ? AND lease = ?", leases)


def _postpone(connection: Connection, postponed: Sequence[Postponed]) -> int:
    now = time.time()
    return _changed(
        connection,
        "UPDATE jobs SET due = ?, lease = NULL, takes = iif(attempts = ? AND waits = ?, takes - 1, 0), "
        "attempts = ?, waits = ? WHERE id = ? AND lease = ?",
        [
            (now + one.delay, one.attempts, one.waits, one.attempts, one.waits, one.job.id, one.job.lease)
            for one in postponed
        ],
    )


def _bury(connection: Connection, jobs: Sequence[Job], reason: str) -> int:
    now = time.time()
    return _changed(
        connection,
        "UPDATE jobs SET lease = NULL, died_at = ?, reason = ? WHERE id = ? AND lease = ?",
        [(now, reason, job.id, job.lease) for job in jobs],
    )


def _depth(connection: Connection) -> Depth:
    (jobs,) = connection.execute(_COUNT).fetchone()
    (oldest,) = connection.execute("SELECT min(received_at) FROM jobs WHERE died_at IS NULL AND waits = 0").fetchone()
    (dead,) = connection.execute("SELECT count(*) FROM jobs WHERE died_at IS NOT NULL").fetchone()
    return Depth(jobs, 0.0 if oldest is None else max(0.0, time.time() - oldest), dead)


def _holds(connection: Connection, call_ids: Sequence[str]) -> set[str]:
    """A job's id begins with its call's, and `;` is what follows `:`, so this reads the index."""
    query = "SELECT 1 FROM jobs WHERE id >= ? || ':' AND id < ? || ';' LIMIT 1"
    return {call_id for call_id in call_ids if connection.execute(query, (call_id, call_id)).fetchone()}


def _dead_letters(connection: Connection, most: int) -> list[DeadLetter]:
    found = connection.execute(
        "SELECT id, delivery, reason, died_at, attempts FROM jobs WHERE died_at IS NOT NULL "
        "ORDER BY died_at DESC, id DESC LIMIT ?",
        (most,),
    )
    return [
        DeadLetter(key, unpacked(delivery), reason, died_at, attempts)
        for key, delivery, reason, died_at, attempts in found
    ]


def _replay(connection: Connection, ids: Sequence[str]) -> int:
    now = time.time()
    return _changed(
        connection,
        "UPDATE jobs SET due = ?, attempts = 0, waits = 0, takes = 0, died_at = NULL, reason = NULL "
        "WHERE id = ? AND died_at IS NOT NULL",
        [(now, key) for key in ids],
    )


def _ping(connection: Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO pings VALUES (1, zeroblob(?))", (_PING_BYTES,))


def _changed(connection: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> int:
    return sum(connection.execute(statement, row).rowcount for row in rows)
