"""A registry that does not answer: sessions go on, little waits, it is told once, and all is kept when it is back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from app import redis
from app.dv_pipecat import keeping
from app.dv_pipecat.errors import NotResumable, Stale
from app.dv_pipecat.registry import ledger
from app.dv_pipecat.registry.memory import MemoryRegistry
from app.dv_pipecat.registry.redis import RedisRegistry
from app.dv_pipecat.tokens import issue
from app.errors import Unavailable
from tests.servers.pods import LIMIT, SAID, Pod, turns, until
from tests.servers.redis import RedisServer
from tests.servers.registries import RESUME_SECONDS, hanging

pytestmark = pytest.mark.anyio
DOWN = Unavailable("Redis", "gone")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(keeping, "LONGEST_RETRY_SECONDS", 0.002)
    monkeypatch.setattr(keeping, "LAST_SECONDS", 0.01)
    monkeypatch.setattr(keeping, "RESUME_TIMEOUT", LIMIT)


@pytest.fixture
def pod() -> Pod:
    return Pod(MemoryRegistry(RESUME_SECONDS))


@pytest.fixture
async def own_client(own_server: RedisServer) -> AsyncIterator[redis.Client]:
    client = redis.connect(own_server.url, timeout=LIMIT)
    yield client
    await client.aclose()


@pytest.fixture
def own_pod(own_client: redis.Client) -> Pod:
    return Pod(RedisRegistry(own_client, RESUME_SECONDS))


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == keeping.__name__]


async def test_an_outage_is_told_once_and_so_is_its_end(pod: Pod, caplog: pytest.LogCaptureFixture) -> None:
    async with pod.running():
        token = pod.begin()
        await pod.kept()
        pod.registry.failing = DOWN
        pod.keeper.remember(token, [*SAID, *SAID])
        await until(lambda: not pod.store_up)
        tries = pod.registry.tries
        await until(lambda: pod.registry.tries > tries + 10)
        pod.registry.failing = None
        await until(lambda: pod.store_up)
    assert told(caplog) == ["sessions go on, but are not kept: Redis: gone", "sessions are kept again"]
    assert (await pod.keeper.resume(token)).history == [*SAID, *SAID]


async def test_a_pod_without_sessions_knows_whether_the_registry_answers(pod: Pod) -> None:
    pod.registry.failing = DOWN
    async with pod.running():
        await until(lambda: not pod.store_up)
        pod.registry.failing = None
        await until(lambda: pod.store_up)


async def test_a_resume_that_fails_has_the_pod_look_whether_the_registry_answers(
    pod: Pod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PAUSE_SECONDS", 0.0)
    async with pod.running():
        await turns()
        pod.registry.failing = DOWN
        with pytest.raises(Unavailable):
            await pod.keeper.resume(issue())
        await until(lambda: not pod.store_up)


async def test_a_fault_of_keeping_itself_is_told_with_its_traceback_and_ends_nothing(
    pod: Pod, caplog: pytest.LogCaptureFixture
) -> None:
    async with pod.running():
        pod.registry.failing = ValueError("words that somebody said")
        token = pod.begin()
        await until(lambda: not pod.store_up)
        assert [bool(record.exc_info) for record in caplog.records] == [True]
        assert "words" not in told(caplog)[0]
        pod.registry.failing = None
        await pod.kept()
    assert (await pod.keeper.resume(token)).history == SAID


async def test_what_waits_for_the_registry_is_bounded(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MOST_RELEASED", 5)
    monkeypatch.setattr(ledger, "MOST_ENDED", 5)
    released, ended = [pod.begin() for _ in range(20)], [pod.begin() for _ in range(20)]
    for token in released:
        pod.keeper.release(token)
    for token in ended:
        pod.keeper.end(token)
    await pod.kept()
    kept, over = [], []
    for token in [*released, *ended]:
        try:
            await pod.registry.claim(token, token.renewed())
            kept.append(token)
        except NotResumable as stale:
            over += [token] if stale.why is Stale.ENDED else []
    assert kept == released[-5:]
    assert over == ended[-5:]


async def test_a_flush_says_whether_all_was_kept_and_no_later_than_it_may(pod: Pod) -> None:
    token = pod.begin()
    assert await pod.keeper.flush(LIMIT)
    pod.keeper.remember(token, [*SAID, *SAID])
    pod.registry.failing = DOWN
    assert not await pod.keeper.flush(0.01)
    pod.registry.failing = None
    pod.registry.open.clear()
    assert not await asyncio.wait_for(pod.keeper.flush(0.01), LIMIT)
    pod.registry.open.set()
    assert await pod.keeper.flush(LIMIT)
    assert (await Pod(pod.registry.registry).keeper.resume(token)).history == [*SAID, *SAID]


async def test_a_flush_waits_for_a_write_that_is_under_way(pod: Pod) -> None:
    pod.registry.open.clear()
    async with pod.running():
        pod.begin()
        await pod.registry.begun.wait()
        flushing = asyncio.create_task(pod.keeper.flush(LIMIT))
        await turns()
        assert not flushing.done()
        pod.registry.open.set()
        assert await flushing


async def test_a_pod_that_stops_keeps_what_is_left_and_does_not_wait_for_a_registry_that_hangs(pod: Pod) -> None:
    async with pod.running():
        pod.registry.open.clear()
        pod.begin()
    stop = asyncio.Event()
    stop.set()
    pod.registry.open.clear()
    pod.begin()
    await asyncio.wait_for(pod.keeper.run(stop), LIMIT)


async def test_sessions_outlive_a_redis_that_is_killed_and_comes_back_empty(
    own_server: RedisServer, own_pod: Pod, own_client: redis.Client
) -> None:
    async with own_pod.running():
        quiet, talks = own_pod.begin(), own_pod.begin()
        await own_pod.kept()
        own_server.kill()
        own_pod.keeper.remember(talks, [*SAID, *SAID])
        await until(lambda: not own_pod.store_up)
        with pytest.raises(Unavailable):
            await own_pod.keeper.resume(quiet.renewed())
        own_server.start()
        own_server.flush()
        await until(lambda: own_pod.store_up)
        own_pod.keeper.release(quiet)
        await own_pod.kept()
    other = Pod(RedisRegistry(own_client, RESUME_SECONDS))
    assert (await other.keeper.resume(quiet)).history == SAID
    assert (await other.keeper.resume(talks)).history == [*SAID, *SAID]
    assert own_pod.replaced == []


async def test_a_client_that_comes_back_to_its_pod_goes_on_though_redis_has_forgotten_everything(
    own_server: RedisServer, own_pod: Pod
) -> None:
    token = own_pod.begin()
    await own_pod.kept()
    own_server.flush()
    assert (await own_pod.keeper.resume(token)).history == SAID


async def test_sessions_go_on_while_redis_is_full(own_server: RedisServer, own_pod: Pod) -> None:
    async with own_pod.running():
        token = own_pod.begin()
        await own_pod.kept()
        own_server.configure("maxmemory", "1")
        own_pod.keeper.remember(token, [*SAID, *SAID])
        await until(lambda: not own_pod.store_up)
        own_server.configure("maxmemory", "0")
        await until(lambda: own_pod.store_up)
    assert (await own_pod.keeper.resume(token)).history == [*SAID, *SAID]


async def test_a_redis_that_hangs_lets_nobody_wait_longer_than_the_resume_timeout(
    own_server: RedisServer, own_pod: Pod, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = own_pod.begin()
    await own_pod.kept()
    monkeypatch.setattr(keeping, "RESUME_TIMEOUT", 0.1)
    with hanging(own_server), pytest.raises(Unavailable, match="no answer"):
        await own_pod.keeper.resume(token)
    own_pod.keeper.remember(token, [*SAID, *SAID])
    await own_pod.kept()


async def test_no_log_line_has_a_token_or_words(
    own_server: RedisServer, own_pod: Pod, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with own_pod.running():
        token = own_pod.begin()
        await own_pod.kept()
        own_server.kill()
        own_pod.keeper.remember(token, SAID)
        await until(lambda: not own_pod.store_up)
    assert told(caplog)
    assert not any(word in caplog.text for word in (token.secret, token.digest, SAID[0].content))
