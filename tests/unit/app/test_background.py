"""What runs in the background ends when it is told to, and only then."""

from __future__ import annotations

import asyncio

import pytest

from app.background import pause, supervised

pytestmark = pytest.mark.anyio


async def test_a_pause_ends_when_the_service_is_told_to_stop() -> None:
    stop = asyncio.Event()
    waiting = asyncio.create_task(pause(stop, 3600))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(waiting, 10)


async def test_a_background_task_that_fails_unexpectedly_is_started_again(caplog: pytest.LogCaptureFixture) -> None:
    starts = 0

    async def run(stop: asyncio.Event) -> None:
        nonlocal starts
        starts += 1
        if starts < 3:
            raise RuntimeError("swordfish")
        stop.set()

    await asyncio.wait_for(supervised(run, asyncio.Event(), restart=0.01), 10)
    assert starts == 3
    assert caplog.text.count("a background task failed") == 2


async def test_the_wait_before_it_is_started_again_ends_too() -> None:
    stop = asyncio.Event()
    failed = asyncio.Event()

    async def run(_: asyncio.Event) -> None:
        failed.set()
        raise RuntimeError("swordfish")

    task = asyncio.create_task(supervised(run, stop, restart=3600))
    await asyncio.wait_for(failed.wait(), 10)
    stop.set()
    await asyncio.wait_for(task, 10)
