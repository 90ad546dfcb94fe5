"""The parts that settings ask for; each puts its closing on the given stack, and connects at its first use."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from app import redis
from app.environment import rotated_at
from app.errors import ConfigError
from app.gong_webhook.claims import Claims, RedisClaims, SqliteClaims
from app.gong_webhook.gong import Gong
from app.gong_webhook.gong.transport import OnCall, OnWait, Transport, address, authorization
from app.gong_webhook.keys import keys
from app.gong_webhook.notify import Slack, checked
from app.gong_webhook.queue import Queue
from app.gong_webhook.queue.redis import RedisQueue
from app.gong_webhook.queue.sqlite import SqliteQueue
from app.gong_webhook.ratelimit import Limiter, Limits
from app.gong_webhook.ratelimit.redis import RedisLimiter
from app.gong_webhook.ratelimit.sqlite import SqliteLimiter
from app.gong_webhook.reconcile import SETTLE
from app.gong_webhook.retries import Rules
from app.gong_webhook.settings import Settings
from app.gong_webhook.sqlite import Database
from app.gong_webhook.warehouse import Warehouse
from app.gong_webhook.warehouse.host import host
from app.gong_webhook.warehouse.sqlite import SqliteWarehouse
from app.gong_webhook.warehouse.statements import place


def check(settings: Settings) -> None:
    """Raises ConfigError where a part could not be made; connects to nothing.

    For the process that starts the others: of these, each that ends is started again, whatever it ended of.
    """
    closing = AsyncExitStack()
    keys(settings.gong_webhook_secrets.reveal())
    rotated_at(settings.secrets_rotated_at)
    stores(settings, closing)
    reconciled_window(settings)
    # and no clients of these: each imports its connector or reads all the authorities' certificates, to be thrown away
    if settings.snowflake_account:
        host(settings.snowflake_url)
        place(settings.snowflake_database, settings.snowflake_schema)
    if settings.gong_api_key:
        address(settings.gong_api_base_url)
        authorization(settings.gong_api_key.reveal())
    if settings.slack_webhook_url:
        checked(settings.slack_webhook_url.reveal())


class Stores(NamedTuple):
    """What all processes share: in Redis, or without REDIS_URL in one SQLite file."""

    queue: Queue
    limiter: Limiter
    claims: Claims


def stores(settings: Settings, closing: AsyncExitStack) -> Stores:
    if settings.redis_url:
        client = redis.connect(settings.redis_url.reveal())
        closing.push_async_callback(client.aclose)
        queue = RedisQueue(client, settings.queue_limit)
        return Stores(queue, RedisLimiter(client, limits(settings)), RedisClaims(client))
    database = Database(Path(settings.data_dir, "queue.sqlite"))
    closing.push_async_callback(database.close)
    return Stores(
        SqliteQueue(database, settings.queue_limit), SqliteLimiter(database, limits(settings)), SqliteClaims(database)
    )


def warehouse(settings: Settings, closing: AsyncExitStack) -> Warehouse:
    if not settings.snowflake_account:
        database = Database(Path(settings.data_dir, "warehouse.sqlite"))
        closing.push_async_callback(database.close)
        return SqliteWarehouse(database)
    # its connector takes a tenth of a second to import: not for those who do without
    from app.gong_webhook.warehouse.snowflake import Snowflake

    snowflake = Snowflake(
        account=settings.snowflake_account,
        user=settings.snowflake_user,
        password=settings.snowflake_password.reveal(),
        warehouse=settings.snowflake_warehouse,
        database=settings.snowflake_database,
        schema=settings.snowflake_schema,
        url=settings.snowflake_url,
    )
    closing.push_async_callback(snowflake.close)
    return snowflake


def gong(
    settings: Settings, limiter: Limiter, closing: AsyncExitStack, *, on_call: OnCall, on_wait: OnWait
) -> Gong | None:
    """None without GONG_API_KEY: then what the webhook brought is all there is."""
    if not settings.gong_api_key:
        return None
    key = settings.gong_api_key.reveal()
    client = Gong(Transport(settings.gong_api_base_url, key, limiter, on_call=on_call, on_wait=on_wait))
    closing.push_async_callback(client.close)
    return client


def slack(settings: Settings, claims: Claims, closing: AsyncExitStack) -> Slack | None:
    if not settings.slack_webhook_url:
        return None
    client = Slack(settings.slack_webhook_url.reveal(), claims)
    closing.push_async_callback(client.close)
    return client


def limits(settings: Settings) -> Limits:
    return Limits(
        per_second=settings.gong_api_rate_limit,
        burst=settings.gong_api_burst_limit,
        daily=settings.gong_api_daily_budget,
        reserve=settings.gong_api_reconcile_reserve,
    )


def reconciled_window(settings: Settings) -> timedelta:
    """Raises ConfigError where calls would fall between two windows."""
    every, window = settings.reconcile_every_seconds, timedelta(hours=settings.reconcile_window_hours)
    least = SETTLE + timedelta(seconds=every)
    if every and window < least:
        raise ConfigError(f"RECONCILE_WINDOW_HOURS must be at least {least / timedelta(hours=1):g}: the interval and 6")
    return window


def room_for_reconciled(settings: Settings) -> int:
    """Jobs in the queue beyond which reconciliation adds none: half of it is the webhooks' own."""
    return settings.queue_limit // 2


def rules(settings: Settings) -> Rules:
    return Rules(
        max_attempts=settings.max_retry_attempts,
        initial_delay=settings.initial_retry_delay,
        longest_delay=settings.max_retry_delay,
        not_ready_initial=settings.not_ready_initial_delay,
        not_ready_longest=settings.not_ready_max_delay,
        not_ready_for=settings.give_up_after,
    )
