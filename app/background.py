"""What runs beside the requests, until the service is told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

log = logging.getLogger(__name__)

RESTART_SECONDS = 30.0

Background = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Shorter where `stop` is set meanwhile."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def supervised(run: Background, stop: asyncio.Event, restart: float = RESTART_SECONDS) -> None:
    """What fails unexpectedly is started again after `restart` seconds: nobody would notice that it is gone."""
    while not stop.is_set():
        try:
            await run(stop)
        except Exception:
            log.exception("a background task failed, and is started again in %g s", restart)
            await pause(stop, restart)
