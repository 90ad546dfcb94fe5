"""A pod that has to go under 500 sessions: who ends meanwhile, who is asked to move and when, and whether all can.

Half of the sessions end by themselves before the time-out, the others never would.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from asyncio.subprocess import DEVNULL
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.measure import ENVIRONMENT, Row, Timing
from bench.peers import ROOT
from bench.servers import LOAD_CORE, Server, pinned, redis, running
from bench.voice.sessions import HEALTH, SERVICE
from tests.servers.talker import Talker

if TYPE_CHECKING:
    from websockets.exceptions import ConnectionClosed

SESSIONS = 500
TIMEOUT_SECONDS = 10.0
# by when those have ended that end by themselves: well before
LAST_END_SECONDS = 0.8 * TIMEOUT_SECONDS
LOOK_SECONDS = 0.002
DRAINING = 'dv_pipecat_draining{track="stable"}'
COMMAND = [*SERVICE[:-1], "drain", "--timeout", f"{TIMEOUT_SECONDS:g}"]


class Drained(NamedTuple):
    """Seconds: from the time-out to the first and to the last one told, and of the whole command."""

    ended: int
    told: int
    first: float
    last: float
    command: float


class Told(NamedTuple):
    """`at`: seconds."""

    talker: Talker
    closed: ConnectionClosed
    at: float


class Pods(NamedTuple):
    """`variables`: the environment of `old`, which has to go."""

    old: Server
    new: Server
    variables: dict[str, str]


def rows() -> Iterator[Row]:
    with ExitStack() as stack, ExitStack() as leaving:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        shared = {"REDIS_URL": stack.enter_context(redis(folder)), "MAX_SESSIONS": str(2 * SESSIONS)}
        told = [shared | {"RUN_DIR": str(folder / name), "POD_NAME": name} for name in ("new", "old")]
        new = stack.enter_context(running(SERVICE, told[0], HEALTH))
        old = leaving.enter_context(running(SERVICE, told[1], HEALTH))
        drained = asyncio.run(_drain(Pods(old, new, told[1] | {"PORT": old.url.rpartition(":")[2]})))
        start = time.perf_counter()
        leaving.close()
        exited = time.perf_counter() - start
    note = (
        f"{drained.ended} ended by themselves, {drained.told} told with 1012 and gone on on another pod, the first "
        f"{1000 * drained.first:.0f} ms after the time-out, none before; the command took {drained.command:.2f} s "
        f"for a time-out of {TIMEOUT_SECONDS:g} s; exit {1000 * exited:.0f} ms after SIGTERM"
    )
    yield Row(f"drain {SESSIONS} sessions: from the time-out to the last one told", Timing((drained.last,)), None, note)


async def _drain(pods: Pods) -> Drained:
    talkers = [Talker(_websocket(pods.old), f"session {number}") for number in range(SESSIONS)]
    for talker in talkers:
        await talker.begin()
        await talker.turn()
    ending, staying = talkers[::2], talkers[1::2]
    start = time.perf_counter()
    command = await asyncio.create_subprocess_exec(
        *pinned(LOAD_CORE, COMMAND), cwd=ROOT, env=ENVIRONMENT | pods.variables, stdout=DEVNULL
    )
    async with asyncio.TaskGroup() as tasks:
        for talker in ending:
            tasks.create_task(_end(talker, random.uniform(0, LAST_END_SECONDS)))
        told = [tasks.create_task(_told(talker)) for talker in staying]
        # between these two moments it began to drain
        earliest, latest = await _begun(pods.old)
    if await command.wait():
        raise RuntimeError("the drain command failed")
    seconds = time.perf_counter() - start
    moving = [task.result() for task in told]
    times = [each.at for each in moving]
    if min(times) < earliest + TIMEOUT_SECONDS:
        raise RuntimeError("a session was told before the time-out")
    await _move(moving, _websocket(pods.new))
    first, last = (moment - latest - TIMEOUT_SECONDS for moment in (min(times), max(times)))
    return Drained(len(ending), len(staying), first, last, seconds)


async def _begun(pod: Server) -> tuple[float, float]:
    """Seconds: when it did not drain yet, and when it did."""
    before = time.perf_counter()
    while not await asyncio.to_thread(pod.metric, DRAINING):
        before = time.perf_counter()
        await asyncio.sleep(LOOK_SECONDS)
    return before, time.perf_counter()


async def _end(talker: Talker, after: float) -> None:
    await asyncio.sleep(after)
    await talker.leave()
    if len(talker.pods) > 1:
        raise RuntimeError("a session had to move before its end")


async def _told(talker: Talker) -> Told:
    """It moves later: those that are told after it would otherwise wait for the load."""
    return Told(talker, await talker.listen(), time.perf_counter())


async def _move(told: Sequence[Told], url: str) -> None:
    for talker, closed, _ in told:
        talker.url = url
        await talker.move(closed)
        await talker.turn()
        await talker.leave()


def _websocket(pod: Server) -> str:
    return pod.url.replace("http:", "ws:") + "/pc/v1/ws"
