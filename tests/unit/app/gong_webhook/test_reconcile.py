"""What never came by webhook is found once, inside the budget; and which times are understood."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from app.gong_webhook.enrich import assemble
from app.gong_webhook.gong import Gong
from app.gong_webhook.model import Delivery, Source, TranscriptState
from app.gong_webhook.queue import Queue
from app.gong_webhook.ratelimit import Limits
from app.gong_webhook.reconcile import Report, parse_since, reconcile
from app.gong_webhook.sqlite import Database
from app.gong_webhook.warehouse import Warehouse
from app.gong_webhook.warehouse.sqlite import SqliteWarehouse
from tests.servers.gong import StandIn, spread
from tests.servers.gong_client import Open, Told, client, unlimited
from tests.servers.loopback import serving
from tests.servers.stores import SqliteStores, delivery

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WINDOW = timedelta(hours=48)
LEASE = 60.0


class There(NamedTuple):
    gong: Gong
    standin: StandIn
    warehouse: Warehouse
    queue: Queue
    url: str


@pytest.fixture
async def there(database: Database) -> AsyncIterator[There]:
    standin = unlimited()
    standin.listing = spread(ids(90), NOW, timedelta(minutes=30))
    warehouse = SqliteWarehouse(database)
    await warehouse.migrate()
    with serving(standin) as url:
        async with client(url, Open(), Told([], [])) as gong:
            yield There(gong, standin, warehouse, SqliteStores(database).queue(), url)


def ids(count: int) -> list[str]:
    return [str(7_000_000_000_000_000_000 + number) for number in range(count)]


async def run(
    there: There,
    gong: Gong | None = None,
    queue: Queue | None = None,
    now: datetime = NOW,
    most_waiting: int = 1_000,
) -> Report:
    return await reconcile(
        gong or there.gong,
        there.warehouse,
        queue or there.queue,
        since=now - WINDOW,
        now=now,
        most_waiting=most_waiting,
    )


async def waiting(queue: Queue) -> list[Delivery]:
    return [job.delivery for job in await queue.take(1_000, LEASE)]


async def test_calls_that_the_warehouse_does_not_know_are_enqueued(there: There) -> None:
    stored = [assemble(delivery(each), None, None, {}, TranscriptState.READY) for each in ids(50)]
    await there.warehouse.store(stored)
    report = await run(there)
    # one every 30 minutes: the twelve of the last six hours are left to their webhooks
    assert report == Report(listed=78, known=38, enqueued=40, duplicates=0, reached=NOW - timedelta(hours=6))
    assert {each.call_id for each in await waiting(there.queue)} == set(ids(90)[50:])


async def test_a_call_that_gong_may_still_process_is_left_to_its_webhook(there: There) -> None:
    there.standin.listing = {"1": NOW - timedelta(hours=5, minutes=59), "2": NOW - timedelta(hours=6, minutes=1)}
    await run(there)
    assert [each.call_id for each in await waiting(there.queue)] == ["2"]


async def test_an_overlapping_run_finds_what_appeared_late_and_enqueues_nothing_twice(there: There) -> None:
    first = await run(there)
    there.standin.listing["999"] = NOW - timedelta(hours=30)
    second = await run(there, now=NOW + timedelta(hours=1))
    assert first.enqueued == 78
    assert second.enqueued == 3  # the late one, and the two that grew old enough
    assert second.duplicates == second.listed - 3
    assert "999" in {each.call_id for each in await waiting(there.queue)}


async def test_what_is_enqueued_looks_like_a_webhook_and_says_where_it_came_from(there: There) -> None:
    there.standin.listing = {"123": NOW - timedelta(hours=10)}
    await run(there)
    [found] = await waiting(there.queue)
    event = json.loads(found.body)
    assert event["isTest"] is False
    assert event["callData"]["metaData"]["id"] == "123"
    assert found.source is Source.RECONCILE
    assert found.request_id == "reconcile-20261122T120000Z-123"
    assert found.received_at == NOW.timestamp()
    call = assemble(found, None, None, {}, TranscriptState.UNASKED)
    assert call.started == (NOW - timedelta(hours=10)).isoformat()


async def test_a_webhook_that_comes_after_all_is_no_duplicate_and_its_row_stays(there: There) -> None:
    there.standin.listing = {"123": NOW - timedelta(hours=10)}
    await run(there)
    webhook = replace(
        delivery("123", b'{"callData": {"metaData": {"title": "by webhook"}}}'), received_at=NOW.timestamp()
    )
    assert await there.queue.put([webhook]) == [True]
    for each in sorted(await waiting(there.queue), key=lambda each: each.source, reverse=True):
        await there.warehouse.store([assemble(each, None, None, {}, TranscriptState.READY)])
    assert await there.warehouse.known(["123"]) == {"123"}


async def test_a_spent_budget_stops_it_and_it_says_how_far_it_came(there: There, database: Database) -> None:
    there.standin.listing = spread(ids(90), NOW, timedelta(minutes=30))
    limiter = SqliteStores(database).limiter(Limits(per_second=2.5, burst=1, daily=1, reserve=0))
    async with client(there.url, limiter, Told([], [])) as gong:
        report = await run(there, gong)
    assert report.stopped == "the day's Gong API calls are used up"
    assert report.reached == NOW - WINDOW + timedelta(days=1)
    assert report.enqueued == report.listed == 42


async def test_a_full_queue_stops_it_and_loses_nothing(there: There, database: Database) -> None:
    full = SqliteStores(database).queue(limit=50)
    report = await run(there, queue=full)
    assert report.stopped
    assert report.enqueued == len(await waiting(there.queue)) == 42
    assert (await run(there)).enqueued == 36


async def test_a_call_whose_webhook_waits_in_the_queue_is_not_enqueued_again(there: There) -> None:
    await there.queue.put([delivery(each) for each in ids(90)[:80]])
    report = await run(there)
    assert (report.enqueued, report.duplicates) == (10, 68)


async def test_it_leaves_room_in_the_queue_to_webhooks(there: There) -> None:
    await there.queue.put([delivery(f"9{number}") for number in range(11)])
    report = await run(there, most_waiting=10)
    assert (report.enqueued, report.stopped) == (
        0,
        "more than 10 calls wait already, and webhooks need the rest of the queue",
    )


async def test_a_window_that_is_younger_than_gongs_lag_is_not_asked_for(there: There) -> None:
    since = NOW - timedelta(hours=2)
    report = await reconcile(there.gong, there.warehouse, there.queue, since=since, now=NOW, most_waiting=1_000)
    assert report == Report(0, 0, 0, 0, reached=NOW - timedelta(hours=2))
    assert there.standin.requests.total() == 0


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("48h", NOW - timedelta(hours=48)),
        ("7d", NOW - timedelta(days=7)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T08:00Z", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T08:00:00+02:00", datetime(2026, 11, 20, 8, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_a_time_may_be_a_span_a_date_or_a_moment(text: str, since: datetime) -> None:
    assert parse_since(text, NOW) == since


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("yesterday", "'yesterday' is not a time: write 48h, 7d, 2026-11-20 or 2026-11-20T08:00Z"),
        ("", "is not a time"),
        ("-3d", "is not a time"),
        ("999999999999d", "is not a time"),
        ("2026-02-31", "is not a time"),
        ("2026-11-20T08:00", "has no time zone"),
        ("2026-12-24", "has not come yet"),
    ],
)
def test_what_is_no_time_is_said_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_since(text, NOW)
