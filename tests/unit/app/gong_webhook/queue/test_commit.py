"""Deliveries that share a write: who gets which answer, who gets which error, and what a cancelled caller changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from app.errors import Unavailable
from app.gong_webhook.errors import Full
from app.gong_webhook.model import Delivery
from app.gong_webhook.queue import Queue
from app.gong_webhook.queue.commit import BATCH_BYTES, BATCH_DELIVERIES, WRITERS, GroupCommit
from tests.servers.stores import Stores, delivery

pytestmark = pytest.mark.anyio
BACKLOG = 1000


class Watched:
    """The queue, with a gate before each write and a list of what came in which batch."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.begun, self.open = asyncio.Event(), asyncio.Event()
        self.batches: list[list[str]] = []

    async def put(self, deliveries: Sequence[Delivery]) -> list[bool]:
        self.batches.append([one.call_id for one in deliveries])
        self.begun.set()
        await self.open.wait()
        return await self.queue.put(deliveries)


def group(watch: Watched, backlog: int = BACKLOG) -> GroupCommit:
    return GroupCommit(watch, backlog)  # type: ignore[arg-type]  # nothing else of a queue is asked for


def watched(queue: Queue) -> tuple[Watched, GroupCommit]:
    watch = Watched(queue)
    return watch, group(watch)


async def begin(commit: GroupCommit, deliveries: Sequence[Delivery]) -> list[asyncio.Task[bool]]:
    tasks = [asyncio.create_task(commit.put(one)) for one in deliveries]
    await asyncio.sleep(0)
    return tasks


async def under_way(watch: Watched, commit: GroupCommit) -> asyncio.Task[bool]:
    """A write that is under way, so that what comes now gathers."""
    (first,) = await begin(commit, [delivery("first")])
    await watch.begun.wait()
    return first


async def test_what_comes_during_a_write_shares_the_next_one(stores: Stores) -> None:
    watch, commit = watched(stores.queue())
    first = await under_way(watch, commit)
    others = await begin(commit, [delivery("2"), delivery("3"), delivery("2")])
    watch.open.set()
    assert await asyncio.gather(first, *others) == [True, True, True, False]
    assert watch.batches == [["first"], ["2", "3", "2"]]


async def test_a_delivery_is_in_the_store_when_its_put_returns(stores: Stores) -> None:
    queue = stores.queue()
    commit = GroupCommit(queue, BACKLOG)
    assert await commit.put(delivery("1")) is True
    assert (await queue.depth()).jobs == 1
    assert await commit.put(delivery("1")) is False


