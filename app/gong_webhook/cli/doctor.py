"""doctor: a verdict on each dependency."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack

import click

from app.gong_webhook import doctor as checks
from app.gong_webhook import parts
from app.gong_webhook.doctor import Check, State, Verdict
from app.gong_webhook.errors import ConfigError
from app.gong_webhook.keys import keys
from app.gong_webhook.parts import Stores
from app.gong_webhook.queue import Queue
from app.gong_webhook.settings import Settings, read

SOMETHING_WRONG = 1


@click.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Ask Gong, the warehouse, the queue and Slack whether they answer from here, and look at the keys.

    Costs one call of Gong's API, posts nothing to Slack. Exit status 1 if anything fails.
    """
    verdicts = asyncio.run(_verdicts(read(os.environ)))
    for verdict in verdicts:
        click.echo(f"{verdict.state:<8} {verdict.subject:<12} {verdict.words}")
    if any(verdict.state is State.FAILED for verdict in verdicts):
        context.exit(SOMETHING_WRONG)


async def _verdicts(settings: Settings) -> list[Verdict]:
    async with AsyncExitStack() as closing:
        stores = parts.stores(settings, closing)
        subjects: dict[str, Check] = {
            "keys": lambda: _keys(settings),
            "Redis" if settings.redis_url else "SQLite": lambda: _queue(stores.queue),
            "Snowflake" if settings.snowflake_account else "tables": parts.warehouse(settings, closing).check,
            "Gong": _gong(settings, stores, closing),
            "Slack": _slack(settings, stores, closing),
        }
        return await checks.examine(subjects)


async def _keys(settings: Settings) -> str:
    known = keys(settings.gong_webhook_secrets.reveal())
    if not known:
        raise ConfigError("GONG_WEBHOOK_SECRETS is empty: every webhook is refused")
    if not settings.public_webhook_url:
        raise ConfigError("PUBLIC_WEBHOOK_URL is empty: webhooks signed for another address are taken")
    return f"{', '.join(key.id for key in known)}; webhooks to {settings.public_webhook_url}"


async def _queue(queue: Queue) -> str:
    await queue.ping()
    depth = await queue.depth()
    warning = await queue.warning()
    counts = f"{depth.jobs} calls wait, {depth.dead} dead letters"
    return f"{counts}; warning: {warning}" if warning else counts


def _gong(settings: Settings, stores: Stores, closing: AsyncExitStack) -> Check:
    client = parts.gong(settings, stores.limiter, closing, on_call=lambda *_: None, on_wait=lambda _: None)
    return client.check if client else "GONG_API_KEY: only what webhooks bring is stored"


def _slack(settings: Settings, stores: Stores, closing: AsyncExitStack) -> Check:
    client = parts.slack(settings, stores.claims, closing)
    return client.check if client else "SLACK_WEBHOOK_URL: nobody is told of dead letters"
