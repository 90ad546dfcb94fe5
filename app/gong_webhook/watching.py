"""What a person should be told of: dead letters, calls with gaps, a budget that is nearly spent."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import NamedTuple

from app.gong_webhook import notify
from app.gong_webhook.metrics import Metrics
from app.gong_webhook.model import Call, TranscriptState
from app.gong_webhook.notify import Slack
from app.gong_webhook.quality import missing
from app.gong_webhook.queue import Queue
from app.gong_webhook.ratelimit import Limiter, Limits

# the score is the mean of so many calls; fewer say nothing to anybody yet
LATEST = 50
FEWEST = 10
LOW_BUDGET = 0.1
# how often the same is said again
DEAD_LETTERS_EVERY_SECONDS = 900.0
QUALITY_EVERY_SECONDS = 6 * 3600.0
BUDGET_EVERY_SECONDS = 12 * 3600.0
NAMED = 5
LOOK_SECONDS = 10.0


class _Scored(NamedTuple):
    quality: float
    missing: tuple[str, ...]


class Watch:
    """Without a `slack` only the metrics know. `threshold`: the quality below which somebody is told."""

    def __init__(
        self, slack: Slack | None, metrics: Metrics, queue: Queue, limiter: Limiter, limits: Limits, threshold: float
    ) -> None:
        self._slack = slack
        self._metrics = metrics
        self._queue = queue
        self._limiter = limiter
        self._limits = limits
        self._threshold = threshold
        self._latest: deque[_Scored] = deque(maxlen=LATEST)
        self._last_reason = ""
        self._next_look = 0.0

    def stored(self, calls: Sequence[Call]) -> None:
        """A call that waits for its transcript is scored once that has come, or never will."""
        self._metrics.stored.inc(len(calls))
        settled = [call for call in calls if call.transcript is not TranscriptState.PENDING]
        self._latest.extend(_Scored(call.quality, missing(call)) for call in settled)
        if self._latest:
            self._metrics.quality.set(self._score())

    def buried(self, reason: str) -> None:
        self._metrics.dead_lettered.inc()
        self._last_reason = reason

    async def look(self) -> None:
        """Often called, seldom done. Raises Unavailable."""
        if self._slack is None or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_SECONDS
        if self._last_reason:
            dead = (await self._queue.depth()).dead
            text = notify.dead_letters(dead, self._last_reason)
            if not dead or await self._slack.tell("dead-letters", text, DEAD_LETTERS_EVERY_SECONDS):
                self._last_reason = ""
        if len(self._latest) >= FEWEST and self._score() < self._threshold:
            text = notify.quality_low(self._score(), self._threshold, len(self._latest), self._gaps())
            await self._slack.tell("quality", text, QUALITY_EVERY_SECONDS)
        daily, reserve = self._limits.daily, self._limits.reserve
        remaining = await self._limiter.remaining()
        # enrichment stops where the reserve begins
        if remaining - reserve < LOW_BUDGET * (daily - reserve):
            await self._slack.tell("budget", notify.budget_low(remaining, daily), BUDGET_EVERY_SECONDS)

    def _score(self) -> float:
        return sum(scored.quality for scored in self._latest) / len(self._latest)

    def _gaps(self) -> list[str]:
        gaps = Counter(gap for scored in self._latest for gap in scored.missing)
        return [gap for gap, _ in gaps.most_common(NAMED)]
