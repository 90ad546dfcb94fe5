"""What a worker holds while it tries calls: leases renewed, handed back, and charged only to what was tried."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.gong_webhook.metrics import Metrics
from app.gong_webhook.model import Job
from tests.servers.stores import Stores
from tests.servers.working import LEASE_SECONDS, asked, working

pytestmark = pytest.mark.anyio


async def test_while_a_batch_is_slow_its_leases_are_renewed(
    stores: Stores, metrics: Metrics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(stores, metrics, tmp_path, lease=0.3) as at:
        renewed: asyncio.Queue[tuple[list[str], float]] = asyncio.Queue()
        renew = at.queue.renew

        async def seen(jobs: Sequence[Job], lease: float) -> list[Job]:
            renewed.put_nowait(([job.delivery.call_id for job in jobs], lease))
            return await renew(jobs, lease)

        monkeypatch.setattr(at.queue, "renew", seen)
        await at.put("101")
        at.warehouse.is_slow = True
        turn = asyncio.create_task(at.worker.turn())
        for _ in range(3):
            assert await asyncio.wait_for(renewed.get(), 30) == (["101"], 0.3)
        at.warehouse.let.set()
        await turn
        assert await at.rows() == {"101": "ready"}


async def test_told_to_stop_it_finishes_the_batch(stores: Stores, metrics: Metrics, tmp_path: Path) -> None:
    async with working(stores, metrics, tmp_path) as at:
        await at.put("101")
        at.gong.standin.delay = 0.1
        stop = asyncio.Event()
        running = asyncio.create_task(at.worker.run(stop))
        await asked(at.gong.standin)
        stop.set()
        await asyncio.wait_for(running, 10)
        assert await at.rows() == {"101": "ready"}


async def test_cut_off_it_hands_back_what_it_holds(stores: Stores, metrics: Metrics, tmp_path: Path) -> None:
    async with working(stores, metrics, tmp_path) as at:
        await at.put("101", "102")
        at.gong.standin.delay = 60.0
        running = asyncio.create_task(at.worker.run(asyncio.Event()))
        await asked(at.gong.standin)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        again = await at.queue.take(10, LEASE_SECONDS)
        assert [(job.delivery.call_id, job.attempts, job.takes) for job in again] == [("101", 0, 1), ("102", 0, 1)]


async def test_the_end_of_a_worker_is_charged_only_to_the_calls_it_was_trying(
    stores: Stores, metrics: Metrics, tmp_path: Path
) -> None:
    async with working(stores, metrics, tmp_path) as at:
        await at.put(*(str(number) for number in range(100, 160)))
        for _ in range(3):
            await at.queue.take(100, lease=0.0)
        at.gong.standin.delay = 60.0
        turn = asyncio.create_task(at.worker.turn())
        await asked(at.gong.standin)
        others = await at.queue.take(100, LEASE_SECONDS)
        assert len(others) == 35, "25 of the 60 are being tried"
        assert {job.takes for job in others} == {4}, "three deaths, and this take"
        turn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await turn
