"""What is peculiar to the queue in a SQLite file: processes that share it, its memory of what was seen, full disks."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest

from app.gong_webhook.errors import Unavailable
from app.gong_webhook.queue import DEDUPE_SECONDS
from app.gong_webhook.queue.sqlite import SqliteQueue
from app.gong_webhook.sqlite import Database
from tests.servers.stores import NO_LIMIT, delivery

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[5]
TAKER = """
import asyncio, sys
from pathlib import Path
from app.gong_webhook.queue.sqlite import SqliteQueue
from app.gong_webhook.sqlite import Database
from tests.servers.stores import delivery

async def main(path):
    database = Database(Path(path))
    queue = SqliteQueue(database, 1000)
    new = 0
    for number in range(60):
        new += sum(await queue.put([delivery(str(number))]))
    taken = 0
    while jobs := await queue.take(3, 1000):
        taken += await queue.done(jobs)
    await database.close()
    print(new, taken)

asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture
def queue(database: Database) -> SqliteQueue:
    return SqliteQueue(database, NO_LIMIT)


async def test_processes_that_share_a_file_enqueue_and_take_each_delivery_once(database: Database) -> None:
    command = [sys.executable, "-c", TAKER, str(database.path)]
    takers = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE) for _ in range(3)
    ]
    counts = [tuple(map(int, (await taker.communicate())[0].split())) for taker in takers]
    assert [sum(count) for count in zip(*counts, strict=True)] == [60, 60]


async def test_what_was_seen_is_forgotten_after_its_time_but_not_while_the_call_waits(
    queue: SqliteQueue, database: Database
) -> None:
    await queue.put([delivery("done"), delivery("waits")])
    (job,) = await queue.take(1, lease=1000)
    await queue.done([job])
    await database.run(
        lambda connection: connection.execute("UPDATE seen SET seen_at = seen_at - ?", (DEDUPE_SECONDS,))
    )
    assert await queue.put([delivery("done"), delivery("waits")]) == [True, False]
    assert await database.run(lambda connection: connection.execute("SELECT count(*) FROM seen").fetchone()) == (1,)


async def test_a_ping_writes_so_that_it_feels_a_file_that_cannot_be_written(
    queue: SqliteQueue, database: Database
) -> None:
    await queue.ping()
    impatient = Database(database.path, lock_timeout=0.01)
    with sqlite3.connect(database.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            await SqliteQueue(impatient, NO_LIMIT).ping()
    other.close()
    await impatient.close()


async def test_a_full_disk_refuses_a_put_and_lets_the_next_one_in(queue: SqliteQueue, database: Database) -> None:
    await queue.put([delivery("1")])
    await database.run(lambda connection: connection.execute("PRAGMA max_page_count = 20").fetchone())
    with pytest.raises(Unavailable, match="full"):
        await queue.put([delivery("2", b"x" * 1_000_000)])
    assert await queue.put([delivery("1"), delivery("2", b"x" * 1_000_000)]) == [False, True]


async def test_a_database_without_a_write_ahead_log_is_warned_of() -> None:
    """One in memory keeps none, nor does a file where processes cannot share memory."""
    database = Database(Path(":memory:"))
    assert "network file system" in str(await SqliteQueue(database, NO_LIMIT).warning())
    await database.close()
