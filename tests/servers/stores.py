"""The parts of the service that exist once for each store, by one interface, and deliveries to put into them."""

from __future__ import annotations

import hashlib
from typing import NamedTuple, Protocol

from app.gong_webhook.claims import Claims, RedisClaims, SqliteClaims
from app.gong_webhook.model import Delivery, Job
from app.gong_webhook.queue import Queue
from app.gong_webhook.queue.redis import RedisQueue
from app.gong_webhook.queue.sqlite import SqliteQueue
from app.gong_webhook.ratelimit import Limiter, Limits
from app.gong_webhook.ratelimit.redis import RedisLimiter
from app.gong_webhook.ratelimit.sqlite import SqliteLimiter
from app.gong_webhook.sqlite import Database
from app.redis import Client

NO_LIMIT = 1_000_000
# seconds that a lease or a delay may last, so that no test has to wait
LONG = 1e6
AT_ONCE = 0.0


class Stores(Protocol):
    def queue(self, limit: int = NO_LIMIT) -> Queue: ...
    def limiter(self, limits: Limits) -> Limiter: ...
    def claims(self) -> Claims: ...


class SqliteStores(NamedTuple):
    database: Database

    def queue(self, limit: int = NO_LIMIT) -> Queue:
        return SqliteQueue(self.database, limit)

    def limiter(self, limits: Limits) -> Limiter:
        return SqliteLimiter(self.database, limits)

    def claims(self) -> Claims:
        return SqliteClaims(self.database)


class RedisStores(NamedTuple):
    client: Client

    def queue(self, limit: int = NO_LIMIT) -> Queue:
        return RedisQueue(self.client, limit)

    def limiter(self, limits: Limits) -> Limiter:
        return RedisLimiter(self.client, limits)

    def claims(self) -> Claims:
        return RedisClaims(self.client)


def delivery(call_id: str, body: bytes = b"{}", received_at: float = 1_700_000_000.0) -> Delivery:
    return Delivery(call_id, body, hashlib.sha256(body).hexdigest(), received_at, request_id=f"request-of-{call_id}")


async def put_and_take(queue: Queue, *call_ids: str, lease: float = LONG) -> list[Job]:
    await queue.put([delivery(call_id) for call_id in call_ids])
    return await queue.take(len(call_ids), lease)
