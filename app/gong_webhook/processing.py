"""Calls to rows: asks Gong, puts together, scores, stores."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from app.errors import Unavailable
from app.gong_webhook.enrich import assemble, primary_user
from app.gong_webhook.errors import BudgetSpent, Rejected
from app.gong_webhook.gong import Gong
from app.gong_webhook.model import Call, Job, TranscriptState, User
from app.gong_webhook.quality import score
from app.gong_webhook.ratelimit import Purpose
from app.gong_webhook.warehouse import Warehouse

log = logging.getLogger(__name__)

# an idle worker's last failure says little after that
FAILURE_SECONDS = 120.0

T = TypeVar("T")
OnStage = Callable[[str, float], None]
"""Told the seconds that each stage of a batch took, by its name."""


class Processed(NamedTuple):
    """A stored call. `found`: whether Gong's API shows it, or was not asked."""

    job: Job
    call: Call
    found: bool


class _Answered(NamedTuple):
    well: bool
    at: float


class _Answers(NamedTuple):
    details: dict[str, bytes]
    monologues: dict[str, bytes]
    users: dict[str, User]


class Processor:
    """Without a `gong`, which takes an API key, what the webhook brought is all that is stored."""

    def __init__(self, gong: Gong | None, warehouse: Warehouse, on_stage: OnStage) -> None:
        self._gong = gong
        self._warehouse = warehouse
        self._on_stage = on_stage
        self._warehouse_answered: _Answered | None = None

    def warehouse_answers(self) -> bool | None:
        """None where it has not been asked, or has failed so long ago that it may be well again."""
        last = self._warehouse_answered
        if last is None or (not last.well and time.monotonic() - last.at > FAILURE_SECONDS):
            return None
        return last.well

    async def process(self, jobs: Sequence[Job], is_last: Callable[[Job], bool]) -> list[Processed]:
        """All of them stored. `is_last`: Gong will not be asked again, so a transcript that is not there is absent.

        Raises BudgetSpent, Unavailable, Rejected; and then nothing is stored.
        """
        answers = await self._timed("gong", self._ask(jobs))
        # in a thread: a long transcript takes milliseconds, and webhooks may be waiting in this process
        processed = await asyncio.to_thread(lambda: [self._put_together(job, answers, is_last) for job in jobs])
        await self._timed("warehouse", self._store([call for _, call, _ in processed]))
        return processed

    async def _store(self, calls: Sequence[Call]) -> None:
        try:
            await self._warehouse.store(calls)
        except Unavailable:
            self._warehouse_answered = _Answered(well=False, at=time.monotonic())
            raise
        self._warehouse_answered = _Answered(well=True, at=time.monotonic())

    async def _ask(self, jobs: Sequence[Job]) -> _Answers | None:
        if self._gong is None:
            return None
        ids = {job.delivery.call_id for job in jobs}
        details = await self._gong.extensive(ids, Purpose.ENRICH)
        # a call that is not processed has no transcript either: not asking spares the day's budget
        monologues = await self._gong.transcripts(details, Purpose.ENRICH) if details else {}
        owners = (primary_user(job.delivery, details.get(job.delivery.call_id)) for job in jobs)
        return _Answers(details, monologues, await self._names(self._gong, {owner for owner in owners if owner}))

    async def _names(self, gong: Gong, user_ids: Collection[str]) -> dict[str, User]:
        """Most are in the call too: a key without the scope to read users, or the end of a budget, holds up nothing."""
        try:
            return await gong.users(user_ids)
        except (Unavailable, BudgetSpent, Rejected) as down:
            log.warning("calls are stored without Gong's names of their owners: %s", down)
            return {}

    def _put_together(self, job: Job, answers: _Answers | None, is_last: Callable[[Job], bool]) -> Processed:
        delivery = job.delivery
        if answers is None:
            call = assemble(delivery, None, None, {}, TranscriptState.UNASKED)
            return Processed(job, replace(call, quality=score(call)), found=True)
        details, monologues = answers.details.get(delivery.call_id), answers.monologues.get(delivery.call_id)
        state = TranscriptState.READY if monologues else TranscriptState.PENDING
        if state is TranscriptState.PENDING and is_last(job):
            state = TranscriptState.ABSENT
        call = assemble(delivery, details, monologues, answers.users, state)
        return Processed(job, replace(call, quality=score(call)), found=details is not None)

    async def _timed(self, stage: str, work: Awaitable[T]) -> T:
        start = time.perf_counter()
        try:
            return await work
        finally:
            self._on_stage(stage, time.perf_counter() - start)
