"""A pod that has to go waits for its sessions, takes its time for none but them, and tells the rest where to go on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.servers import voice
from tests.servers.voice import VoiceProcess
from tests.servers.websocket import PATIENCE, Client, connected, eventually

pytestmark = pytest.mark.anyio

NO_LAG = {"DRAIN_LAG_SECONDS": "0"}
LONG = "3600"


async def greeted(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await client.next())["data"]["session"]
    return found


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoiceProcess]:
    """One that is never drained."""
    with voice.running(tmp_path_factory.mktemp("voice")) as process:
        yield process


def readiness(pod: VoiceProcess) -> int:
    return httpx2.get(f"{pod.url}/pc/v1/healthcheck", headers={"X-Probe": "readiness"}).status_code


def accepts(pod: VoiceProcess) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", pod.port)) == 0


@asynccontextmanager
async def draining(pod: VoiceProcess, seconds: str) -> AsyncIterator[asyncio.Task[str]]:
    """The drain command, from the moment that the pod drains; gives what it prints."""
    task = asyncio.create_task(asyncio.to_thread(lambda: pod.run("drain", "--timeout", seconds).stdout))
    await eventually(lambda: pod.health()["status"] == "draining")
    yield task
    await asyncio.wait_for(task, PATIENCE)


async def test_a_pod_is_not_ready_from_the_first_moment_and_alive_to_the_last(tmp_path: Path) -> None:
    with voice.running(tmp_path, **NO_LAG) as pod:
        assert readiness(pod) == HTTPStatus.OK
        async with connected(pod.websocket_url) as client:
            await greeted(client)
            async with draining(pod, LONG):
                assert readiness(pod) == HTTPStatus.SERVICE_UNAVAILABLE
                assert httpx2.get(f"{pod.url}/pc/v1/healthcheck").status_code == HTTPStatus.OK
                assert pod.metric('dv_pipecat_draining{track="stable"}') == 1
                await client.websocket.close()
        assert readiness(pod) == HTTPStatus.SERVICE_UNAVAILABLE


async def test_a_session_goes_on_and_the_drain_is_over_when_it_is(tmp_path: Path) -> None:
    with voice.running(tmp_path, **NO_LAG) as pod:
        async with connected(pod.websocket_url) as client:
            await greeted(client)
            async with draining(pod, LONG) as command:
                assert await client.turn("are you there") == "are you there"
                assert not command.done()
                await client.websocket.close()
                said = await asyncio.wait_for(command, PATIENCE)
        assert said.endswith("sessions ended: 1, asked to move: 0\n")


async def test_who_is_left_is_asked_to_move_and_goes_on_elsewhere(tmp_path: Path, redis_url: str) -> None:
    with (
        voice.running(tmp_path, REDIS_URL=redis_url, POD_NAME="old", **NO_LAG) as old,
        voice.running(tmp_path, REDIS_URL=redis_url, POD_NAME="new") as new,
    ):
        async with connected(old.websocket_url) as client:
            first = await greeted(client)
            await client.turn("remember me")
            async with draining(old, "0.5") as command:
                code, words = await client.closed()
            assert (await command).endswith("sessions ended: 0, asked to move: 1\n")
        said, _, token = words.partition("; resume=")
        assert (code, said, token) == (1012, "this pod stops; reconnect to go on", first["resume"])
        async with connected(f"{new.websocket_url}?resume={token}") as client:
            second = await greeted(client)
            assert (second["id"], second["pod"], second["turns"]) == (first["id"], "new", 1)
        old.terminate()
        old.wait()


async def test_clients_that_are_still_sent_here_are_taken_for_a_while(tmp_path: Path) -> None:
    with voice.running(tmp_path, DRAIN_LAG_SECONDS="600") as pod:
        async with connected(pod.websocket_url) as client:
            await greeted(client)
            async with draining(pod, LONG), draining(pod, "1"), connected(pod.websocket_url) as late:
                assert await late.turn("just in time") == "just in time"
                assert (await client.closed())[0] == (await late.closed())[0] == 1012


async def test_after_that_they_are_refused(tmp_path: Path) -> None:
    with voice.running(tmp_path, **NO_LAG) as pod:
        async with connected(pod.websocket_url) as client:
            await greeted(client)
            async with draining(pod, LONG):
                async with connected(pod.websocket_url) as late:
                    assert await late.closed() == (1013, "this pod is about to stop; connect again")
                assert await client.turn("still here") == "still here"
                await client.websocket.close()
    assert [line["reason"] for line in pod.lines if line["message"] == "WebSocket refused"] == ["draining"]


async def test_an_empty_pod_stays_for_the_clients_that_are_on_their_way(tmp_path: Path) -> None:
    with voice.running(tmp_path, DRAIN_LAG_SECONDS="1") as pod:
        done = await asyncio.to_thread(pod.run, "drain", "--timeout", LONG)
        assert done.returncode == 0
        seconds = float(done.stdout.split()[2])
        assert seconds >= 1


async def test_a_second_drain_is_the_same_and_may_be_in_more_of_a_hurry(tmp_path: Path) -> None:
    with voice.running(tmp_path, **NO_LAG) as pod:
        async with connected(pod.websocket_url) as client:
            await greeted(client)
            async with draining(pod, LONG) as first, draining(pod, "0.2") as second:
                assert (await client.closed())[0] == 1012
            assert await first == await second


@pytest.mark.parametrize("path", ["/pc/v1/drain?timeout=1", "/pc/v1/drain"])
@pytest.mark.parametrize("key", [None, "Bearer wrong", "Bearer é".encode()])
def test_only_the_pods_own_command_may_have_it_drained(service: VoiceProcess, path: str, key: Any) -> None:
    headers = {} if key is None else {"Authorization": key}
    assert httpx2.post(service.url + path, headers=headers).status_code == HTTPStatus.FORBIDDEN
    assert service.health()["status"] == "ok"


@pytest.mark.parametrize("seconds", ["", "x", "nan", "-1", "inf", "1e9"])
def test_a_time_that_cannot_be_meant_drains_nothing(service: VoiceProcess, seconds: str) -> None:
    key = Path(service.environment["RUN_DIR"], "drain-key").read_text()
    url = f"{service.url}/pc/v1/drain?timeout={seconds}"
    answer = httpx2.post(url, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "a number of seconds" in answer.json()["error"]
    assert service.run("drain", "--timeout", seconds or "-").returncode == 2
    assert service.health()["status"] == "ok"


def test_the_key_is_for_the_services_own_user_alone(service: VoiceProcess) -> None:
    folder = Path(service.environment["RUN_DIR"])
    assert folder.stat().st_mode & 0o077 == 0
    assert Path(folder, "drain-key").stat().st_mode & 0o077 == 0


def test_without_a_service_the_command_says_so(tmp_path: Path) -> None:
    with voice.running(tmp_path) as pod:
        pod.kill()
        gone = pod.run("drain", "--timeout", "1")
        assert (gone.returncode, gone.stdout) == (2, "")
        why = "did not answer ([Errno 111] Connection refused): does it run?"
        assert gone.stderr == f"dv-pipecat: http://127.0.0.1:{pod.port} {why}\n"
        Path(pod.environment["RUN_DIR"], "drain-key").unlink()
        never = pod.run("drain", "--timeout", "1")
        assert never.returncode == 2
        assert "is the service running, with this RUN_DIR?" in never.stderr


async def test_a_service_that_cannot_have_the_port_leaves_the_key_of_the_other_alone(tmp_path: Path) -> None:
    with voice.running(tmp_path, **NO_LAG) as pod:
        second = await asyncio.to_thread(pod.run, "serve")
        assert second.returncode == 3
        assert "address already in use" in second.stdout
        assert pod.run("drain", "--timeout", "1").returncode == 0


async def test_sigterm_without_a_drain_tells_every_client_where_to_go_on(tmp_path: Path, redis_url: str) -> None:
    with (
        voice.running(tmp_path, REDIS_URL=redis_url) as old,
        voice.running(tmp_path, REDIS_URL=redis_url) as new,
    ):
        async with connected(old.websocket_url) as client:
            first = await greeted(client)
            await client.turn("remember me")
            old.terminate()
            code, words = await client.closed()
            assert (code, words.partition("resume=")[2]) == (1012, first["resume"])
        await asyncio.to_thread(old.wait)
        async with connected(f"{new.websocket_url}?resume={first['resume']}") as client:
            assert (await greeted(client))["turns"] == 1
        assert 'reason": "drained"' in old.text


async def test_sigterm_during_a_drain_tells_clients_and_the_log_says_how_many(tmp_path: Path) -> None:
    with voice.running(tmp_path, **NO_LAG) as pod:
        async with connected(pod.websocket_url) as client, connected(pod.websocket_url) as other:
            await greeted(client)
            await greeted(other)
            async with draining(pod, LONG):
                await other.websocket.close()
                await eventually(lambda: pod.health()["sessions"] == 1)
                pod.terminate()
                assert (await client.closed())[0] == 1012
        await asyncio.to_thread(pod.wait)
        (line,) = (line for line in pod.lines if line["message"].startswith("drained"))
        assert (line["ended"], line["told"]) == (1, 1)
        assert not [line for line in pod.lines if line["level"] == "ERROR"]


async def test_a_client_that_is_slow_to_listen_still_hears_at_sigterm_what_the_drain_told_it(tmp_path: Path) -> None:
    with voice.running(tmp_path, **NO_LAG) as pod:
        async with connected(pod.websocket_url) as client:
            first = await greeted(client)
            client.websocket.transport.pause_reading()
            async with draining(pod, "0"):
                pass
            pod.terminate()
            await eventually(lambda: not accepts(pod))
            for _ in range(2):
                await client.say("what a client sends before it reads")
                await asyncio.sleep(0.1)
            client.websocket.transport.resume_reading()
            code, words = await client.closed()
            assert (code, words.partition("resume=")[2]) == (1012, first["resume"])
        await asyncio.to_thread(pod.wait)


async def test_sigterm_ends_a_pod_whose_client_does_not_listen(tmp_path: Path) -> None:
    with voice.running(tmp_path) as pod:
        reader, writer = await asyncio.open_connection("127.0.0.1", pod.port)
        lines = ["GET /pc/v1/ws HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade"]
        lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "", ""]
        writer.write("\r\n".join(lines).encode())
        await reader.readuntil(b"\r\n\r\n")
        pod.terminate()
        # never answers the close frame
        await asyncio.to_thread(pod.wait)
        writer.close()
