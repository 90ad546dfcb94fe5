"""The service's own Gong client, connected to the stand-in, and what it told of its calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from app.gong_webhook.errors import BudgetSpent
from app.gong_webhook.gong import Gong
from app.gong_webhook.gong.transport import Timeouts, Transport
from app.gong_webhook.ratelimit import Limiter, Purpose
from tests.servers.gong import KEY, StandIn
from tests.servers.loopback import serving

QUICK = Timeouts(connect=5.0, read=0.3, answer=0.6)


class Open:
    """Lets every call pass at once, and keeps what it was told: with Gong's pace, tests would take minutes.

    `is_spent`: the day's budget.
    """

    def __init__(self) -> None:
        self.purposes: list[Purpose] = []
        self.pauses: list[float] = []
        self.is_spent = False

    async def acquire(self, purpose: Purpose) -> float:
        if self.is_spent:
            raise BudgetSpent(3600.0)
        self.purposes.append(purpose)
        return 0.0

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def remaining(self) -> int:
        return 10_000


class Told(NamedTuple):
    """What the client reported: endpoint and status of each call, and each wait in seconds."""

    calls: list[tuple[str, str]]
    waits: list[float]


class Connected(NamedTuple):
    gong: Gong
    standin: StandIn
    limiter: Open
    told: Told


def unlimited() -> StandIn:
    return StandIn(per_second=None, daily=None)


@asynccontextmanager
async def client(
    url: str, limiter: Limiter, told: Told, key: str = KEY, timeouts: Timeouts = QUICK
) -> AsyncIterator[Gong]:
    def on_call(endpoint: str, status: str) -> None:
        told.calls.append((endpoint, status))

    gong = Gong(Transport(url, key, limiter, on_call=on_call, on_wait=told.waits.append, timeouts=timeouts))
    yield gong
    await gong.close()


@asynccontextmanager
async def connected(
    standin: StandIn | None = None, key: str = KEY, timeouts: Timeouts = QUICK
) -> AsyncIterator[Connected]:
    standin, limiter, told = standin or unlimited(), Open(), Told([], [])
    with serving(standin) as url:
        async with client(url, limiter, told, key, timeouts) as gong:
            yield Connected(gong, standin, limiter, told)
