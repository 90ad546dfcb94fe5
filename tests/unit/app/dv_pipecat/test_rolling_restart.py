"""A new version comes, or a pod dies, under live sessions: what becomes of each of them."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidHandshake

from app import redis
from tests.servers.balancing import balancing
from tests.servers.endpoints import Endpoints
from tests.servers.talker import Talker
from tests.servers.voice import VoiceProcess
from tests.servers.websocket import PATIENCE, eventually

pytestmark = pytest.mark.anyio

SESSIONS = 200
DRAIN_SECONDS = 12.0
# Kubernetes may take that long to notice that a pod is not ready
LAG_SECONDS = 10.0
LONGEST_SECONDS = 2 * DRAIN_SECONDS

# what a client sees that is told nothing
CUT = (1006, "")


class Cluster:
    """`pods`: all there ever were; `url`: the Service's, for websockets."""

    def __init__(self, folder: Path, stack: AsyncExitStack, **settings: str) -> None:
        self.pods: list[VoiceProcess] = []
        self.endpoints = Endpoints()
        self.url = stack.enter_context(balancing(self.endpoints)).replace("http:", "ws:") + "/pc/v1/ws"
        self._folder = folder
        self._stack = stack
        self._settings = settings

    async def start(self, version: str) -> VoiceProcess:
        """A pod more, which is led clients when this returns."""
        about = {"POD_NAME": f"pod-{len(self.pods)}", "APP_VERSION": version, "MAX_SESSIONS": str(2 * SESSIONS)}
        pod = VoiceProcess(self._folder, self._settings | about)
        self.pods.append(pod)
        self._stack.callback(pod.kill)
        await self.endpoints.add(pod)
        return pod

    async def replace(self, pod: VoiceProcess, version: str) -> None:
        """As Kubernetes does: preStop, SIGTERM, a new one."""
        drained = await asyncio.to_thread(pod.run, "drain", "--timeout", f"{DRAIN_SECONDS:g}")
        assert drained.returncode == 0, drained.stderr
        pod.terminate()
        await asyncio.to_thread(pod.wait)
        self.endpoints.remove(pod)
        await self.start(version)

    def sessions(self) -> int:
        return sum(pod.health()["sessions"] for pod in self.pods)


@asynccontextmanager
async def cluster(folder: Path, **settings: str) -> AsyncIterator[Cluster]:
    async with AsyncExitStack() as stack:
        made = Cluster(folder, stack, **settings)
        watching = asyncio.create_task(made.endpoints.watch())
        try:
            yield made
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


async def test_a_rolling_restart_closes_no_session_before_its_end_or_the_drain_timeout(
    tmp_path: Path, redis_url: str
) -> None:
    over = asyncio.Event()
    talkers: list[Talker] = []

    async def come_and_go(name: str, url: str) -> None:
        while not over.is_set():
            talker = Talker(url, f"{name}, session {len(talkers)}")
            talkers.append(talker)
            await talker.begin()
            await talker.talk(random.uniform(0, LONGEST_SECONDS), over)
            await talker.leave()

    async with cluster(tmp_path, REDIS_URL=redis_url, DRAIN_LAG_SECONDS=f"{LAG_SECONDS:g}") as service:
        old = [await service.start("1"), await service.start("1")]
        async with asyncio.TaskGroup() as clients:
            for number in range(SESSIONS):
                clients.create_task(come_and_go(f"client {number}", service.url))
            await eventually(lambda: service.sessions() > SESSIONS * 0.9)
            for pod in old:
                await service.replace(pod, "2")
            over.set()
        logs = [pod.lines for pod in service.pods]
    for log in logs[:2]:
        assert_nobody_was_cut(log)
    closed = [line["reason"] for log in logs for line in of(log, "WebSocket closed")]
    assert set(closed) == {"drained", "finished"}
    assert closed.count("finished") == len(talkers)
    assert closed.count("drained") == sum(len(talker.pods) - 1 for talker in talkers)
    assert not [line for log in logs for line in of(log, "WebSocket refused")]
    assert {talker.session["version"] for talker in talkers} == {"1", "2"}


async def test_sessions_of_a_pod_that_is_killed_go_on_on_another_and_miss_at_most_their_last_turn(
    tmp_path: Path, redis_url: str, client: redis.Client
) -> None:
    async with cluster(tmp_path, REDIS_URL=redis_url) as service:
        doomed, other = await service.start("1"), await service.start("1")
        talkers = await begun(service.url, 40)
        for talker in talkers:
            await kept(client, talker)
        await asyncio.gather(*(talker.turn() for talker in talkers))
        doomed.kill()
        assert {talker.pods[0] for talker in talkers} == {"pod-0", "pod-1"}
        for talker in talkers:
            if talker.pods == ["pod-0"]:
                assert await talker.client.closed() == CUT
                await resumed(talker)
                assert talker.session["turns"] in {talker.turns - 1, talker.turns}
            await talker.turn()
            assert talker.pods[-1] == "pod-1"
            await talker.leave()
        assert {line["reason"] for line in of(other.lines, "WebSocket closed")} == {"finished"}


async def test_without_redis_a_session_whose_connection_was_cut_goes_on_on_the_same_pod(tmp_path: Path) -> None:
    async with cluster(tmp_path) as service:
        await service.start("1")
        talkers = await begun(service.url, 40)
        for talker in talkers:
            for _ in range(2):
                await talker.turn()
                talker.client.websocket.transport.abort()
                await talker.resume()
                assert talker.session["turns"] == talker.turns
            await talker.leave()


async def begun(url: str, count: int) -> list[Talker]:
    """Sessions of one to six turns."""
    talkers = [Talker(url, f"client {number}") for number in range(count)]
    for number, talker in enumerate(talkers):
        await talker.begin()
        for _ in range(1 + number % 6):
            await talker.turn()
    return talkers


async def kept(client: redis.Client, talker: Talker) -> None:
    """Until Redis has each of its turns."""
    async with asyncio.timeout(PATIENCE):
        while True:
            state = await client.get(f"dv-pipecat:{{{talker.session['id']}}}:state")
            if state and len(json.loads(state)["history"]) == 2 * talker.turns:
                return
            await asyncio.sleep(0.01)


async def resumed(talker: Talker) -> None:
    """Tried again for as long as the Service leads to the pod that is no more."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await talker.resume()
            except (InvalidHandshake, OSError):
                await asyncio.sleep(0.05)


def assert_nobody_was_cut(log: list[dict[str, Any]]) -> None:
    """Of a pod that was drained: some sessions came to their end meanwhile, and the others were told, in time."""
    (began,) = of(log, "draining: waiting for WebSocket sessions")
    (done,) = of(log, "drained: no WebSocket session is left")
    assert done["ended"] > 0
    assert done["told"] > 0
    told = [seconds(line) - seconds(began) for line in of(log, "WebSocket closed") if line["reason"] == "drained"]
    assert len(told) == done["told"]
    # lines have milliseconds
    assert min(told) >= DRAIN_SECONDS - 0.01


def of(log: list[dict[str, Any]], message: str) -> list[dict[str, Any]]:
    return [line for line in log if line["message"] == message]


def seconds(line: dict[str, Any]) -> float:
    return datetime.fromisoformat(line["time"]).timestamp()
