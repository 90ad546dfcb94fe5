"""What a session is to its client, from the first message to the last, against the service in a process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.servers import voice
from tests.servers.redis import RedisServer
from tests.servers.voice import VoiceProcess
from tests.servers.websocket import Client, connected, eventually

pytestmark = pytest.mark.anyio

WORDS = "swordfish and chips"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoiceProcess]:
    settings = {"RELEASE_TRACK": "canary", "POD_NAME": "pod-a", "APP_VERSION": "1.2.3", "LOGGER_NAME": "pipecat-canary"}
    with voice.running(tmp_path_factory.mktemp("voice"), **settings) as process:
        yield process


async def session(client: Client) -> dict[str, Any]:
    """What the first message says."""
    message = await client.next()
    assert message["type"] == "server-message"
    found: dict[str, Any] = message["data"]["session"]
    return found


async def begun(service: VoiceProcess) -> dict[str, Any]:
    """A session of which one turn has been held, and whose client then vanished."""
    async with connected(service.websocket_url) as client:
        found = await session(client)
        assert await client.turn(WORDS) == WORDS
        client.websocket.transport.abort()
    return found


async def test_the_first_message_says_who_answers_and_how_to_come_back(service: VoiceProcess) -> None:
    async with connected(service.websocket_url) as client:
        found = await session(client)
    token = found.pop("resume")
    assert token.startswith(found.pop("id") + ".")
    build = {"track": "canary", "version": "1.2.3", "pod": "pod-a", "conversation": "echo"}
    assert found == {"resumed": False, "turns": 0} | build


async def test_a_client_that_is_ready_hears_that_the_service_is(service: VoiceProcess) -> None:
    async with connected(service.websocket_url) as client:
        await client.send("client-ready", {"version": "2.0.0", "about": {"library": "test"}}, "7")
        ready = await client.until("bot-ready")
    assert ready["id"] == "7"
    assert ready["data"]["about"]["track"] == "canary"


async def test_a_session_whose_connection_was_lost_goes_on_where_it_was(service: VoiceProcess) -> None:
    first = await begun(service)
    async with connected(f"{service.websocket_url}?resume={first['resume']}") as client:
        second = await session(client)
        assert (second["id"], second["resumed"], second["turns"]) == (first["id"], True, 1)
        assert second["resume"] != first["resume"]
        assert await client.turn("and on") == "and on"


async def test_a_token_works_once(service: VoiceProcess) -> None:
    first = await begun(service)
    url = f"{service.websocket_url}?resume={first['resume']}"
    async with connected(url) as client:
        await session(client)
        async with connected(url) as thief:
            assert await thief.closed() == (4005, "the resume token is used; connect without it for a new session")
        assert await client.turn("still here") == "still here"


async def test_who_shows_the_token_of_an_open_session_takes_it_over(service: VoiceProcess) -> None:
    async with connected(service.websocket_url) as old:
        first = await session(old)
        await old.turn(WORDS)
        async with connected(f"{service.websocket_url}?resume={first['resume']}") as new:
            assert (await session(new))["turns"] == 1
            assert await old.closed() == (4004, "the session goes on over another connection")
            assert await new.turn("here") == "here"


@pytest.mark.parametrize("end", ["closed by its client", "over by disconnect-bot"])
async def test_a_session_that_has_ended_cannot_be_gone_on_with(service: VoiceProcess, end: str) -> None:
    async with connected(service.websocket_url) as client:
        token = (await session(client))["resume"]
        await client.turn(WORDS)
        if end == "over by disconnect-bot":
            await client.send("disconnect-bot")
            assert await client.closed() == (1000, "the conversation is over")
    async with connected(f"{service.websocket_url}?resume={token}") as client:
        assert await client.closed() == (4005, "the resume token is ended; connect without it for a new session")


async def test_a_token_that_never_was_one_is_unknown(service: VoiceProcess) -> None:
    counts = 'dv_pipecat_connections_refused_total{reason="token",track="canary"}'
    before = service.metric(counts)
    async with connected(f"{service.websocket_url}?resume=open-sesame") as client:
        assert await client.closed() == (4005, "the resume token is unknown; connect without it for a new session")
    assert service.metric(counts) == before + 1
    assert service.metric('dv_pipecat_tokens_refused_total{track="canary",why="unknown"}') >= 1


async def test_sessions_are_counted_while_they_are_open_and_when_they_end(service: VoiceProcess) -> None:
    closed = 'dv_pipecat_sessions_closed_total{reason="client",track="canary"}'
    service.wait_until_empty()
    before = service.metric(closed)
    async with connected(service.websocket_url) as client:
        await session(client)
        assert service.health()["sessions"] == 1
        assert service.metric('dv_pipecat_sessions_active{track="canary"}') == 1
    service.wait_until_empty()
    assert service.metric(closed) == before + 1


async def test_the_time_to_the_first_reply_is_observed_once_a_session(service: VoiceProcess) -> None:
    count = 'dv_pipecat_first_reply_seconds_count{track="canary"}'
    before = service.metric(count)
    async with connected(service.websocket_url) as client:
        await client.turn("one")
        await client.turn("two")
    assert service.metric(count) == before + 1


async def test_the_log_tells_of_each_websocket_and_of_nothing_that_was_said(service: VoiceProcess) -> None:
    found = await begun(service)
    service.wait_until_empty()
    lines = [line for line in service.lines if line.get("session_id") == found["id"]]
    assert [line["message"] for line in lines] == ["WebSocket opened", "WebSocket closed"]
    assert {line["logger"] for line in lines} == {"pipecat-canary.serving"}
    assert {(line["track"], line["pod"], line["version"]) for line in lines} == {("canary", "pod-a", "1.2.3")}
    assert lines[1]["reason"] == "lost"
    assert found["resume"] not in service.text
    assert "swordfish" not in service.text


async def test_a_pod_takes_as_many_sessions_as_it_says_and_says_when_it_is_full(tmp_path: Path) -> None:
    with voice.running(tmp_path, MAX_SESSIONS="2") as pod:
        async with connected(pod.websocket_url) as first, connected(pod.websocket_url) as second:
            await session(first)
            await session(second)
            async with connected(pod.websocket_url) as third:
                assert await third.closed() == (1013, "this pod is full, MAX_SESSIONS is 2; connect again")
            assert pod.health()["status"] == "full"
            assert pod.metric('dv_pipecat_connections_refused_total{reason="full",track="stable"}') == 1
            await second.websocket.close()
            await eventually(lambda: pod.health()["status"] == "ok")
            async with connected(pod.websocket_url) as fourth:
                await session(fourth)


async def test_a_full_pod_takes_back_who_it_still_believes_to_have(tmp_path: Path) -> None:
    with voice.running(tmp_path, MAX_SESSIONS="1") as pod:
        async with connected(pod.websocket_url) as old:
            token = (await session(old))["resume"]
            await old.turn(WORDS)
            stranger = "A" * 16 + token[16:]
            async with connected(f"{pod.websocket_url}?resume={stranger}") as other:
                assert (await other.closed())[0] == 1013
            async with connected(f"{pod.websocket_url}?resume={token}") as new:
                assert (await session(new))["turns"] == 1
                assert (await old.closed())[0] == 4004


@pytest.mark.parametrize(("code", "reason"), [(1000, "client"), (1001, "left"), (3000, "left"), (4321, "left")])
async def test_with_which_code_a_client_closes_says_whether_it_may_come_back(
    service: VoiceProcess, code: int, reason: str
) -> None:
    async with connected(service.websocket_url) as client:
        first = await session(client)
        await client.websocket.close(code)
    service.wait_until_empty()
    closed = [line for line in service.lines if line.get("session_id") == first["id"]][-1]
    assert (closed["message"], closed["code"], closed["reason"]) == ("WebSocket closed", code, reason)
    async with connected(f"{service.websocket_url}?resume={first['resume']}") as client:
        message = await client.next() if reason == "left" else {}
        assert bool(message) is (reason == "left")


async def test_a_refused_token_is_in_the_log_with_its_session_and_why(service: VoiceProcess) -> None:
    first = await begun(service)
    url = f"{service.websocket_url}?resume={first['resume']}"
    async with connected(url) as client, connected(url) as thief:
        await session(client)
        await thief.closed()
    lines = [line for line in service.lines if line.get("session_id") == first["id"]]
    assert [line["why"] for line in lines if line["message"] == "WebSocket refused"] == ["used"]
    assert first["resume"] not in service.text


async def test_ids_may_be_numbers(service: VoiceProcess) -> None:
    async with connected(service.websocket_url) as client:
        await client.websocket.send('{"label":"rtvi-ai","type":"send-file","id":7}')
        assert (await client.until("error-response"))["id"] == 7


async def test_there_is_one_websocket_and_it_is_said_where(service: VoiceProcess) -> None:
    with pytest.raises(InvalidStatus) as raised:
        await connect(f"ws://127.0.0.1:{service.port}/pc/v1/wsx")
    assert raised.value.response.status_code == 404
    assert raised.value.response.body == b"The websocket is at /pc/v1/ws.\n"


async def test_without_redis_there_is_no_series_that_says_that_it_answers(service: VoiceProcess) -> None:
    with pytest.raises(KeyError):
        service.metric('dv_pipecat_store_up{track="canary"}')
    assert service.lines[0]["sessions_kept_in"] == "memory"


@pytest.mark.parametrize(
    ("origin", "code"), [("https://app.ringg.ai", None), ("https://evil.example", 1008), ("null", 1008), (None, None)]
)
async def test_only_pages_of_known_origins_may_connect(tmp_path: Path, origin: Any, code: int | None) -> None:
    with voice.running(tmp_path, ALLOWED_ORIGINS="https://app.ringg.ai, https://stage.ringg.ai") as pod:
        async with connect(pod.websocket_url, origin=origin) as websocket:
            client = Client(websocket)
            if code is None:
                await session(client)
            else:
                assert (await client.closed())[0] == code


async def test_without_redis_sessions_go_on_and_who_comes_back_is_asked_to_wait(
    tmp_path: Path, own_server: RedisServer
) -> None:
    with voice.running(tmp_path, REDIS_URL=own_server.url) as pod:
        own_server.kill()
        async with connected(pod.websocket_url) as client:
            token = (await session(client))["resume"]
            assert await client.turn(WORDS) == WORDS
        async with connected(f"{pod.websocket_url}?resume={token}") as client:
            assert (await client.closed())[0] in {1013, 4005}
        other = "A" * 16 + "." + "A" * 32
        async with connected(f"{pod.websocket_url}?resume={other}") as client:
            assert await client.closed() == (1013, "the session store does not answer; connect again with this token")
        await eventually(lambda: pod.metric('dv_pipecat_store_up{track="stable"}') == 0)
        assert "swordfish" not in pod.text
