"""How fast a worker empties a full queue, where its time goes, and whether its memory grows.

Gong's stand-in knows no limit here; in production its three calls a second are what bounds a worker.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import NamedTuple

from app.environment import read
from app.gong_webhook import parts, sample
from app.gong_webhook.model import Delivery
from app.gong_webhook.settings import Settings
from bench.gong.programs import READY, SERVICE
from bench.measure import Row, Timing
from bench.servers import Server, redis, running, standin
from tests.servers.gong import KEY
from tests.servers.unlimited import ENVIRONMENT

CALLS = 10_000
BATCH = 500
LOOK_SECONDS = 0.1
STAGES = ("gong", "warehouse")


class Drained(NamedTuple):
    """`seconds` for `calls`, and of them those of each stage; MB of memory at each quarter of the calls."""

    calls: float
    seconds: float
    stages: Mapping[str, float]
    memory: tuple[float, ...]


def rows() -> Iterator[Row]:
    for store in ("Redis", "SQLite"):
        drained = _drain(store)
        shares = ", ".join(f"{name} {seconds / drained.seconds:.0%}" for name, seconds in drained.stages.items())
        memory = " → ".join(f"{megabytes:.0f}" for megabytes in drained.memory)
        note = f"{drained.calls / drained.seconds:.0f} calls a second; {shares}; {memory} MB"
        what = f"drain {CALLS} calls, queue in {store}, warehouse in SQLite"
        yield Row(what, Timing((drained.seconds * CALLS / drained.calls,)), None, note)


def _drain(store: str) -> Drained:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        gong = {"GONG_API_BASE_URL": stack.enter_context(standin("gong.py", "--per-second", "0")), "GONG_API_KEY": KEY}
        variables = gong | {"DATA_DIR": folder, "RECONCILE_EVERY_SECONDS": "0"}
        if store == "Redis":
            variables["REDIS_URL"] = stack.enter_context(redis(Path(folder)))
        asyncio.run(_fill(variables))
        return _watched(stack.enter_context(running([*SERVICE, "worker"], ENVIRONMENT | variables, READY)))


async def _fill(variables: Mapping[str, str]) -> None:
    settings = read(Settings, variables)
    async with AsyncExitStack() as closing:
        await parts.warehouse(settings, closing).migrate()
        queue = parts.stores(settings, closing).queue
        for start in range(0, CALLS, BATCH):
            await queue.put([_delivery(str(10**18 + number)) for number in range(start, start + BATCH)])


def _delivery(call_id: str) -> Delivery:
    body = sample.body(call_id)
    return Delivery(call_id, body, hashlib.sha256(body).hexdigest(), time.time(), request_id=call_id)


def _watched(server: Server) -> Drained:
    """From the first look to the last call; what was done before that look is left out."""
    start, before, spent_before = time.perf_counter(), _stored(server), _spent(server)
    memory: list[float] = []
    while (stored := _stored(server)) < CALLS:
        if stored >= CALLS * (len(memory) + 1) / 4:
            memory.append(server.megabytes())
        time.sleep(LOOK_SECONDS)
    seconds = time.perf_counter() - start
    spent = {stage: _spent(server)[stage] - spent_before[stage] for stage in STAGES}
    return Drained(CALLS - before, seconds, spent, (*memory, server.megabytes()))


def _stored(server: Server) -> float:
    return server.metric("gong_webhook_calls_stored_total")


def _spent(server: Server) -> dict[str, float]:
    return {stage: server.metric(f'gong_webhook_stage_seconds_sum{{stage="{stage}"}}') for stage in STAGES}
