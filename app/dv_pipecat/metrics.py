"""What the service counts, and how /metrics shows it. The chart's alerts and its dashboard know these names."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app.dv_pipecat.closing import Reason
from app.dv_pipecat.errors import Stale
from app.dv_pipecat.model import Build

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DURATION_BUCKETS = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 1800.0, 3600.0)
REPLY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
NEVER_A_SESSION = (Reason.FULL, Reason.DRAINING, Reason.ORIGIN, Reason.TOKEN, Reason.STORE, Reason.DROPPED)


class Metrics:
    """One a process; `rotated_at`: Unix seconds. The label `track` is on each series: the tracks share a Service."""

    def __init__(self, build: Build, rotated_at: float | None = None) -> None:
        self._registry = CollectorRegistry()
        self._track = build.track
        self._active = self._gauge("sessions_active", "Sessions that are open")
        self._opened = self._counter("sessions_opened", "Sessions opened, and of these resumed ones", "resumed")
        self._closed = self._counter("sessions_closed", "Sessions closed, by reason", "reason")
        self._refused = self._counter("connections_refused", "Connections that became no session, by reason", "reason")
        self._tokens = self._counter("tokens_refused", "Resume tokens that opened nothing, by why", "why")
        self._messages = self._counter(
            "messages_refused", "Messages that a conversation does not take, by kind", "kind"
        )
        self._model = self._counter("model_errors", "Turns that the language model did not finish, by kind", "kind")
        self._duration = self._histogram("session_duration_seconds", "Length of a session here", DURATION_BUCKETS)
        self._first_reply = self._histogram(
            "first_reply_seconds", "From the first that a client says to the first of a reply", REPLY_BUCKETS
        )
        self._draining = self._gauge("draining", "Whether the pod waits for its sessions to end")
        self._store_up = self._gauge("store_up", "Whether what keeps the sessions for other pods answers")
        # an increase from nothing to one is none to Prometheus
        for reason in set(Reason) - set(NEVER_A_SESSION):
            self._closed.labels(self._track, reason)
        for reason in NEVER_A_SESSION:
            self._refused.labels(self._track, reason)
        for resumed in ("false", "true"):
            self._opened.labels(self._track, resumed)
        for why in Stale:
            self._tokens.labels(self._track, why)
        info = self._gauge("build_info", "What answers this scrape", "version", "conversation")
        info.labels(build.track, build.version, build.conversation).set(1)
        if rotated_at is not None:
            age = self._gauge("secret_age_seconds", "Since the credentials last changed")
            age.labels(self._track).set_function(lambda: time.time() - rotated_at)

    def count_sessions(self, number: Callable[[], float]) -> None:
        """`number` is asked at each scrape."""
        self._active.labels(self._track).set_function(number)

    def opened(self, *, resumed: bool) -> None:
        self._opened.labels(self._track, str(resumed).lower()).inc()

    def closed(self, reason: Reason, seconds: float) -> None:
        self._closed.labels(self._track, reason).inc()
        self._duration.labels(self._track).observe(seconds)

    def refused(self, reason: Reason) -> None:
        self._refused.labels(self._track, reason).inc()

    def token_refused(self, why: Stale) -> None:
        self._tokens.labels(self._track, why).inc()

    def message_refused(self, kind: str) -> None:
        """`kind`: one of a few, never what the client sent."""
        self._messages.labels(self._track, kind).inc()

    def expect_model_errors(self, kinds: Iterable[str]) -> None:
        for kind in kinds:
            self._model.labels(self._track, kind)

    def model_failed(self, kind: str) -> None:
        self._model.labels(self._track, kind).inc()

    def first_reply(self, seconds: float) -> None:
        self._first_reply.labels(self._track).observe(seconds)

    def draining(self) -> None:
        self._draining.labels(self._track).set(1)

    def store_answers(self, *, up: bool) -> None:
        self._store_up.labels(self._track).set(up)

    def scrape(self) -> bytes:
        return generate_latest(self._registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(f"dv_pipecat_{name}", words, ("track", *labels), registry=self._registry)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"dv_pipecat_{name}", words, ("track", *labels), registry=self._registry)

    def _histogram(self, name: str, words: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"dv_pipecat_{name}", words, ("track",), buckets=buckets, registry=self._registry)
