"""Who is told of what, and how often: over a real Slack-like server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.gong_webhook import slots, watching
from app.gong_webhook.metrics import Metrics
from app.gong_webhook.model import Call, Source, TranscriptState
from app.gong_webhook.notify import Slack
from app.gong_webhook.ratelimit import Limits, Purpose
from app.gong_webhook.watching import FEWEST, Watch
from tests.servers.loopback import serving
from tests.servers.stores import Stores, delivery

if TYPE_CHECKING:
    from starlette.requests import Request

pytestmark = pytest.mark.anyio

LIMITS = Limits(per_second=2.5, burst=1, daily=11, reserve=0)


@pytest.fixture(autouse=True)
def _look_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.0)


@asynccontextmanager
async def watch(stores: Stores, folder: Path, told: list[str]) -> AsyncIterator[Watch]:
    async def take(request: Request) -> PlainTextResponse:
        told.append((await request.json())["text"])
        return PlainTextResponse("ok")

    slots.prepare(folder / "run")
    with serving(Starlette(routes=[Route("/hook", take, methods=["POST"])])) as url:
        slack = Slack(f"{url}/hook", stores.claims())
        yield Watch(slack, Metrics(folder / "run"), stores.queue(), stores.limiter(LIMITS), LIMITS, threshold=0.8)
        await slack.close()


def call(quality: float, transcript: TranscriptState = TranscriptState.READY) -> Call:
    return Call(
        call_id="1",
        version=1.0,
        received_at=1.0,
        request_id="r",
        source=Source.WEBHOOK,
        payload=b"{}",
        quality=quality,
        transcript=transcript,
    )


async def test_dead_letters_are_told_once_with_their_number_and_the_last_reason(stores: Stores, tmp_path: Path) -> None:
    told: list[str] = []
    queue = stores.queue()
    await queue.put([delivery("1"), delivery("2")])
    await queue.bury(await queue.take(10, 60), "why not")
    async with watch(stores, tmp_path, told) as at:
        for reason in ("the first", "the last"):
            at.buried(reason)
        await at.look()
        at.buried("yet another")
        await at.look()
    assert len(told) == 1
    assert "2 calls were given up" in told[0]
    assert "the last" in told[0]


async def test_low_quality_is_told_once_there_are_calls_enough_to_say_so(stores: Stores, tmp_path: Path) -> None:
    told: list[str] = []
    async with watch(stores, tmp_path, told) as at:
        at.stored([call(0.2)] * (FEWEST - 1))
        await at.look()
        assert told == []
        at.stored([call(0.2)])
        await at.look()
    assert len(told) == 1
    assert "scores 0.20, below 0.80" in told[0]


async def test_a_call_that_waits_for_its_transcript_is_not_scored_yet(stores: Stores, tmp_path: Path) -> None:
    told: list[str] = []
    async with watch(stores, tmp_path, told) as at:
        at.stored([call(0.1, TranscriptState.PENDING)] * 100 + [call(1.0)] * FEWEST)
        await at.look()
    assert told == []


async def test_a_budget_that_is_nearly_spent_is_told_by_one_process_of_all(stores: Stores, tmp_path: Path) -> None:
    told: list[str] = []
    limiter = stores.limiter(LIMITS)
    async with watch(stores, tmp_path, told) as at:
        await at.look()
        assert told == []
        for _ in range(10):
            await limiter.acquire(Purpose.ENRICH)
        await at.look()
        async with watch(stores, tmp_path, told) as another:
            await another.look()
    assert len(told) == 1
    assert "1 of today's 11 Gong API calls are left" in told[0]


async def test_without_slack_nothing_is_asked_for(stores: Stores, tmp_path: Path) -> None:
    slots.prepare(tmp_path / "run")
    at = Watch(None, Metrics(tmp_path / "run"), stores.queue(), stores.limiter(LIMITS), LIMITS, threshold=0.8)
    at.buried("a reason")
    await at.look()
