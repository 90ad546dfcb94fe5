"""What becomes of the calls that a worker takes: on both queues, with Gong's stand-in and a warehouse in SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.gong_webhook.metrics import Metrics
from app.gong_webhook.worker import MOST_TAKES
from tests.servers.gong_faults import Fault
from tests.servers.stores import Stores
from tests.servers.working import AT_ONCE, LATER, LEASE_SECONDS, Working, working

pytestmark = pytest.mark.anyio


async def until_given_up(at: Working) -> int:
    """Lets other calls come and get through until one is a dead letter, and all are done; how many came."""
    number = 0
    while not await at.reasons():
        assert number < 200, "it is never given up"
        await at.put(str(1000 + number))
        number += 1
        await at.turns(2)
    while (await at.queue.depth()).jobs:
        await at.turns(1)
    return number


async def test_a_batch_costs_three_calls_of_gongs_api_however_many_it_holds(
    stores: Stores, metrics: Metrics, tmp_path: Path
) -> None:
    async with working(stores, metrics, tmp_path) as at:
        await at.put(*(str(number) for number in range(100, 180)))
        await at.turns(1)
        assert set((await at.rows()).values()) == {"ready"}
        assert len(await at.rows()) == 80
        assert (await at.queue.depth()).jobs == 0
        assert sum(at.gong.standin.requests.values()) == 3


async def test_what_gong_has_not_processed_is_stored_as_it_came_and_completed_later(
    stores: Stores, metrics: Metrics, tmp_path: Path
) -> None:
    async with working(stores, metrics, tmp_path) as at:
        at.gong.standin.lag_requests = 1
        await at.put("101")
        await at.turns(1)
        assert await at.rows() == {"101": "pending"}
        await at.turns(1)
        assert await at.rows() == {"101": "pending"}, "its transcript lags too"
        await at.turns(1)
        assert await at.rows() == {"101": "ready"}
        assert (await at.queue.depth()).jobs == 0


async def test_a_transcript_that_never_comes_is_absent_and_no_dead_letter(
    stores: Stores, metrics: Metrics, tmp_path: Path
) -> None:
    async with working(stores, metrics, tmp_path) as at:
        at.gong.standin.silent.add("101")
        await at.put("101")
        await at.turns(5)
        assert await at.rows() == {"101": "absent"}
        assert await at.queue.depth() == (0, 0.0, 0)


async def test_a_call_that_gong_never_shows_ends_as_a_dead_letter_and_keeps_its_row(
    stores: Stores, metrics: Metrics, tmp_path: Path
) -> None:
    async with working(stores, metrics, tmp_path) as at:
        at.gong.standin.absent.add("101")
        await at.put("101")
        await at.turns(5)
        assert await at.rows() == {"101": "absent"}
        assert await at.reasons() == {"101": "Gong's API did not show this call for as long as it is asked"}


async def test_an_outage_of_any_length_makes_no_dead_letter(stores: Stores, metrics: Metrics, tmp_path: Path) -> None:
    async with working(stores, metrics, tmp_path) as at:
        await at.put("101", "102")
        for _ in range(4 * AT_ONCE.max_attempts):
            at.gong.standin.faults.append(Fault.BROKEN)
            await at.turns(1)
        depth = await at.queue.depth()
        assert (depth.jobs, depth.dead) == (2, 0)
        at.gong.standin.faults.clear()
        await at.turns(3)
        assert await at.rows() == {"101": "ready", "102": "ready"}


async def test_during_an_outage_the_worker_waits_as_long_as_the_calls(
    stores: Stores, metrics: Metrics, tmp_path: Path
) -> None:
    async with working(stores, metrics, tmp_path, LATER) as at:
        at.gong.standin.faults.append(Fault.BROKEN)
        await at.put("101")
        assert await at.worker.turn() >= 300.0
        assert await at.queue.take(1, LEASE_SECONDS) == []


async def test_a_call_that_fails_alone_is_charged_and_given_up(
    stores: Stores, metrics: Metrics, tmp_path: Path
) -> None:
    async with working(stores, metrics, tmp_path) as at:
        at.gong.standin.fatal.add("666")
        await at.put("101", "666", "102")
        others = await until_given_up(at)
        assert "answers 500" in (await at.reasons())["666"]
        assert "3 attempts" in (await at.reasons())["666"]
        assert len(await at.rows()) == 2 + others


async def test_what_gong_refuses_is_given_up_at_once_and_holds_up_nobody(
    stores: Stores, metrics: Metrics, tmp_path: Path
) -> None:
    async with working(stores, metrics, tmp_path) as at:
        await at.put(*(str(number) for number in range(100, 116)), "not-a-number")
        others = await until_given_up(at)
        assert (await at.reasons())["not-a-number"].startswith("Gong refuses the request (400)")
        assert len(await at.rows()) == 16 + others


async def test_a_defect_costs_its_call_every_attempt_and_the_others_none(
    stores: Stores, metrics: Metrics, tmp_path: Path
) -> None:
    async with working(stores, metrics, tmp_path) as at:
        at.warehouse.defect = "102"
        await at.put("101", "102", "103")
        await until_given_up(at)
        assert set(await at.reasons()) == {"102"}
        assert (await at.reasons())["102"].startswith("3 attempts; the last: KeyError")


async def test_what_concerns_every_call_makes_no_dead_letter(stores: Stores, metrics: Metrics, tmp_path: Path) -> None:
    async with working(stores, metrics, tmp_path) as at:
        await at.put("one", "two", "three")
        await at.turns(30)
        depth = await at.queue.depth()
        assert (depth.jobs, depth.dead) == (3, 0)


async def test_an_owner_whom_gong_refuses_to_name_holds_up_no_call(
    stores: Stores, metrics: Metrics, tmp_path: Path
) -> None:
    async with working(stores, metrics, tmp_path) as at:
        details = b'{"metaData": {"id": "101", "primaryUserId": "no number"}}'
        at.gong.standin.overrides["/v2/calls/extensive", "101"] = details
        await at.put("101")
        await at.turns(1)
        assert await at.rows() == {"101": "ready"}


async def test_what_a_dependency_asks_for_never_stops_the_worker_for_longer_than_the_longest_delay(
    stores: Stores, metrics: Metrics, tmp_path: Path
) -> None:
    async with working(stores, metrics, tmp_path, LATER) as at:
        at.gong.standin.faults.append(Fault.BUSY)
        at.gong.standin.retry_after = "86400"
        await at.put("101")
        assert await at.worker.turn() <= LATER.longest_delay


async def test_a_spent_budget_makes_calls_wait_and_counts_nothing(
    stores: Stores, metrics: Metrics, tmp_path: Path
) -> None:
    async with working(stores, metrics, tmp_path, LATER) as at:
        at.gong.limiter.is_spent = True
        await at.put("101")
        assert await at.worker.turn() == pytest.approx(300.0)
        depth = await at.queue.depth()
        assert (depth.jobs, depth.dead) == (1, 0)
        assert sum(at.gong.standin.requests.values()) == 0


async def test_a_job_whose_workers_keep_ending_is_given_up(stores: Stores, metrics: Metrics, tmp_path: Path) -> None:
    async with working(stores, metrics, tmp_path) as at:
        await at.put("101")
        for _ in range(MOST_TAKES):
            assert await at.queue.take(1, lease=0.0)
        await at.turns(1)
        assert await at.reasons() == {"101": f"{MOST_TAKES} workers in a row ended without an outcome for it"}
