"""What is peculiar to the queue in a SQLite file: processes that share it, its memory of what was seen, full disks."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest

from app.errors import Unavailable
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

# says of each amount of room on the disk whether a ping fits, and whether a put does
SQUEEZED = """
import asyncio, resource, sys
from pathlib import Path
from app.gong_webhook import sample
from app.errors import Unavailable
from app.gong_webhook.queue.sqlite import SqliteQueue
from app.gong_webhook.sqlite import Database
from tests.servers.stores import delivery

FILE_SIZE, UNBOUND = resource.RLIMIT_FSIZE, resource.getrlimit(resource.RLIMIT_FSIZE)

async def fits(path, room, work):
    resource.setrlimit(FILE_SIZE, (path.with_name(path.name + "-wal").stat().st_size + room, UNBOUND[1]))
    try:
        await work
    except Unavailable:
        return False
    finally:
        resource.setrlimit(FILE_SIZE, UNBOUND)
    return True

async def main(path):
    database = Database(path)
    # whoever closes a database last deletes its log
    other = Database(path)
    queue = SqliteQueue(database, 1000)
    await queue.ping()
    await other.run(lambda _: None)
    for room in range(0, 120_000, 4_000):
        print(
            await fits(path, room, queue.ping()),
            await fits(path, room, queue.put([delivery(str(room), sample.body("1"))])),
        )
    await other.close()
    await database.close()

asyncio.run(main(Path(sys.argv[1])))
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


async def test_a_ping_does_not_fit_where_a_delivery_of_the_usual_size_does_not(database: Database) -> None:
    """The bound of a file's size stands for a full disk: the write-ahead log cannot grow."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SQUEEZED, str(database.path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    answers = [line.split() for line in (await process.communicate())[0].decode().splitlines()]
    assert {put for _, put in answers} == {"True", "False"}
    assert ["True", "False"] not in answers


async def test_a_ping_is_understood_by_a_file_of_an_earlier_version(queue: SqliteQueue, database: Database) -> None:
    database.declare("DROP TABLE pings", "CREATE TABLE pings (id INTEGER PRIMARY KEY, pinged_at REAL NOT NULL)")
    await queue.ping()
    await queue.ping()


async def test_a_full_disk_refuses_a_put_and_lets_the_next_one_in(queue: SqliteQueue, database: Database) -> None:
    await queue.put([delivery("1")])
    await database.run(lambda connection: connection.execute("PRAGMA max_page_count = 20").fetchone())
    with pytest.raises(Unavailable, match="full"):
        await queue.put([delivery("2", b"x" * 1_000_000)])
    assert await queue.put([delivery("1"), delivery("2", b"x" * 1_000_000)]) == [False, True]


async def test_a_database_without_a_write_ahead_log_is_warned_of(queue: SqliteQueue, database: Database) -> None:
    """SQLite falls back to this journal where processes cannot share memory."""

    def fall_back(connection: sqlite3.Connection) -> None:
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN")

    assert await queue.warning() is None
    await database.run(fall_back)
    assert "network file system" in str(await queue.warning())
