"""A worker with its parts: either queue, Gong's stand-in, and a warehouse in SQLite that may have a defect."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from app.gong_webhook import sample
from app.gong_webhook.metrics import Metrics
from app.gong_webhook.model import Call, Delivery
from app.gong_webhook.processing import Processor
from app.gong_webhook.queue import Queue
from app.gong_webhook.ratelimit import Limits
from app.gong_webhook.retries import Rules
from app.gong_webhook.sqlite import Database
from app.gong_webhook.warehouse.sqlite import SqliteWarehouse
from app.gong_webhook.watching import Watch
from app.gong_webhook.worker import Worker
from tests.servers.gong import StandIn
from tests.servers.gong_client import Connected, connected
from tests.servers.stores import Stores, delivery

LEASE_SECONDS = 30.0
LIMITS = Limits(per_second=2.5, burst=1, daily=10_000, reserve=1_000)
# what is put off by a delay of these rules is due again at once
AT_ONCE = Rules(
    max_attempts=3,
    initial_delay=1e-6,
    longest_delay=1e-6,
    not_ready_initial=1e-6,
    not_ready_longest=1e-6,
    not_ready_for=3e-6,
)
LATER = AT_ONCE._replace(initial_delay=600.0, longest_delay=600.0, not_ready_initial=600.0, not_ready_longest=600.0)


class Warehouse(SqliteWarehouse):
    """May have a defect: it falls over one call. May be slow: it stores nothing until it is let."""

    defect = ""
    is_slow = False

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.let = asyncio.Event()

    async def store(self, calls: Sequence[Call]) -> None:
        if self.is_slow:
            await self.let.wait()
        if self.defect in {call.call_id for call in calls}:
            raise KeyError(self.defect)
        await super().store(calls)


class Working(NamedTuple):
    worker: Worker
    queue: Queue
    gong: Connected
    warehouse: Warehouse
    database: Database

    async def put(self, *ids: str) -> None:
        await self.queue.put([received(call_id) for call_id in ids])

    async def rows(self) -> dict[str, str]:
        """The state of the transcript of each call stored."""
        found = await self.database.run(lambda db: db.execute("SELECT call_id, transcript FROM calls").fetchall())
        return dict(found)

    async def reasons(self) -> dict[str, str]:
        return {letter.delivery.call_id: letter.reason for letter in await self.queue.dead_letters(100)}

    async def turns(self, count: int) -> None:
        for _ in range(count):
            await self.worker.turn()


async def asked(standin: StandIn) -> None:
    """Returns once Gong has been asked for something."""
    while True:
        if standin.requests:
            return
        await asyncio.sleep(0.01)


def received(call_id: str) -> Delivery:
    return replace(delivery(call_id, sample.body(call_id)), received_at=time.time())


@asynccontextmanager
async def working(
    stores: Stores, metrics: Metrics, folder: Path, rules: Rules = AT_ONCE, lease: float = LEASE_SECONDS
) -> AsyncIterator[Working]:
    async def pace(_: float) -> float:
        return 0.0

    queue, limiter = stores.queue(), stores.limiter(LIMITS)
    database = Database(folder / "warehouse.db")
    warehouse = Warehouse(database)
    await warehouse.migrate()
    async with connected() as gong:
        worker = Worker(
            queue,
            Processor(gong.gong, warehouse, metrics.took),
            rules=rules,
            lease=lease,
            pace=pace,
            metrics=metrics,
            watch=Watch(None, metrics, queue, limiter, LIMITS, 0.8),
        )
        yield Working(worker, queue, gong, warehouse, database)
    await database.close()
