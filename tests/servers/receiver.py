"""The receiving half of the service, put together as it is when it runs, with a plain list for a queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import uvicorn

from app.gong_webhook import slots
from app.gong_webhook.keys import keys
from app.gong_webhook.metrics import Build, Metrics, Scrape
from app.gong_webhook.model import Delivery
from app.gong_webhook.receiving import Rules, Webhook
from app.gong_webhook.web import Health, create
from tests.servers import loopback, signing
from tests.servers.counted import counted

if TYPE_CHECKING:
    from starlette.applications import Starlette

LIMIT = 64 * 1024
PATH = "/webhooks/gong"


class Listed:
    """What was put, in order; a call comes in twice only by name and bytes. `before` may wait or raise."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.before: Callable[[], Awaitable[None]] = _at_once
        self.arrived = asyncio.Event()

    async def put(self, delivery: Delivery) -> bool:
        """Goes on where it is cancelled, as the service's own does."""
        return await asyncio.shield(asyncio.ensure_future(self._put(delivery)))

    async def _put(self, delivery: Delivery) -> bool:
        await self.before()
        known = {(each.call_id, each.digest) for each in self.deliveries}
        if (delivery.call_id, delivery.digest) in known:
            return False
        self.deliveries.append(delivery)
        self.arrived.set()
        return True


class Receiver:
    """`secrets`: as in GONG_WEBHOOK_SECRETS; `timeout`: seconds; `put`: a real queue, in the place of the list."""

    def __init__(
        self,
        folder: Path,
        *,
        secrets: str | None = None,
        url: str = signing.URL,
        accept_bare: bool = False,
        timeout: float = 30.0,
        put: Callable[[Delivery], Awaitable[bool]] | None = None,
    ) -> None:
        slots.prepare(folder)
        self.queue = Listed()
        self.ready: Callable[[], Awaitable[None]] = _at_once
        self.warnings: list[str] = []
        self.draining = folder / "draining"
        metrics = Metrics(folder)
        build = Build("serve", "stable")
        known = keys(signing.public_base64() if secrets is None else secrets)
        rules = Rules(known, url, accept_bare, LIMIT, timeout)
        health = Health(build, self.draining, self._ready, lambda: self.warnings)
        self.app = create(health, Scrape(metrics, build), _lifespan, Webhook(rules, put or self.queue.put, metrics))

    async def _ready(self) -> None:
        await self.ready()

    def client(self) -> httpx2.AsyncClient:
        """Inside this process; what the application does not catch is raised here."""
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url="http://receiver")

    async def deliver(self, body: bytes, headers: dict[str, str] | None = None, path: str = PATH) -> httpx2.Response:
        """Rightly signed unless there are `headers`."""
        async with self.client() as client:
            return await client.post(path, content=body, headers=signing.headers(body) if headers is None else headers)

    async def metric(self, series: str) -> float | None:
        """The value of one series, written as /metrics writes it."""
        async with self.client() as client:
            return counted((await client.get("/metrics")).text).get(series)


@contextmanager
def listening(receiver: Receiver) -> Iterator[tuple[str, int]]:
    """Behind uvicorn, at this address, in a thread."""
    config = uvicorn.Config(receiver.app, port=0, log_config=None, access_log=False, server_header=False)
    server, thread = loopback.in_a_thread(config)
    host, port = server.servers[0].sockets[0].getsockname()
    try:
        yield host, port
    finally:
        server.should_exit = True
        thread.join()


async def _at_once() -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    yield
