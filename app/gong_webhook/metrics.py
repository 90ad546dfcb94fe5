"""What the service counts, over all its processes, and how /metrics shows it. The chart's alerts know these names."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.errors import Unavailable
from app.gong_webhook import __version__, slots
from app.gong_webhook.errors import Refusal
from app.gong_webhook.queue import Queue
from app.gong_webhook.ratelimit import Limiter

T = TypeVar("T")

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Prometheus gives a scrape 10 s
STORE_SECONDS = 2.0
REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
WAIT_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
STAGE_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
# where the library looks for its files
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


class Metrics:
    """One a process, made after any fork. `folder`: shared by the processes, prepared by `slots.prepare`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        number = slots.take(folder)
        os.environ[FOLDER_VARIABLE] = str(folder)
        # the library decides this when it is first imported, which here would be too early
        values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]
        self._requests = _By(_counter("requests", "Webhook requests answered", "status"))
        self._request_seconds = _histogram("request_seconds", "Time to answer a webhook request", REQUEST_BUCKETS)
        self._deliveries = _By(_counter("deliveries", "Webhook requests by what became of them", "outcome"))
        self._refused = _counter("refused", "Webhook requests that are not taken as Gong's, by reason", "reason")
        self._signed = _By(_counter("signed", "Webhook requests by the key that signed them", "key"))
        self._api_calls = _counter("api_calls", "Calls of Gong's API", "endpoint", "status")
        self._waits = _histogram("rate_limit_wait_seconds", "Time that a call of Gong's API waits", WAIT_BUCKETS)
        self._retries = _counter("retries", "Calls put back into the queue, by reason", "reason")
        self._stages = _histogram("stage_seconds", "Time that a batch of calls takes, by stage", STAGE_BUCKETS, "stage")
        self.stored = _counter("calls_stored", "Calls stored in the warehouse")
        self.dead_lettered = _counter("dead_lettered", "Calls given up")
        self.quality = _gauge("data_quality_score", "Mean completeness of the latest calls, 0 to 1", "livemostrecent")
        self.background_tasks = _gauge("background_tasks", "Tasks that no request waits for", "livesum")
        # an increase from nothing to one is none to Prometheus
        for reason in Refusal:
            self._refused.labels(reason)

    def answered(self, status: int, outcome: str, seconds: float) -> None:
        self._requests[str(status)].inc()
        self._deliveries[outcome].inc()
        self._request_seconds.observe(seconds)

    def refused(self, reason: str) -> None:
        self._refused.labels(reason).inc()

    def signed(self, key: str) -> None:
        self._signed[key].inc()

    def called(self, endpoint: str, status: int | str) -> None:
        self._api_calls.labels(endpoint, str(status)).inc()

    def waited(self, seconds: float) -> None:
        self._waits.observe(seconds)

    def took(self, stage: str, seconds: float) -> None:
        self._stages.labels(stage).observe(seconds)

    def retried(self, reason: str, calls: int) -> None:
        self._retries.labels(reason).inc(calls)


class Build(NamedTuple):
    role: str
    track: str = ""


class Scrape:
    """What /metrics answers. The stores are asked each time: no process knows better, and each would say the same.

    `rotated_at`: Unix seconds. `warehouse_answers`: None as long as this process has not asked it. Numbers of a store
    that does not answer are left out.
    """

    def __init__(
        self,
        metrics: Metrics,
        build: Build,
        queue: Queue | None = None,
        limiter: Limiter | None = None,
        rotated_at: float | None = None,
        warehouse_answers: Callable[[], bool | None] = lambda: None,
    ) -> None:
        self._folder = metrics.folder
        self._build = build
        self._queue = queue
        self._limiter = limiter
        self._rotated_at = rotated_at
        self._warehouse_answers = warehouse_answers

    async def __call__(self) -> bytes:
        queue, limits = await asyncio.gather(self._depth(), self._budget())
        families = [family for store in (queue, limits) for family in store or ()]
        return await asyncio.to_thread(self._render, [*families, self._up(queue, limits), *self._own()])

    def _render(self, families: Iterable[Metric]) -> bytes:
        slots.forget_ended(self._folder)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(self._folder))  # type: ignore[no-untyped-call]
        registry.register(_Known(families))
        return generate_latest(registry)

    async def _depth(self) -> list[Metric] | None:
        depth = await _answer(self._queue.depth()) if self._queue else None
        return depth and [
            _family("queue_depth", "Calls acknowledged and not yet done", depth.jobs),
            _family("queue_oldest_seconds", "Since the oldest came in that a worker could take", depth.oldest_seconds),
            _family("dead_letters", "Calls given up and not replayed", depth.dead),
        ]

    async def _budget(self) -> list[Metric] | None:
        remaining = await _answer(self._limiter.remaining()) if self._limiter else None
        if remaining is None:
            return None
        return [_family("api_budget_remaining", "Calls of Gong's API left today", remaining)]

    def _up(self, queue: list[Metric] | None, limits: list[Metric] | None) -> Metric:
        family = GaugeMetricFamily("gong_webhook_store_up", "Whether a store answers", labels=["store"])
        for name, store, found in (("queue", self._queue, queue), ("limits", self._limiter, limits)):
            if store is not None:
                family.add_metric([name], found is not None)
        warehouse = self._warehouse_answers()
        if warehouse is not None:
            family.add_metric(["warehouse"], warehouse)
        return family

    def _own(self) -> list[Metric]:
        labels = {"version": __version__, **self._build._asdict()}
        info = GaugeMetricFamily("gong_webhook_build_info", "What answers this scrape", labels=list(labels))
        info.add_metric(list(labels.values()), 1)
        if self._rotated_at is None:
            return [info]
        age = time.time() - self._rotated_at
        return [info, _family("secret_age_seconds", "Since the credentials last changed", age)]


class _By(dict[str, Counter]):
    """A counter for each value of its one label, looked up once: the library takes a lock for that."""

    def __init__(self, counter: Counter) -> None:
        super().__init__()
        self._counter = counter

    def __missing__(self, label: str) -> Counter:
        return self.setdefault(label, self._counter.labels(label))


class _Known(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


async def _answer(answer: Awaitable[T]) -> T | None:
    try:
        async with asyncio.timeout(STORE_SECONDS):
            return await answer
    except (Unavailable, TimeoutError):
        return None


def _family(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"gong_webhook_{name}", help_text, value=value)


def _counter(name: str, help_text: str, *labels: str) -> Counter:
    return Counter(f"gong_webhook_{name}", help_text, labels, registry=None)


def _histogram(name: str, help_text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(f"gong_webhook_{name}", help_text, labels, buckets=buckets, registry=None)


def _gauge(name: str, help_text: str, mode: Literal["livesum", "livemostrecent"]) -> Gauge:
    return Gauge(f"gong_webhook_{name}", help_text, registry=None, multiprocess_mode=mode)