async def test_a_batch_is_bounded_in_number_and_in_bytes(stores: Stores) -> None:
    watch, commit = watched(stores.queue())
    first = await under_way(watch, commit)
    small = await begin(commit, [delivery(str(number)) for number in range(BATCH_DELIVERIES + 1)])
    large = await begin(commit, [delivery(f"large {number}", b"x" * (BATCH_BYTES // 2)) for number in range(3)])
    huge = await begin(commit, [delivery("huge", b"x" * (BATCH_BYTES * 2))])
    watch.open.set()
    assert all(await asyncio.gather(first, *small, *large, *huge))
    assert [len(batch) for batch in watch.batches] == [1, BATCH_DELIVERIES, 2, 2, 1]


async def test_a_backlog_that_is_full_refuses_and_then_takes_again(stores: Stores) -> None:
    watch = Watched(stores.queue())
    commit = group(watch, backlog=2)
    first = await under_way(watch, commit)
    waiting = await begin(commit, [delivery("2"), delivery("3")])
    with pytest.raises(Full, match="2"):
        await commit.put(delivery("4"))
    watch.open.set()
    assert await asyncio.gather(first, *waiting) == [True, True, True]
    assert await commit.put(delivery("4")) is True


async def test_a_cancelled_caller_stops_neither_its_own_delivery_nor_the_others(stores: Stores) -> None:
    watch, commit = watched(stores.queue())
    first = await under_way(watch, commit)
    gone, other = await begin(commit, [delivery("gone"), delivery("other")])
    first.cancel()
    gone.cancel()
    watch.open.set()
    assert await other is True
    assert (await watch.queue.depth()).jobs == 3


async def test_what_does_not_fit_keeps_out_nothing_that_does(stores: Stores) -> None:
    watch, commit = watched(stores.queue(limit=6))
    first = await under_way(watch, commit)
    others = await begin(commit, [delivery(str(number)) for number in range(10)])
    watch.open.set()
    outcomes = await asyncio.gather(first, *others, return_exceptions=True)
    assert outcomes[:6] == [True] * 6
    assert {type(outcome) for outcome in outcomes[6:]} == {Full}
    assert (await watch.queue.depth()).jobs == 6


async def test_a_delivery_that_cannot_be_stored_keeps_out_none_of_its_batch(stores: Stores) -> None:
    watch, commit = watched(stores.queue())
    first = await under_way(watch, commit)
    others = await begin(commit, [delivery(call_id) for call_id in ["1", "2", "half \ud83d", "3"]])
    watch.open.set()
    outcomes = await asyncio.gather(first, *others, return_exceptions=True)
    assert [isinstance(outcome, UnicodeEncodeError) for outcome in outcomes] == [False, False, False, True, False]
    assert (await watch.queue.depth()).jobs == 4


async def test_an_outage_is_told_to_each_caller_of_its_batch_and_the_next_batch_is_tried(
    stores: Stores,
) -> None:
    class Failing(Watched):
        async def put(self, deliveries: Sequence[Delivery]) -> list[bool]:
            if deliveries[0].call_id == "lost":
                self.batches.append([])
                raise Unavailable("Redis", "gone")
            return await super().put(deliveries)

    watch = Failing(stores.queue())
    commit = group(watch)
    first = await under_way(watch, commit)
    lost = await begin(commit, [delivery("lost")] + [delivery(str(number)) for number in range(BATCH_DELIVERIES)])
    watch.open.set()
    outcomes = await asyncio.gather(first, *lost, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [bool] + [Unavailable] * BATCH_DELIVERIES + [bool]
    assert len(watch.batches) == 3


async def test_writes_overlap_and_no_more_of_them_than_may(stores: Stores) -> None:
    watch, commit = watched(stores.queue())
    first = await under_way(watch, commit)
    tasks = [task for number in range(5) for task in await begin(commit, [delivery(str(number))])]
    assert len(watch.batches) == WRITERS
    watch.open.set()
    assert await asyncio.gather(first, *tasks) == [True] * 6


async def test_a_delivery_that_comes_just_when_a_write_ends_is_written(stores: Stores) -> None:
    commit = GroupCommit(stores.queue(), BACKLOG)

    async def one_after_another(start: int) -> None:
        for number in range(start, start + 20):
            assert await asyncio.wait_for(commit.put(delivery(str(number))), 10)

    await asyncio.gather(*(one_after_another(1000 * caller) for caller in range(5)))


async def test_close_waits_for_what_was_put(stores: Stores) -> None:
    watch, commit = watched(stores.queue())
    first = await under_way(watch, commit)
    (second,) = await begin(commit, [delivery("2")])
    closing = asyncio.create_task(commit.close())
    await asyncio.sleep(0)
    assert not closing.done()
    watch.open.set()
    await closing
    assert first.done()
    assert second.done()
    await commit.close()


async def test_close_does_not_wait_for_a_store_that_hangs(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.gong_webhook.queue.commit.CLOSE_SECONDS", 0.05)
    watch, commit = watched(stores.queue())
    first = await under_way(watch, commit)
    await asyncio.wait_for(commit.close(), 10)
    assert not first.done(), "and nobody was told that it is safe"
    first.cancel()


async def test_many_callers_at_once_get_each_its_own_answer(stores: Stores) -> None:
    queue = stores.queue()
    commit = GroupCommit(queue, BACKLOG)
    answers = await asyncio.gather(*(commit.put(delivery(str(number % 150))) for number in range(300)))
    assert answers == [True] * 150 + [False] * 150
    assert (await queue.depth()).jobs == 150
