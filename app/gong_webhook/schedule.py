"""Reconciliation by the clock: of all processes one runs it, once in each interval."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from app.background import pause
from app.errors import ServiceError
from app.gong_webhook.claims import Claims
from app.gong_webhook.gong import Gong
from app.gong_webhook.queue import Queue
from app.gong_webhook.reconcile import reconcile
from app.gong_webhook.warehouse import Warehouse

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
RETRY_SECONDS = 300.0


class Schedule:
    """`every`: seconds; `window`: how far back the comparison goes, far enough that windows overlap.

    `most_waiting`: see `reconcile`.
    """

    def __init__(
        self,
        gong: Gong,
        warehouse: Warehouse,
        queue: Queue,
        claims: Claims,
        *,
        every: float,
        window: timedelta,
        most_waiting: int,
    ) -> None:
        self._gong = gong
        self._warehouse = warehouse
        self._queue = queue
        self._claims = claims
        self._every = every
        self._window = window
        self._most_waiting = most_waiting
        # what was claimed and failed stays with this process: nobody else may try before the claim is over
        self._is_due = False

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await pause(stop, await self._turn())

    async def _turn(self) -> float:
        """Seconds until it is looked again whether it is time."""
        try:
            self._is_due = self._is_due or await self._claims.claim("reconcile", self._every)
            if self._is_due:
                await self._once()
                self._is_due = False
        except ServiceError as error:
            log.warning("reconciliation is put off: %s", error)
            return min(RETRY_SECONDS, self._every)
        return min(LOOK_SECONDS, self._every)

    async def _once(self) -> None:
        now = datetime.now(UTC)
        found = await reconcile(
            self._gong,
            self._warehouse,
            self._queue,
            since=now - self._window,
            now=now,
            most_waiting=self._most_waiting,
        )
        fields = {**found._asdict(), "reached": found.reached.isoformat()}
        log.log(
            logging.WARNING if found.stopped else logging.INFO,
            "reconciled: %d of %d calls had not come",
            found.enqueued,
            found.listed,
            extra=fields,
        )
