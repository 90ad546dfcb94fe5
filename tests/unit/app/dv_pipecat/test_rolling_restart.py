"""A new version comes, or a pod dies, under live sessions: what becomes of each of them."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidHandshake

from app import redis
from tests.servers.deployment import deployment
from tests.servers.talker import Talker
from tests.servers.websocket import PATIENCE, eventually

pytestmark = pytest.mark.anyio

SESSIONS = 200
# on one pod alone, with as many that have yet to leave it
ROOM = {"MAX_SESSIONS": str(2 * SESSIONS)}
DRAIN_SECONDS = 12.0
# Kubernetes may take that long to notice that a pod is not ready
LAG_SECONDS = 10.0
LONGEST_SECONDS = 2 * DRAIN_SECONDS

# what a client sees that is told nothing
CUT = (1006, "")


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

    async with deployment(tmp_path, **ROOM, REDIS_URL=redis_url, DRAIN_LAG_SECONDS=f"{LAG_SECONDS:g}") as service:
        old = [await service.start("1"), await service.start("1")]
        async with asyncio.TaskGroup() as clients:
            for number in range(SESSIONS):
                clients.create_task(come_and_go(f"client {number}", service.url))
            await eventually(lambda: service.sessions() > SESSIONS * 0.9)
            for pod in old:
                await service.end(pod, DRAIN_SECONDS)
                await service.start("2")
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
    async with deployment(tmp_path, **ROOM, REDIS_URL=redis_url) as service:
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
    async with deployment(tmp_path, **ROOM) as service:
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
