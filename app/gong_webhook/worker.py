"""Takes calls from the queue until told to stop: who is tried, alone or together, and what becomes of each."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from app.background import pause
from app.errors import ServiceError, Unavailable
from app.gong_webhook import retries
from app.gong_webhook.blame import Blame
from app.gong_webhook.errors import BudgetSpent, Rejected
from app.gong_webhook.metrics import Metrics
from app.gong_webhook.model import Job, Postponed, TranscriptState
from app.gong_webhook.processing import Processed, Processor
from app.gong_webhook.queue import Queue
from app.gong_webhook.retries import Rules
from app.gong_webhook.watching import Watch

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
# after a batch that was not full: what comes meanwhile shares two API calls
GATHER_SECONDS = 1.0
# a job that was taken this often without an outcome is what ends its worker
MOST_TAKES = 10
# after a spent budget, how often to look whether it was raised
BUDGET_LOOK_SECONDS = 300.0


class Worker:
    """One batch at a time: more would gain nothing under Gong's limits, and Snowflake wants few writers.

    `lease`: seconds. `pace`: the seconds to leave before the next batch, given the least that would be sensible.
    """

    def __init__(
        self,
        queue: Queue,
        processor: Processor,
        *,
        rules: Rules,
        lease: float,
        pace: Callable[[float], Awaitable[float]],
        metrics: Metrics,
        watch: Watch,
    ) -> None:
        self._queue = queue
        self._processor = processor
        self._rules = rules
        self._lease = lease
        self._pace = pace
        self._metrics = metrics
        self._watch = watch
        self._held: dict[str, Job] = {}
        self._outages = 0
        self._blame = Blame()
        self._pause = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set, and then to the end of the batch. Cancelled, it hands back what it holds."""
        while not stop.is_set():
            try:
                seconds = await self.turn()
            except Exception as error:
                seconds = self._backoff(error)
                if not isinstance(error, Unavailable):
                    log.exception("the worker's turn failed; what it held comes back")
                log.warning("worker waits: %s", _told(error), extra={"seconds": round(seconds, 1)})
            await pause(stop, seconds)

    async def turn(self) -> float:
        """One batch; gives the seconds to wait before the next."""
        await self._watch.look()
        size = self._blame.size
        jobs = await self._queue.take(size, self._lease)
        if not jobs:
            return IDLE_SECONDS
        self._pause = 0.0
        group = self._blame.company(jobs)
        others = [job for job in jobs if job not in group]
        async with self._holding(jobs):
            # before the rest is tried: should the worker end with it, these had no part in that
            await self._postpone([retries.unchanged(job) for job in others])
            await self._try(group)
        return self._pause or await self._pace(0.0 if others or len(jobs) == size else GATHER_SECONDS)

    @asynccontextmanager
    async def _holding(self, jobs: Sequence[Job]) -> AsyncIterator[None]:
        self._held = {job.id: job for job in jobs}
        heartbeat = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            heartbeat.cancel()
            if self._held:
                await self._release()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._lease / 3)
            try:
                await self._queue.renew(list(self._held.values()), self._lease)
            except Exception as error:
                # without its leases a worker does what another one does as well
                level = logging.WARNING if isinstance(error, Unavailable) else logging.ERROR
                log.log(level, "leases not renewed: %s", _told(error), exc_info=level == logging.ERROR)

    async def _release(self) -> None:
        """Handed back as they were, so that another worker need not wait for the leases to end."""
        try:
            await asyncio.shield(self._queue.postpone([retries.unchanged(job) for job in self._held.values()]))
        except Unavailable as down:
            log.warning("leases not released: %s", down)

    async def _try(self, jobs: Sequence[Job]) -> None:
        if len(jobs) == 1 and jobs[0].takes > MOST_TAKES:
            await self._bury(jobs[0], f"{MOST_TAKES} workers in a row ended without an outcome for it")
            return
        try:
            processed = await self._processor.process(jobs, self._exhausted)
        except BudgetSpent as spent:
            await self._wait(jobs, spent, min(spent.retry_after, BUDGET_LOOK_SECONDS))
        except Exception as error:  # noqa: BLE001  one call's fault must not stop the others
            await self._setback(jobs, error)
        else:
            self._outages = 0
            self._blame.succeeded(jobs)
            await self._settle(processed)

    async def _setback(self, jobs: Sequence[Job], error: Exception) -> None:
        if not isinstance(error, Unavailable | Rejected):
            log.error("a batch of %d failed", len(jobs), exc_info=error, extra=_names(jobs[0]))
        if len(jobs) == 1 and self._blame.is_own_fault(jobs[0]):
            await self._charge(jobs[0], error)
        else:
            await self._wait(jobs, error, self._backoff(error))
        self._blame.failed(jobs)

    async def _wait(self, jobs: Sequence[Job], error: Exception, seconds: float) -> None:
        """The worker too: what it would take next would fail likewise."""
        self._pause = seconds
        calls = [job.delivery.call_id for job in jobs]
        log.warning("%d calls wait: %s", len(jobs), _told(error), extra={"seconds": round(seconds, 1), "calls": calls})
        self._metrics.retried("outage", len(jobs))
        await self._postpone([retries.outage(job, seconds * random.uniform(1, 1.5)) for job in jobs])

    def _backoff(self, error: Exception) -> float:
        """What a dependency asks for counts up to the longest delay: its word is not worth a day's standstill."""
        rules = self._rules
        delay = retries.backoff(rules.initial_delay, rules.longest_delay, self._outages, random.random())
        self._outages += 1
        asked = error.retry_after if isinstance(error, Unavailable) else None
        return max(delay, min(asked or 0.0, rules.longest_delay))

    async def _charge(self, job: Job, error: Exception) -> None:
        """What is refused outright is not tried again."""
        postponed = retries.failed(job, self._rules, random.random())
        if isinstance(error, Rejected):
            await self._bury(job, str(error))
        elif postponed is None:
            await self._bury(job, f"{job.attempts + 1} attempts; the last: {_told(error)}")
        else:
            log.warning("tried again: %s", _told(error), extra={**_names(job), "seconds": round(postponed.delay, 1)})
            self._metrics.retried("failed", 1)
            await self._postpone([postponed])

    async def _settle(self, processed: Sequence[Processed]) -> None:
        done, postponed, unknown = [], [], []
        for job, call, found in processed:
            again = retries.not_ready(job, self._rules, random.random())
            if found and call.transcript is not TranscriptState.PENDING:
                done.append(job)
            elif again is None:
                unknown.append(job)
            else:
                postponed.append(again)
            log.info("stored", extra={**_names(job), "transcript": call.transcript.value, "quality": call.quality})
        self._watch.stored([call for _, call, _ in processed])
        self._metrics.retried("not_ready", len(postponed))
        await self._queue.done(done)
        self._forget(done)
        await self._postpone(postponed)
        for job in unknown:
            await self._bury(job, "Gong's API did not show this call for as long as it is asked")

    def _exhausted(self, job: Job) -> bool:
        return retries.not_ready(job, self._rules, chance=1.0) is None

    async def _postpone(self, postponed: Sequence[Postponed]) -> None:
        if postponed:
            await self._queue.postpone(postponed)
            self._forget([each.job for each in postponed])

    async def _bury(self, job: Job, reason: str) -> None:
        await self._queue.bury([job], reason)
        self._forget([job])
        log.error("given up: %s", reason, extra=_names(job))
        self._watch.buried(reason)

    def _forget(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self._held.pop(job.id, None)


def _told(error: Exception) -> str:
    """Other errors than the service's own may quote what nobody should read; the log has their traceback."""
    return str(error) if isinstance(error, ServiceError) else f"{type(error).__name__}; the log has more"


def _names(job: Job) -> dict[str, str]:
    return {"request_id": job.delivery.request_id, "call_id": job.delivery.call_id}
