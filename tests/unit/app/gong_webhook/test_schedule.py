"""Reconciliation by the clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.gong_webhook import schedule
from app.gong_webhook.schedule import RETRY_SECONDS, Schedule
from app.gong_webhook.sqlite import Database
from app.gong_webhook.warehouse.sqlite import SqliteWarehouse
from tests.servers.gong import spread
from tests.servers.gong_client import Connected, connected
from tests.servers.gong_faults import Fault
from tests.servers.stores import Stores

pytestmark = pytest.mark.anyio

DAY = 86_400.0


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once; what has nothing left to do until its next look stops."""

    async def pause(stop: asyncio.Event, seconds: float) -> None:
        if seconds != RETRY_SECONDS:
            stop.set()

    monkeypatch.setattr(schedule, "pause", pause)


async def run(stores: Stores, at: Connected, folder: Path, times: int) -> int:
    """How many calls wait in the queue after `times` processes did their turns."""
    database = Database(folder / "warehouse.db")
    warehouse = SqliteWarehouse(database)
    await warehouse.migrate()
    for _ in range(times):
        by_the_clock = Schedule(
            at.gong,
            warehouse,
            stores.queue(),
            stores.claims(),
            every=DAY,
            window=timedelta(hours=48),
            most_waiting=1000,
        )
        await by_the_clock.run(asyncio.Event())
    await database.close()
    return (await stores.queue().depth()).jobs


async def test_of_all_processes_one_reconciles_in_each_interval(stores: Stores, tmp_path: Path) -> None:
    async with connected() as at:
        at.standin.listing = spread(["101", "102"], datetime.now(UTC) - timedelta(hours=12), timedelta(minutes=5))
        assert await run(stores, at, tmp_path, times=3) == 2
        assert at.standin.requests["/v2/calls"] == 2, "the window is asked for in slices of a day"


async def test_what_failed_is_tried_again_by_the_process_that_claimed_it(stores: Stores, tmp_path: Path) -> None:
    async with connected() as at:
        at.standin.listing = spread(["101", "102"], datetime.now(UTC) - timedelta(hours=12), timedelta(minutes=5))
        at.standin.faults.extend([Fault.BROKEN] * 2)
        assert await run(stores, at, tmp_path, times=1) == 2
