"""What both limiters promise, on both stores, one process or several."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import pytest

from app import redis
from app.errors import Unavailable
from app.gong_webhook.errors import BudgetSpent
from app.gong_webhook.namespace import PREFIX
from app.gong_webhook.ratelimit import DAY_SECONDS, Limits, Purpose
from app.gong_webhook.ratelimit.redis import RedisLimiter
from app.gong_webhook.ratelimit.sqlite import SqliteLimiter
from app.gong_webhook.sqlite import Database
from tests.servers.redis import RedisServer
from tests.servers.stores import Stores

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[5]
LIMITS = Limits(per_second=2.5, burst=10, daily=10_000, reserve=1000)
INTERVAL = 0.4
HOUR = 3600.0
# what a busy machine may take between two questions
SLACK = 5.0
CALLER = """
import asyncio, sys
from pathlib import Path
from app import redis
from app.gong_webhook.ratelimit import Limits, Purpose
from app.gong_webhook.ratelimit.redis import RedisLimiter
from app.gong_webhook.ratelimit.sqlite import SqliteLimiter
from app.gong_webhook.sqlite import Database

async def main(where):
    limits = Limits(2.5, 10, 10_000, 1000)
    if where.startswith("redis:"):
        client = redis.connect(where)
        limiter, close = RedisLimiter(client, limits), client.aclose
    else:
        database = Database(Path(where))
        limiter, close = SqliteLimiter(database, limits), database.close
    await asyncio.gather(*(limiter.acquire(Purpose.ENRICH) for _ in range(25)))
    await close()

