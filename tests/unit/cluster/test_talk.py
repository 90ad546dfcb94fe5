"""Those who talk count what becomes of their sessions, with real pods of the voice service behind a balancer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.standins.loads import Load, from_here
from tests.cluster.waiting import eventually
from tests.servers.deployment import deployment

pytestmark = pytest.mark.anyio
SESSIONS = 12
DRAIN_SECONDS = 4
LOSSES = ("forgotten", "unheard", "cut", "wrong", "ended")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def reports(load: Load, holds: Callable[[dict[str, Any]], bool], what: str) -> None:
    await asyncio.to_thread(eventually, lambda: holds(load.report()), what)


async def test_sessions_are_held_until_it_is_asked_to_end(tmp_path: Path, redis_url: str) -> None:
    async with deployment(tmp_path, REDIS_URL=redis_url, DRAIN_LAG_SECONDS="2") as service:
        pod = await service.start("1")
        said = await asyncio.to_thread(hold_for_a_while, service.url)
        await asyncio.to_thread(pod.wait_until_empty)
        closed = [line["reason"] for line in pod.lines if line["message"] == "WebSocket closed"]
    assert (said["opened"], said["open"], said["pods"]) == (SESSIONS, 0, {"pod-0": SESSIONS})
    assert said["sent"] == said["answered"] > 4 * SESSIONS
    assert not any(said[loss] for loss in (*LOSSES, "reconnects", "refused"))
    assert closed == ["finished"] * SESSIONS


def hold_for_a_while(url: str) -> dict[str, Any]:
    with from_here("talk", f"--url={url}", f"--sessions={SESSIONS}", "--pause=0.1") as load:
        eventually(lambda: load.report()["answered"] > 4 * SESSIONS, "each has had some turns")
        assert load.report()["open"] == SESSIONS
        return load.stop()


async def test_a_drain_moves_sessions_and_loses_nothing(tmp_path: Path, redis_url: str) -> None:
    async with deployment(tmp_path, REDIS_URL=redis_url, DRAIN_LAG_SECONDS="2") as service:
        old = await service.start("1")
        with from_here("talk", f"--url={service.url}", f"--sessions={SESSIONS}", "--pause=0.2") as load:
            await service.start("2")
            await service.end(old, DRAIN_SECONDS)
            await reports(load, lambda said: said["reconnects"].get("1012") == SESSIONS, "all have moved")
            said = await asyncio.to_thread(load.stop)
    assert (said["opened"], said["reconnects"]) == (SESSIONS, {"1012": SESSIONS})
    assert said["sent"] == said["answered"]
    assert said["pods"]["pod-1"] >= SESSIONS
    assert said["versions"].keys() == {"1", "2"}
    assert not any(said[loss] for loss in LOSSES)


async def test_a_killed_pod_loses_connections_and_no_session(tmp_path: Path, redis_url: str) -> None:
    async with deployment(tmp_path, REDIS_URL=redis_url, DRAIN_LAG_SECONDS="2") as service:
        doomed = await service.start("1")
        with from_here("talk", f"--url={service.url}", f"--sessions={SESSIONS}", "--pause=0.2") as load:
            await service.start("2")
            doomed.kill()
            await reports(load, lambda said: sum(said["reconnects"].values()) >= SESSIONS, "all are back")
            said = await asyncio.to_thread(load.stop)
    assert (said["opened"], said["reconnects"]) == (SESSIONS, {"lost": SESSIONS})
    # the last turn of each may be missing
    assert said["forgotten"] <= SESSIONS
    assert said["sent"] == said["answered"] + said["unheard"]
    assert (said["wrong"], said["ended"]) == ([], [])
