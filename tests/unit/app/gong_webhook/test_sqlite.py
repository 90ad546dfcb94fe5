"""A SQLite file shared by processes: transactions, cancellation, outages, and what comes after them."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import Unavailable
from app.gong_webhook.sqlite import Database

pytestmark = pytest.mark.anyio
TABLE = "CREATE TABLE IF NOT EXISTS numbers (number INTEGER NOT NULL UNIQUE)"
ROOT = Path(__file__).parents[4]
WRITER = """
import asyncio, sys
from pathlib import Path
from app.gong_webhook.sqlite import Database

async def main(path, table, first):
    database = Database(Path(path))
    database.declare(table)
    for number in range(first, first + 50):
        await database.run(lambda connection: connection.execute("INSERT INTO numbers VALUES (?)", (number,)))
    await database.close()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


async def add(database: Database, *numbers: int) -> None:
    def work(connection: sqlite3.Connection) -> None:
        connection.executemany("INSERT INTO numbers VALUES (?)", [(number,) for number in numbers])

    await database.run(work)


async def numbers(database: Database) -> list[int]:
    def work(connection: sqlite3.Connection) -> list[int]:
        return [number for (number,) in connection.execute("SELECT number FROM numbers ORDER BY number")]

    return await database.run(work)


@pytest.fixture
def table(database: Database) -> Database:
    database.declare(TABLE)
    return database


async def test_a_folder_that_is_missing_is_made_for_the_owner_alone(tmp_path: Path) -> None:
    database = Database(tmp_path / "a" / "b" / "service.db")
    assert await database.run(lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)
    assert (tmp_path / "a" / "b").stat().st_mode & 0o077 == 0
    await database.close()


async def test_a_commit_is_synced_to_disk_before_it_is_reported(table: Database) -> None:
    """https://sqlite.org/pragma.html#pragma_synchronous: 2 is FULL, which in WAL mode syncs every commit."""
    pragmas = await table.run(
        lambda connection: [
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ["journal_mode", "synchronous"]
        ]
    )
    assert pragmas == ["wal", 2]


async def test_work_that_raises_leaves_nothing_behind(table: Database) -> None:
    await add(table, 1)
    with pytest.raises(sqlite3.IntegrityError):
        await add(table, 2, 1)
    assert await numbers(table) == [1]


async def test_a_schema_may_be_declared_after_the_database_was_used(database: Database) -> None:
    await database.run(lambda _: None)
    database.declare(TABLE)
    await add(database, 1)
    assert await numbers(database) == [1]


async def test_what_exists_is_still_there_when_the_file_is_opened_again(table: Database) -> None:
    await add(table, 1)
    again = Database(table.path)
    again.declare(TABLE)
    assert await numbers(again) == [1]
    await again.close()


async def test_work_does_not_hold_up_the_event_loop(database: Database) -> None:
    gate = threading.Event()
    work = asyncio.create_task(database.run(lambda _: gate.wait(10)))
    await asyncio.sleep(0)
    gate.set()
    assert await work is True


async def test_work_that_has_begun_is_committed_though_its_caller_is_cancelled(table: Database) -> None:
    begun, gate = threading.Event(), threading.Event()

    def work(connection: sqlite3.Connection) -> None:
        begun.set()
        gate.wait(10)
        connection.execute("INSERT INTO numbers VALUES (1)")

    caller = asyncio.create_task(table.run(work))
    await asyncio.to_thread(begun.wait, 10)
    caller.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await numbers(table) == [1]


async def test_processes_that_open_a_new_file_at_once_share_it(table: Database) -> None:
    command = [sys.executable, "-c", WRITER, str(table.path), TABLE]
    writers = [await asyncio.create_subprocess_exec(*command, str(first), cwd=ROOT) for first in (0, 50, 100)]
    assert [await writer.wait() for writer in writers] == [0, 0, 0]
    assert await numbers(table) == list(range(150))


async def test_a_lock_that_another_holds_for_too_long_is_an_outage_and_passes(table: Database) -> None:
    await add(table, 1)
    impatient = Database(table.path, lock_timeout=0.01)
    with sqlite3.connect(table.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="SQLite: database is locked"):
            await add(impatient, 2)
        other.execute("ROLLBACK")
    other.close()
    await add(impatient, 3)
    assert await numbers(impatient) == [1, 3]
    await impatient.close()


async def test_a_full_disk_is_an_outage_that_leaves_nothing_behind_and_passes(table: Database) -> None:
    await add(table, 0)
    await table.run(lambda connection: connection.execute("PRAGMA max_page_count = 3").fetchone())
    with pytest.raises(Unavailable, match="SQLite: database or disk is full"):
        await add(table, *range(1, 5000))
    assert await numbers(table) == [0]
    await add(table, *range(1, 5000))
    assert len(await numbers(table)) == 5000


async def test_a_file_that_is_no_database_is_an_outage_and_passes(table: Database) -> None:
    table.path.write_bytes(b"not a database, but of the length of one" * 100)
    with pytest.raises(Unavailable, match="SQLite: file is not a database"):
        await add(table, 1)
    table.path.unlink()
    await add(table, 1)
    assert await numbers(table) == [1]


def _delete_file(path: Path) -> None:
    path.unlink()


def _delete_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def _replace(path: Path) -> None:
    other = path.with_name("other")
    sqlite3.connect(other).close()
    other.replace(path)


@pytest.mark.parametrize("lose", [_delete_file, _delete_folder, _replace])
async def test_nothing_is_written_to_a_file_that_is_gone_and_the_next_work_finds_the_one_at_its_place(
    tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    database = Database(tmp_path / "data" / "service.db")
    database.declare(TABLE)
    await add(database, 1)
    lose(database.path)
    with pytest.raises(Unavailable, match=r"SQLite: .*service\.db is gone or was replaced"):
        await add(database, 2)
    await add(database, 3)
    again = Database(database.path)
    assert await numbers(again) == [3]
    await again.close()
    await database.close()


async def test_a_folder_that_cannot_be_made_is_an_outage_and_passes(tmp_path: Path) -> None:
    in_the_way = tmp_path / "folder"
    in_the_way.write_text("")
    database = Database(in_the_way / "service.db")
    with pytest.raises(Unavailable, match="SQLite"):
        await database.run(lambda _: None)
    in_the_way.unlink()
    await database.run(lambda _: None)
    await database.close()


async def test_a_wrong_statement_is_a_bug_and_no_outage(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.run(lambda connection: connection.execute("SELECT * FROM nowhere"))


def test_a_process_that_is_killed_between_two_commits_loses_neither_of_the_first(tmp_path: Path) -> None:
    script = WRITER.replace("asyncio.run(main", "print('begun', flush=True)\nasyncio.run(main").replace(
        "+ 50", "+ 10**9"
    )
    path = tmp_path / "service.db"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path), TABLE, "0"], cwd=ROOT, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        kept = _wait_for_a_row(path)
        writer.kill()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM numbers").fetchone()[0] >= kept
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def _wait_for_a_row(path: Path) -> int:
    connection = sqlite3.connect(path, timeout=10)
    while True:
        try:
            (count,) = connection.execute("SELECT count(*) FROM numbers").fetchone()
        except sqlite3.OperationalError:  # the table is not there yet
            continue
        if count:
            connection.close()
            return int(count)
