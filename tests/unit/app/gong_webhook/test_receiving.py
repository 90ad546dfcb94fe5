"""The webhook, as its sender sees it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from pathlib import Path

import pytest

from app.errors import Unavailable
from app.gong_webhook import sample
from app.gong_webhook.errors import Full
from app.gong_webhook.model import Source
from app.gong_webhook.queue.commit import GroupCommit
from app.gong_webhook.queue.sqlite import SqliteQueue
from app.gong_webhook.sqlite import Database
from tests.servers import signing
from tests.servers.receiver import PATH, Receiver

pytestmark = pytest.mark.anyio
CALL = "7782342274025937895"
BODY = sample.body(CALL)
DEADLINE_SECONDS = 10.0


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    return Receiver(tmp_path)


async def test_a_call_is_acknowledged_once_it_is_queued_with_all_that_came(receiver: Receiver) -> None:
    answer = await receiver.deliver(BODY)
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    [delivery] = receiver.queue.deliveries
    assert (delivery.call_id, delivery.body, delivery.source) == (CALL, BODY, Source.WEBHOOK)
    assert delivery.digest == hashlib.sha256(BODY).hexdigest()
    assert delivery.request_id == answer.json()["request_id"] == answer.headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", delivery.request_id)


async def test_a_call_that_comes_again_is_acknowledged_again_and_queued_once(receiver: Receiver) -> None:
    assert [(await receiver.deliver(BODY)).json()["status"] for _ in range(3)] == ["accepted", "duplicate", "duplicate"]
    assert len(receiver.queue.deliveries) == 1


async def test_a_test_is_acknowledged_and_counted_and_not_queued(receiver: Receiver) -> None:
    answer = await receiver.deliver(BODY.replace(b'"isTest": false', b'"isTest": true'))
    assert (answer.status_code, answer.json()["status"]) == (202, "test")
    assert receiver.queue.deliveries == []
    assert await receiver.metric('gong_webhook_deliveries_total{outcome="test"}') == 1


async def test_the_bare_form_is_queued_in_the_form_that_gong_sends(tmp_path: Path) -> None:
    receiver = Receiver(tmp_path, accept_bare=True)
    bare = json.dumps(json.loads(BODY)["callData"]).encode()
    assert (await receiver.deliver(bare)).status_code == 202
    [delivery] = receiver.queue.deliveries
    assert json.loads(delivery.body)["callData"] == json.loads(bare)
    assert delivery.digest == hashlib.sha256(bare).hexdigest()


@pytest.mark.parametrize("path", [PATH, PATH + "/", PATH + "?key=of-the-rule"])
async def test_a_slash_or_a_query_at_the_end_of_the_url_changes_nothing(receiver: Receiver, path: str) -> None:
    assert (await receiver.deliver(BODY, path=path)).status_code == 202


async def test_a_malformed_call_is_refused_in_words_that_help(receiver: Receiver) -> None:
    answer = await receiver.deliver(b'{"callData":{"metaData":{"id":7782342274025937895}}}')
    assert answer.status_code == 400
    assert "must be a string" in answer.json()["error"]
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("headers", [{}, {"content-encoding": "gzip"}])
async def test_an_answer_before_the_body_was_read_ends_the_connection(
    receiver: Receiver, headers: dict[str, str]
) -> None:
    assert (await receiver.deliver(BODY, headers)).headers["connection"] == "close"
    assert "connection" not in (await receiver.deliver(BODY)).headers


async def test_two_tokens_are_none(receiver: Receiver) -> None:
    signed = signing.headers(BODY)["authorization"].encode()
    async with receiver.client() as client:
        twice = [(b"authorization", signed), (b"authorization", signed)]
        assert (await client.post(PATH, content=BODY, headers=twice)).status_code == 401


@pytest.mark.parametrize(
    ("error", "words", "retry_after"),
    [
        (Full("20000 calls wait"), "The queue is full.", "5"),
        (Unavailable("Redis", "refuses redis://me:pw12@host"), "The queue does not answer.", "5"),
        (Unavailable("Redis", "loads its data", 17.2), "The queue does not answer.", "18"),
    ],
)
async def test_a_queue_that_cannot_take_a_call_is_a_503_that_says_when_to_come_again(
    receiver: Receiver, error: Exception, words: str, retry_after: str
) -> None:
    async def fail() -> None:
        raise error

    receiver.queue.before = fail
    answer = await receiver.deliver(BODY)
    assert (answer.status_code, answer.json()["error"], answer.headers["retry-after"]) == (503, words, retry_after)
    assert await receiver.metric('gong_webhook_requests_total{status="503"}') == 1


async def test_a_queue_that_hangs_is_a_503_and_the_call_is_queued_all_the_same_when_it_wakes(tmp_path: Path) -> None:
    receiver = Receiver(tmp_path, timeout=0.05)
    awake = asyncio.Event()

    async def wait() -> None:
        await awake.wait()

    receiver.queue.before = wait
    answer = await receiver.deliver(BODY)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    awake.set()
    async with asyncio.timeout(DEADLINE_SECONDS):
        await receiver.queue.arrived.wait()


async def test_a_request_that_is_cancelled_while_its_call_is_queued_loses_nothing(receiver: Receiver) -> None:
    awake, entered = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        entered.set()
        await awake.wait()

    receiver.queue.before = wait
    request = asyncio.create_task(receiver.deliver(BODY))
    await entered.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    awake.set()
    async with asyncio.timeout(DEADLINE_SECONDS):
        await receiver.queue.arrived.wait()
    assert (await receiver.deliver(BODY)).json()["status"] == "duplicate"


async def test_what_fails_unexpectedly_is_a_500_that_says_nothing_but_its_id(receiver: Receiver) -> None:
    async def fail() -> None:
        raise RuntimeError("swordfish")

    receiver.queue.before = fail
    answer = await receiver.deliver(BODY)
    assert answer.status_code == 500
    assert answer.json() == {
        "error": "The service has a bug; its log has more.",
        "request_id": answer.headers["x-request-id"],
    }
    assert await receiver.metric('gong_webhook_requests_total{status="500"}') == 1


async def test_every_answer_is_counted_timed_and_named_by_its_key(receiver: Receiver) -> None:
    await receiver.deliver(BODY)
    await receiver.deliver(BODY, {})
    await receiver.deliver(b"{}")
    counted = [
        'gong_webhook_requests_total{status="202"}',
        'gong_webhook_requests_total{status="401"}',
        'gong_webhook_requests_total{status="400"}',
        'gong_webhook_deliveries_total{outcome="accepted"}',
        'gong_webhook_deliveries_total{outcome="forged"}',
        'gong_webhook_deliveries_total{outcome="malformed"}',
        'gong_webhook_refused_total{reason="missing"}',
    ]
    assert {series: await receiver.metric(series) for series in counted} == dict.fromkeys(counted, 1.0)
    assert await receiver.metric("gong_webhook_request_seconds_count") == 3
    key = hashlib.sha256(signing.public_der()).hexdigest()[:12]
    assert await receiver.metric(f'gong_webhook_signed_total{{key="{key}"}}') == 1


async def test_with_the_real_queue_behind_it_a_burst_of_two_of_each_call_leaves_one_of_each(
    tmp_path: Path, database: Database
) -> None:
    queue = SqliteQueue(database, limit=1000)
    receiver = Receiver(tmp_path, put=GroupCommit(queue, backlog=1000).put)
    bodies = [sample.body(str(number)) for number in range(20)] * 2
    answers = await asyncio.gather(*(receiver.deliver(body) for body in bodies))
    assert sorted(answer.json()["status"] for answer in answers) == ["accepted"] * 20 + ["duplicate"] * 20
    assert (await queue.depth()).jobs == 20
