"""Waits that end when the service is told to stop."""

from __future__ import annotations

import asyncio

import pytest

from app.gong_webhook.pausing import pause

pytestmark = pytest.mark.anyio


async def test_a_pause_ends_when_the_service_is_told_to_stop() -> None:
    stop = asyncio.Event()
    waiting = asyncio.create_task(pause(stop, 3600))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(waiting, 10)
