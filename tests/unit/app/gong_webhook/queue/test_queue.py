"""What both queues promise, on both stores."""

from __future__ import annotations

import asyncio
import time

import pytest

from app.gong_webhook.errors import Full
from app.gong_webhook.model import Delivery, Postponed, Source
from app.gong_webhook.queue import Queue
from tests.servers.stores import AT_ONCE, LONG, Stores, delivery, put_and_take

pytestmark = pytest.mark.anyio


async def test_a_delivery_comes_out_as_it_went_in(queue: Queue) -> None:
    body = bytes(range(256)) * 50
    given = Delivery("07782342274025937895", body, "ab" * 32, 1_700_000_000.123456, "żądanie \0 🎧", Source.RECONCILE)
    assert await queue.put([given]) == [True]
    (job,) = await queue.take(10, LONG)
    assert job.delivery == given
    assert (job.attempts, job.waits, job.takes) == (0, 0, 1)


async def test_the_longest_due_comes_first_and_no_more_than_asked_for(queue: Queue) -> None:
    for call_id in ["9", "5", "7"]:
        await queue.put([delivery(call_id)])
    assert [job.delivery.call_id for job in await queue.take(2, LONG)] == ["9", "5"]
    assert [job.delivery.call_id for job in await queue.take(2, LONG)] == ["7"]
    assert await queue.take(2, LONG) == []


async def test_the_same_call_and_digest_is_a_duplicate_within_a_batch_and_after(queue: Queue) -> None:
    assert await queue.put([delivery("1"), delivery("1"), delivery("2")]) == [True, False, True]
    assert await queue.put([delivery("1"), delivery("3")]) == [False, True]
    assert (await queue.depth()).jobs == 3


async def test_another_body_of_the_same_call_is_no_duplicate(queue: Queue) -> None:
    assert await queue.put([delivery("1", b"a"), delivery("1", b"b")]) == [True, True]


async def test_a_delivery_stays_a_duplicate_after_it_is_done_and_while_it_is_dead(queue: Queue) -> None:
    done, dead = await put_and_take(queue, "1", "2")
    await queue.done([done])
    await queue.bury([dead], "no")
    assert await queue.put([done.delivery, dead.delivery]) == [False, False]
    assert (await queue.depth())[::2] == (0, 1)


async def test_a_full_queue_takes_nothing_of_a_batch_that_does_not_fit(stores: Stores) -> None:
    queue = stores.queue(limit=2)
    await queue.put([delivery("1")])
    with pytest.raises(Full, match="2"):
        await queue.put([delivery("2"), delivery("3")])
    assert (await queue.depth()).jobs == 1
    assert await queue.put([delivery("2")]) == [True]


async def test_a_full_queue_still_knows_a_duplicate(stores: Stores) -> None:
    await stores.queue().put([delivery("1"), delivery("2")])
    assert await stores.queue(limit=1).put([delivery("1"), delivery("1")]) == [False, False]


async def test_a_duplicate_takes_no_room(stores: Stores) -> None:
    queue = stores.queue(limit=2)
    await queue.put([delivery("1")])
    assert await queue.put([delivery("1"), delivery("2"), delivery("2")]) == [False, True, False]


async def test_a_held_job_is_not_given_to_another(queue: Queue) -> None:
    await put_and_take(queue, "1")
    assert await queue.take(1, LONG) == []


async def test_a_job_comes_back_when_its_lease_runs_out_and_counts_the_takes(queue: Queue) -> None:
    (first,) = await put_and_take(queue, "1", lease=AT_ONCE)
    (second,) = await queue.take(1, LONG)
    assert (second.id, second.takes) == (first.id, 2)
    assert second.lease != first.lease


