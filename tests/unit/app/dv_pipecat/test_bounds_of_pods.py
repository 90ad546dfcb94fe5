"""The bounds of sessions and of the pod that has them: slow clients, clients that stay, and drains that meet."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.dv_pipecat import pod as module
from app.dv_pipecat import rundir
from app.dv_pipecat.cli.drain import drain
from app.dv_pipecat.closing import Close, Reason
from app.dv_pipecat.connection import Connection
from app.dv_pipecat.errors import DrainFailed
from app.dv_pipecat.metrics import Metrics
from app.dv_pipecat.model import Build
from app.dv_pipecat.pod import Drained, Pod
from app.dv_pipecat.session import Limits, Session, State
from tests.servers.inside import Inside, eventually
from tests.servers.raw import PATIENCE, assert_serves
from tests.unit.app.clock import Clock

pytestmark = pytest.mark.anyio

Start = Callable[..., Inside]
LIMITS = Limits(idle=60.0, length=3_600.0, message_bytes=1_000, messages_per_second=100, stalled=10.0)
REPLACED = Close(Reason.REPLACED, "over")
LONG = 600.0


class Client:
    """`reading`: called for each message that is on its way to it, and may take its time."""

    def __init__(self, clock: Clock, patch: pytest.MonkeyPatch) -> None:
        self.reading: Callable[[], Any] = asyncio.Event().set
        session = Session(LIMITS, clock.now)
        metrics = Metrics(Build("stable", "1", "pod", "echo"))
        scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b""}
        self.connection = Connection(scope, self._receive, self._send, session, metrics)
        patch.setattr(self.connection, "_clock", clock)

    async def opened(self) -> Connection:
        await self.connection.accept()
        self.connection.lifetime.connected(self.connection.lifetime.opened_at)
        return self.connection

    async def _receive(self) -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def _send(self, _: Any) -> None:
        waiting = self.reading()
        if waiting is not None:
            await waiting


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Client:
    return Client(clock, monkeypatch)


@pytest.fixture
def pod(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Pod:
    """One that stays for `LONG` when it is drained; its seconds are those of `clock`."""
    pod = Pod(1, LONG, lambda: None)
    monkeypatch.setattr(pod, "_clock", clock)
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    return pod


async def asked(pod: Pod, seconds: float) -> asyncio.Task[Drained]:
    """A request for a drain, once it waits for it."""
    request = asyncio.create_task(pod.drain(seconds))
    await asyncio.sleep(0)
    assert pod.status == "draining"
    return request


async def test_an_interrupted_task_goes_on_as_if_it_had_not_been(client: Client) -> None:
    connection = await client.opened()

    async def fail() -> None:
        raise LookupError

    async def serve() -> None:
        with connection.interruptible():
            await asyncio.Event().wait()
        # a group that takes a cancellation for somebody else's does not say what failed
        with pytest.RaisesGroup(LookupError):
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
                await asyncio.Event().wait()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        await asyncio.Event().wait()

    serving = asyncio.create_task(serve())
    await asyncio.sleep(0)
    connection.interrupt(REPLACED)
    for _ in range(100):
        await asyncio.sleep(0)
    assert not serving.done()
    assert serving.cancelling() == 0
    serving.cancel()
    await asyncio.wait({serving}, timeout=PATIENCE)
    assert serving.cancelled()


async def test_an_interrupted_task_that_is_cancelled_too_is_cancelled(client: Client) -> None:
    connection = await client.opened()

    async def serve() -> None:
        with connection.interruptible():
            await asyncio.Event().wait()

    serving = asyncio.create_task(serve())
    await asyncio.sleep(0)
    connection.interrupt(REPLACED)
    serving.cancel()
    await asyncio.wait({serving}, timeout=PATIENCE)
    assert serving.cancelled()


async def test_a_client_that_reads_slowly_has_not_stalled(client: Client, clock: Clock) -> None:
    connection = await client.opened()

    def take_a_while() -> None:
        clock.now += LIMITS.stalled - 1
        assert connection.lifetime.due(clock.now) is None

    client.reading = take_a_while
    for _ in range(5):
        await connection.send_text("a reply")
        assert connection.lifetime.due(clock.now) is None


async def test_a_reply_that_was_cut_short_is_not_waited_for(client: Client, clock: Clock) -> None:
    connection = await client.opened()
    client.reading = asyncio.Event().wait
    replying = asyncio.create_task(connection.send_text("a reply"))
    await asyncio.sleep(0)
    replying.cancel()
    await asyncio.wait({replying}, timeout=PATIENCE)
    assert replying.cancelled()
    assert connection.lifetime.due(clock.now + LIMITS.stalled + 1) is None


async def test_a_connection_that_does_not_end_keeps_no_pod(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TELL_SECONDS", 0.05)
    pod = Pod(1, 0.0, lambda: None)
    with pod.holding(client.connection):
        await asyncio.wait_for(pod.leave(), PATIENCE)
        await asyncio.wait_for(pod.drain(0.0), PATIENCE)
        assert len(pod) == 1


async def test_who_asks_for_more_time_gets_none_from_who_has_less(pod: Pod, clock: Clock) -> None:
    first = await asked(pod, 10.0)
    second = await asked(pod, 300.0)
    clock.now = 11.0
    done, _ = await asyncio.wait({first, second}, timeout=PATIENCE)
    assert done == {first, second}
    assert first.result() is second.result()


async def test_a_drain_goes_on_without_who_asked_for_it(pod: Pod, clock: Clock) -> None:
    first = await asked(pod, 10.0)
    first.cancel()
    await asyncio.wait({first}, timeout=PATIENCE)
    second = await asked(pod, 300.0)
    clock.now = 11.0
    done, _ = await asyncio.wait({second}, timeout=PATIENCE)
    assert done == {second}
    assert not second.cancelled()
    assert second.result().seconds == 11.0


async def test_who_comes_while_the_pod_drains_is_held_as_one_to_be_moved(
    pod: Pod, client: Client, clock: Clock
) -> None:
    draining = await asked(pod, 10.0)
    with pod.holding(client.connection):
        await client.opened()
        assert client.connection.lifetime.state is State.DRAINING
    clock.now = 11.0
    await asyncio.wait_for(draining, PATIENCE)


def has_ipv6() -> bool:
    with socket.socket(socket.AF_INET6) as found:
        try:
            found.bind(("::1", 0))
        except OSError:
            return False
    return True


def drained(host: str, port: int, folder: Path) -> Result:
    environment = {"HOST": host, "PORT": str(port), "RUN_DIR": str(folder)}
    return CliRunner().invoke(drain, ["--timeout", "0"], env=environment)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::"])  # noqa: S104  for the time of a test
def test_a_pod_can_be_drained_wherever_it_listens(start: Start, tmp_path: Path, host: str) -> None:
    if ":" in host and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    voice = start(host=host)
    # a moment after it listens
    eventually((tmp_path / "run" / rundir.KEY).exists)
    result = drained(host, voice.port, tmp_path / "run")
    assert result.output.endswith("sessions ended: 0, asked to move: 0\n")
    assert voice.service.pod.status == "draining"


def test_the_key_of_another_service_drains_none(start: Start, tmp_path: Path) -> None:
    voice = start()
    folder = tmp_path / "another"
    rundir.prepare(folder)
    rundir.publish(folder, "another's")
    result = drained("127.0.0.1", voice.port, folder)
    assert isinstance(result.exception, DrainFailed)
    words = f"http://127.0.0.1:{voice.port} refused; is RUN_DIR the one of the service with this PORT?"
    assert str(result.exception) == words
    assert voice.service.pod.status == "ok"
    assert_serves(voice.port)
