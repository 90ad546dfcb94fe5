"""What keeps the background running."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.gong_webhook import service, slots
from app.gong_webhook.metrics import Metrics
from app.gong_webhook.service import supervised

pytestmark = pytest.mark.anyio


async def test_a_background_task_that_fails_unexpectedly_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service, "RESTART_SECONDS", 0.01)
    starts = 0

    async def run(stop: asyncio.Event) -> None:
        nonlocal starts
        starts += 1
        if starts < 3:
            raise RuntimeError("swordfish")
        stop.set()

    slots.prepare(tmp_path)
    await asyncio.wait_for(supervised(run, asyncio.Event(), Metrics(tmp_path)), 10)
    assert starts == 3
    assert caplog.text.count("a background task failed") == 2
