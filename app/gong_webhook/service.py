"""The roles, for uvicorn to start in each of its processes: what each is made of, and how it starts and stops."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from app.background import Background, pause, supervised
from app.environment import read, rotated_at
from app.errors import Unavailable
from app.gong_webhook import logs, parts, rundir, web
from app.gong_webhook.keys import keys
from app.gong_webhook.metrics import Build, Metrics, Scrape
from app.gong_webhook.processing import Processor
from app.gong_webhook.queue.commit import GroupCommit
from app.gong_webhook.ratelimit import pace, seconds_left_today
from app.gong_webhook.receiving import Rules, Webhook
from app.gong_webhook.schedule import Schedule
from app.gong_webhook.settings import Settings
from app.gong_webhook.warehouse import Warehouse
from app.gong_webhook.watching import Watch
from app.gong_webhook.worker import Worker

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

log = logging.getLogger(__name__)

# deliveries that may wait for a write in one process: at 9.5 KB each, 10 MB
BACKLOG = 1_000
# a batch asks for calls and for transcripts; users are remembered
API_CALLS_PER_BATCH = 2.0
WARNING_SECONDS = 60.0


class Service:
    """One process of one role. Raises ConfigError."""

    def __init__(self, role: str) -> None:
        self.settings = read(Settings, os.environ)
        logs.configure(self.settings.log_level, role, self.settings.release_track)
        self.folder = rundir.of(self.settings)
        self.metrics = Metrics(self.folder)
        self.closing = AsyncExitStack()
        self.stores = parts.stores(self.settings, self.closing)
        self.build = Build(role, self.settings.release_track)
        self.background: list[Background] = [self._look_for_warnings]
        self.warehouse_answers: Callable[[], bool | None] = lambda: None
        self._warning: str | None = None

    def webhook(self) -> Webhook:
        settings = self.settings
        known = keys(settings.gong_webhook_secrets.reveal())
        if not known:
            log.warning("GONG_WEBHOOK_SECRETS is empty: every webhook will be refused")
        if not settings.public_webhook_url:
            log.warning("PUBLIC_WEBHOOK_URL is empty: a webhook signed for another address would be taken")
        commit = GroupCommit(self.stores.queue, BACKLOG)
        self.closing.push_async_callback(commit.close)
        rules = Rules(
            keys=known,
            public_url=settings.public_webhook_url,
            accept_bare=settings.gong_accept_bare_calls,
            max_bytes=settings.webhook_max_bytes,
            timeout=settings.webhook_timeout_seconds,
        )
        return Webhook(rules, commit.put, self.metrics)

    def work(self) -> Warehouse:
        """Has the queue emptied and the calls reconciled in the background; gives where they are stored."""
        settings, stores, metrics = self.settings, self.stores, self.metrics
        warehouse = parts.warehouse(settings, self.closing)
        gong = parts.gong(settings, stores.limiter, self.closing, on_call=metrics.called, on_wait=metrics.waited)
        slack = parts.slack(settings, stores.claims, self.closing)
        watch = Watch(slack, metrics, stores.queue, stores.limiter, parts.limits(settings), settings.quality_threshold)
        processor = Processor(gong, warehouse, metrics.took)
        self.warehouse_answers = processor.warehouse_answers
        worker = Worker(
            stores.queue,
            processor,
            rules=parts.rules(settings),
            lease=settings.lease_seconds,
            pace=self._pace if gong else _at_once,
            metrics=metrics,
            watch=watch,
        )
        self.background.append(worker.run)
        if gong is None:
            log.warning("GONG_API_KEY is empty: only what webhooks bring is stored, and nothing is reconciled")
        elif settings.reconcile_every_seconds:
            schedule = Schedule(
                gong,
                warehouse,
                stores.queue,
                stores.claims,
                every=settings.reconcile_every_seconds,
                window=parts.reconciled_window(settings),
                most_waiting=parts.room_for_reconciled(settings),
            )
            self.background.append(schedule.run)
        return warehouse

    def app(self, webhook: Webhook | None = None, warehouse: Warehouse | None = None) -> ASGIApp:
        """`warehouse`: one whose tables are made at the start."""
        health = web.Health(self.build, rundir.draining(self.folder), self.stores.queue.ping, self._warnings)
        rotated = rotated_at(self.settings.secrets_rotated_at)
        stores = self.stores
        scrape = Scrape(self.metrics, self.build, stores.queue, stores.limiter, rotated, self.warehouse_answers)

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            async with self.closing:
                if warehouse is not None:
                    await warehouse.migrate()
                async with self._running():
                    log.info("ready to run")
                    yield

        return web.create(health, scrape, lifespan, webhook)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        """What runs in the background, until told to stop and then as long as a request may take."""
        stop = asyncio.Event()
        tasks = [asyncio.create_task(self._counted(run, stop)) for run in self.background]
        try:
            yield
        finally:
            stop.set()
            _, late = await asyncio.wait(tasks, timeout=self.settings.webhook_timeout_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            log.info("stopped", extra={"cut_off": len(late)})

    async def _counted(self, run: Background, stop: asyncio.Event) -> None:
        self.metrics.background_tasks.inc()
        try:
            await supervised(run, stop)
        finally:
            self.metrics.background_tasks.dec()

    async def _pace(self, least: float) -> float:
        remaining = await self.stores.limiter.remaining()
        left = seconds_left_today(time.time())
        return pace(remaining, self.settings.gong_api_daily_budget, left, API_CALLS_PER_BATCH, least)

    def _warnings(self) -> list[str]:
        return [self._warning] if self._warning else []

    async def _look_for_warnings(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                found = await self.stores.queue.warning()
            except Unavailable as down:
                found = str(down)
            if found and found != self._warning:
                log.warning("%s", found)
            self._warning = found
            await pause(stop, WARNING_SECONDS)


async def _at_once(_: float) -> float:
    return 0.0


def serve() -> ASGIApp:
    service = Service("serve")
    return service.app(service.webhook())


def worker() -> ASGIApp:
    service = Service("worker")
    service.work()
    return service.app()


def everything() -> ASGIApp:
    service = Service("all")
    return service.app(service.webhook(), service.work())
