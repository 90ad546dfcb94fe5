"""What is peculiar to the queue in Redis: kill -9, memory that is full, eviction, clocks, and its warnings."""

from __future__ import annotations

import asyncio
import time

import pytest

from app import redis
from app.errors import Unavailable
from app.gong_webhook.namespace import PREFIX
from app.gong_webhook.queue import DEDUPE_SECONDS, job_id
from app.gong_webhook.queue.redis import RedisQueue
from tests.servers.redis import RedisServer
from tests.servers.stores import LONG, NO_LIMIT, delivery

pytestmark = pytest.mark.anyio


@pytest.fixture
def queue(client: redis.Client) -> RedisQueue:
    return RedisQueue(client, NO_LIMIT)


@pytest.fixture
def own_queue(own_client: redis.Client) -> RedisQueue:
    return RedisQueue(own_client, NO_LIMIT)


async def test_what_was_acknowledged_before_a_kill_is_there_after_it(
    own_server: RedisServer, own_queue: RedisQueue
) -> None:
    acknowledged: list[str] = []
    enough = asyncio.Event()

    async def put(first: int) -> None:
        for number in range(first, first + 10_000):
            given = delivery(str(number), b"x" * 1000)
            await own_queue.put([given])
            acknowledged.append(job_id(given))
            if len(acknowledged) == 200:
                enough.set()

    writers = [asyncio.create_task(put(writer * 10_000)) for writer in range(4)]
    await enough.wait()
    own_server.kill()
    outcomes = await asyncio.gather(*writers, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    own_server.start()
    kept = {job.id for job in await own_queue.take(50_000, LONG)}
    assert kept >= set(acknowledged)


async def test_a_redis_that_is_full_takes_nothing_in_but_can_be_emptied(
    own_server: RedisServer, own_queue: RedisQueue
) -> None:
    await own_queue.put([delivery("1"), delivery("2"), delivery("3")])
    own_server.configure("maxmemory", "1")
    with pytest.raises(Unavailable):
        await own_queue.put([delivery("4"), delivery("5")])
    with pytest.raises(Unavailable):
        await own_queue.ping()
    done, dead, later = await own_queue.take(3, LONG)
    assert await own_queue.renew([done], LONG) == [done]
    assert await own_queue.bury([dead], "no") == await own_queue.done([done]) == 1
    assert await own_queue.replay([dead.id]) == 1
    own_server.configure("maxmemory", "0")
    await own_queue.ping()
    assert (await own_queue.depth()).jobs == 2
    assert await own_queue.put([delivery("4")]) == [True]
    assert await own_queue.renew([later], LONG) == [later]


async def test_jobs_that_redis_evicted_do_not_stop_the_others(queue: RedisQueue, client: redis.Client) -> None:
    await queue.put([delivery("1"), delivery("2")])
    await client.delete(PREFIX + "job:" + job_id(delivery("1")))
    assert [job.delivery.call_id for job in await queue.take(2, LONG)] == ["2"]
    assert (await queue.depth()).jobs == 1


async def test_what_was_seen_is_forgotten_after_its_time_but_not_while_the_call_waits(
    queue: RedisQueue, client: redis.Client
) -> None:
    await queue.put([delivery("done"), delivery("waits")])
    (job,) = await queue.take(1, LONG)
    await queue.done([job])
    seen = [PREFIX + "seen:" + job_id(delivery(call_id)) for call_id in ["done", "waits"]]
    assert [abs(await client.ttl(key) - DEDUPE_SECONDS) < 60 for key in seen] == [True, True]
    await client.delete(*seen)
    assert await queue.put([delivery("done"), delivery("waits")]) == [True, False]


async def test_redis_clock_counts_and_not_that_of_a_pod(queue: RedisQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    await queue.put([delivery("1")])
    ahead = time.time() + 1e5
    monkeypatch.setattr(time, "time", lambda: ahead)
    assert len(await queue.take(1, lease=1e4)) == 1
    assert await queue.take(1, lease=1e4) == []


async def test_a_calls_id_cannot_reach_another_key(queue: RedisQueue, client: redis.Client) -> None:
    hostile = ["x}:due", "{other}", "1 2\r\nFLUSHALL\r\n", "*"]
    await queue.put([delivery(call_id) for call_id in hostile])
    assert sorted(job.delivery.call_id for job in await queue.take(10, LONG)) == sorted(hostile)
    assert all([key.startswith(PREFIX.encode()) async for key in client.scan_iter()])


async def test_nothing_stays_of_a_job_that_is_done_but_that_it_was_seen(
    queue: RedisQueue, client: redis.Client
) -> None:
    await queue.put([delivery("1")])
    await queue.done(await queue.take(1, LONG))
    assert [key async for key in client.scan_iter()] == [f"{PREFIX}seen:{job_id(delivery('1'))}".encode()]


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [("appendonly", "no", "no append-only file"), ("maxmemory-policy", "allkeys-lru", "allkeys-lru")],
)
async def test_a_redis_that_may_forget_is_warned_of(
    own_server: RedisServer, own_queue: RedisQueue, setting: str, value: str, text: str
) -> None:
    own_server.configure(setting, value)
    assert text in str(await own_queue.warning())


async def test_a_redis_that_does_not_say_is_warned_of(own_server: RedisServer, own_queue: RedisQueue) -> None:
    client = redis.connect(own_server.url)
    await client.acl_setuser("default", enabled=True, commands=["-info"])
    assert "does not say" in str(await own_queue.warning())
    await client.aclose()


async def test_a_warning_cannot_be_had_from_a_redis_that_is_away(
    own_server: RedisServer, own_queue: RedisQueue
) -> None:
    own_server.kill()
    with pytest.raises(Unavailable):
        await own_queue.warning()