async def test_a_lease_runs_out_with_time(queue: Queue) -> None:
    await put_and_take(queue, "1", lease=0.05)
    deadline = time.monotonic() + 10
    while not (again := await queue.take(1, LONG)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    assert again[0].takes == 2


async def test_who_lost_its_job_to_another_changes_nothing(queue: Queue) -> None:
    (stale,) = await put_and_take(queue, "1", lease=AT_ONCE)
    (current,) = await queue.take(1, LONG)
    assert await queue.renew([stale], LONG) == []
    assert await queue.done([stale]) == 0
    assert await queue.postpone([Postponed(stale, AT_ONCE, 5, 5)]) == 0
    assert await queue.bury([stale], "no") == 0
    assert await queue.take(1, LONG) == []
    assert await queue.done([current]) == 1


async def test_a_lease_that_ran_out_is_still_good_while_nobody_else_took_the_job(queue: Queue) -> None:
    (job,) = await put_and_take(queue, "1", lease=AT_ONCE)
    assert await queue.renew([job], LONG) == [job]
    assert await queue.take(1, LONG) == []
    assert await queue.done([job]) == 1


async def test_renewing_keeps_a_job_for_as_long_as_asked_from_now(queue: Queue) -> None:
    jobs = await put_and_take(queue, "1", "2")
    assert await queue.renew(jobs[:1], AT_ONCE) == jobs[:1]
    assert [job.id for job in await queue.take(2, LONG)] == [jobs[0].id]


async def test_what_is_done_is_gone_and_is_done_once(queue: Queue) -> None:
    jobs = await put_and_take(queue, "1", "2", lease=AT_ONCE)
    assert await queue.done([jobs[0], jobs[0]]) == 1
    assert await queue.done(jobs) == 1
    assert await queue.take(2, LONG) == []
    assert await queue.depth() == (0, 0.0, 0)


async def test_a_postponed_job_waits_and_keeps_its_new_counters(queue: Queue) -> None:
    later, now = await put_and_take(queue, "1", "2")
    assert await queue.postpone([Postponed(later, LONG, 0, 1), Postponed(now, AT_ONCE, 3, 2)]) == 2
    (job,) = await queue.take(2, LONG)
    assert (job.id, job.attempts, job.waits, job.takes) == (now.id, 3, 2, 1)
    assert (await queue.depth()).jobs == 2


async def test_a_postponed_job_is_held_by_nobody(queue: Queue) -> None:
    (job,) = await put_and_take(queue, "1")
    await queue.postpone([Postponed(job, AT_ONCE, 1, 0)])
    assert await queue.done([job]) == 0
    assert await queue.renew([job], LONG) == []


async def test_handing_a_job_back_unchanged_leaves_only_takes_that_ended_in_a_death(queue: Queue) -> None:
    await put_and_take(queue, "1", lease=AT_ONCE)
    (second,) = await queue.take(1, LONG)
    await queue.postpone([Postponed(second, AT_ONCE, second.attempts, second.waits)])
    (third,) = await queue.take(1, LONG)
    assert (second.takes, third.takes) == (2, 2)


async def test_a_job_that_waits_for_gong_is_not_what_the_queue_is_late_with(queue: Queue) -> None:
    await queue.put([delivery("1", received_at=time.time() - 1000)])
    (job,) = await queue.take(1, LONG)
    await queue.postpone([Postponed(job, 0.0, attempts=1, waits=0)])
    assert (await queue.depth()).oldest_seconds > 900
    (job,) = await queue.take(1, LONG)
    await queue.postpone([Postponed(job, 0.0, attempts=1, waits=1)])
    depth = await queue.depth()
    assert (depth.jobs, depth.oldest_seconds) == (1, 0.0)


async def test_depth_counts_held_and_delayed_jobs_and_the_age_of_the_oldest(queue: Queue) -> None:
    now = time.time()
    await queue.put([delivery("1", received_at=now), delivery("2", received_at=now - 1000)])
    depth = await queue.depth()
    assert (depth.jobs, depth.dead) == (2, 0)
    assert 1000 - 60 < depth.oldest_seconds < 1000 + 60
    await queue.done([job for job in await queue.take(2, LONG) if job.delivery.call_id == "2"])
    assert (await queue.depth()).oldest_seconds < 60


async def test_an_age_is_never_negative_though_the_receiver_s_clock_was_ahead(queue: Queue) -> None:
    await queue.put([delivery("1", received_at=time.time() + 1000)])
    assert await queue.depth() == (1, 0.0, 0)


async def test_nothing_asked_for_is_nothing_done(queue: Queue) -> None:
    assert await queue.put([]) == []
    assert await queue.take(0, LONG) == []
    assert await queue.renew([], LONG) == []
    assert await queue.done([]) == await queue.postpone([]) == await queue.bury([], "no") == await queue.replay([]) == 0


async def test_many_takers_at_once_never_get_the_same_job(queue: Queue) -> None:
    await queue.put([delivery(str(number)) for number in range(100)])
    taken = [job.id for jobs in await asyncio.gather(*(queue.take(7, LONG) for _ in range(20))) for job in jobs]
    assert len(taken) == len(set(taken)) == 100


async def test_a_cancelled_caller_leaves_the_store_in_order(queue: Queue) -> None:
    await queue.put([delivery(str(number)) for number in range(200)])
    tasks = [asyncio.create_task(queue.take(1, AT_ONCE)) for _ in range(50)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    kept = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(jobs, list) and len(jobs) == 1 for jobs in kept[1::2])
    assert (await queue.depth()).jobs == 200
    jobs = await queue.take(300, LONG)
    assert await queue.done(jobs) == 200


async def test_a_sound_store_answers_and_warns_of_nothing(queue: Queue) -> None:
    await queue.ping()
    assert await queue.warning() is None