asyncio.run(main(sys.argv[1]))
"""


async def test_slots_are_given_one_after_another_without_a_burst(stores: Stores) -> None:
    limiter = stores.limiter(LIMITS)
    # slots in an hour's time cannot be reached by a clock that goes on meanwhile
    began = time.monotonic()
    await limiter.pause(HOUR)
    waits = [await limiter.acquire(Purpose.ENRICH) for _ in range(10)]
    took = time.monotonic() - began
    assert HOUR + 9 * INTERVAL - took - 0.01 <= waits[-1] <= HOUR + 9 * INTERVAL + 0.01


async def test_the_first_call_need_not_wait(stores: Stores) -> None:
    assert await stores.limiter(LIMITS).acquire(Purpose.ENRICH) == 0.0


async def test_a_burst_that_gongs_window_allows_is_given_at_once(stores: Stores) -> None:
    limiter = stores.limiter(LIMITS._replace(per_second=0.001))
    waits = [await limiter.acquire(Purpose.ENRICH) for _ in range(4)]
    assert waits[:3] == [0.0, 0.0, 0.0]
    assert 1000 - SLACK <= waits[3] <= 1000


async def test_a_pause_holds_for_everybody_and_a_shorter_one_does_not_end_it(stores: Stores) -> None:
    await stores.limiter(LIMITS).pause(HOUR)
    await stores.limiter(LIMITS).pause(1.0)
    assert HOUR - SLACK <= await stores.limiter(LIMITS).acquire(Purpose.RECONCILE) <= HOUR


async def test_a_pause_lasts_a_day_at_most(stores: Stores) -> None:
    limiter = stores.limiter(LIMITS)
    await limiter.pause(1e12)
    assert DAY_SECONDS - SLACK <= await limiter.acquire(Purpose.ENRICH) <= DAY_SECONDS


async def test_enrichment_leaves_the_reserve_to_reconciliation(stores: Stores) -> None:
    limiter = stores.limiter(LIMITS._replace(daily=5, reserve=2))
    for purpose in [Purpose.RECONCILE, Purpose.ENRICH, Purpose.ENRICH]:
        await limiter.acquire(purpose)
    assert await limiter.remaining() == 2
    with pytest.raises(BudgetSpent) as raised:
        await limiter.acquire(Purpose.ENRICH)
    midnight = DAY_SECONDS - time.time() % DAY_SECONDS
    assert min(abs(raised.value.retry_after - midnight), abs(raised.value.retry_after - midnight - DAY_SECONDS)) < SLACK
    for _ in range(2):
        await limiter.acquire(Purpose.RECONCILE)
    with pytest.raises(BudgetSpent):
        await limiter.acquire(Purpose.RECONCILE)
    assert await limiter.remaining() == 0


async def test_who_gets_no_call_takes_no_slot(stores: Stores) -> None:
    spent = stores.limiter(LIMITS._replace(daily=1, reserve=1))
    for _ in range(3):
        with pytest.raises(BudgetSpent):
            await spent.acquire(Purpose.ENRICH)
    assert await stores.limiter(LIMITS).acquire(Purpose.ENRICH) == 0.0


async def test_a_budget_that_was_lowered_below_its_use_leaves_nothing(stores: Stores) -> None:
    await asyncio.gather(*(stores.limiter(LIMITS).acquire(Purpose.ENRICH) for _ in range(3)))
    assert await stores.limiter(LIMITS._replace(daily=2)).remaining() == 0


async def test_processes_that_share_a_redis_never_get_the_same_slot(client: redis.Client, redis_url: str) -> None:
    limiter = RedisLimiter(client, LIMITS)
    await limiter.pause(HOUR)
    before = float(await client.get(PREFIX + "api-full") or 0)
    await run_callers(redis_url)
    after = float(await client.get(PREFIX + "api-full") or 0)
    assert after - before == pytest.approx(100 * INTERVAL, abs=1e-3)
    assert await limiter.remaining() == 10_000 - 100


async def test_processes_that_share_a_file_never_get_the_same_slot(database: Database) -> None:
    limiter = SqliteLimiter(database, LIMITS)
    await limiter.pause(HOUR)
    before = await full(database)
    await run_callers(str(database.path))
    assert await full(database) - before == pytest.approx(100 * INTERVAL, abs=1e-3)
    assert await limiter.remaining() == 10_000 - 100


async def run_callers(where: str) -> None:
    """Four processes with 25 calls each."""
    callers = [await asyncio.create_subprocess_exec(sys.executable, "-c", CALLER, where, cwd=ROOT) for _ in range(4)]
    assert [await caller.wait() for caller in callers] == [0] * 4


async def full(database: Database) -> float:
    found = await database.run(lambda connection: connection.execute("SELECT full FROM api_slots").fetchone())
    return float(found[0])


async def test_the_day_s_counter_goes_with_the_day(client: redis.Client) -> None:
    await RedisLimiter(client, LIMITS).acquire(Purpose.ENRICH)
    (counter,) = [key async for key in client.scan_iter(PREFIX + "api-calls:*")]
    assert DAY_SECONDS < await client.ttl(counter) <= 2 * DAY_SECONDS


async def test_yesterdays_calls_do_not_count_today(database: Database) -> None:
    limiter = SqliteLimiter(database, LIMITS)
    await limiter.acquire(Purpose.ENRICH)
    await database.run(lambda connection: connection.execute("UPDATE api_days SET day = day - 1"))
    assert await limiter.remaining() == 10_000
    await limiter.acquire(Purpose.ENRICH)
    assert await limiter.remaining() == 9999
    assert await database.run(lambda connection: connection.execute("SELECT count(*) FROM api_days").fetchone()) == (1,)


async def test_a_redis_that_is_full_of_calls_still_gives_slots_to_those_that_empty_it(
    client: redis.Client, redis_server: RedisServer
) -> None:
    limiter = RedisLimiter(client, LIMITS)
    redis_server.configure("maxmemory", "1")
    try:
        assert await limiter.acquire(Purpose.ENRICH) == 0.0
    finally:
        redis_server.configure("maxmemory", "0")


async def test_a_redis_that_is_away_is_an_outage(redis_url: str) -> None:
    client = redis.connect(redis_url.replace("127.0.0.1", "127.0.0.2"))
    with pytest.raises(Unavailable):
        await RedisLimiter(client, LIMITS).acquire(Purpose.ENRICH)
    await client.aclose()
