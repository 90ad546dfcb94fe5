"""doctor: a verdict on each dependency."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import cache

import click

from app.environment import read
from app.errors import ConfigError
from app.gong_webhook import doctor as checks
from app.gong_webhook import parts
from app.gong_webhook.doctor import Check, State, Verdict
from app.gong_webhook.keys import keys
from app.gong_webhook.parts import Stores
from app.gong_webhook.settings import Settings

SOMETHING_WRONG = 1


@click.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Ask Gong, the warehouse, the queue and Slack whether they answer from here, and look at the keys.

    Costs one call of Gong's API, posts nothing to Slack. Exit status 1 if anything fails.
    """
    verdicts = asyncio.run(_verdicts(read(Settings, os.environ)))
    for verdict in verdicts:
        click.echo(f"{verdict.state:<8} {verdict.subject:<12} {verdict.words}")
    if any(verdict.state is State.FAILED for verdict in verdicts):
        context.exit(SOMETHING_WRONG)


async def _verdicts(settings: Settings) -> list[Verdict]:
    """Each part is made where it is asked, so that a setting which cannot be meant is a verdict on that part alone."""
    async with AsyncExitStack() as closing:

        @cache
        def stores() -> Stores:
            return parts.stores(settings, closing)

        subjects: dict[str, Check] = {
            "keys": lambda: _keys(settings),
            "Redis" if settings.redis_url else "SQLite": lambda: _queue(stores),
            "Snowflake" if settings.snowflake_account else "tables": lambda: _tables(settings, closing),
            "Gong": "GONG_API_KEY: only what webhooks bring is stored",
            "Slack": "SLACK_WEBHOOK_URL: nobody is told of dead letters",
        }
        if settings.gong_api_key:
            subjects["Gong"] = lambda: _gong(settings, stores, closing)
        if settings.slack_webhook_url:
            subjects["Slack"] = lambda: _slack(settings, stores, closing)
        return await checks.examine(subjects)


async def _keys(settings: Settings) -> str:
    known = keys(settings.gong_webhook_secrets.reveal())
    if not known:
        raise ConfigError("GONG_WEBHOOK_SECRETS is empty: every webhook is refused")
    if not settings.public_webhook_url:
        raise ConfigError("PUBLIC_WEBHOOK_URL is empty: webhooks signed for another address are taken")
    return f"{', '.join(key.id for key in known)}; webhooks to {settings.public_webhook_url}"


async def _queue(stores: Callable[[], Stores]) -> str:
    queue = stores().queue
    await queue.ping()
    depth = await queue.depth()
    warning = await queue.warning()
    counts = f"{depth.jobs} calls wait, {depth.dead} dead letters"
    return f"{counts}; warning: {warning}" if warning else counts


async def _tables(settings: Settings, closing: AsyncExitStack) -> str:
    return await parts.warehouse(settings, closing).check()


async def _gong(settings: Settings, stores: Callable[[], Stores], closing: AsyncExitStack) -> str:
    client = parts.gong(settings, stores().limiter, closing, on_call=lambda *_: None, on_wait=lambda _: None)
    return await client.check() if client else ""


async def _slack(settings: Settings, stores: Callable[[], Stores], closing: AsyncExitStack) -> str:
    client = parts.slack(settings, stores().claims, closing)
    return await client.check() if client else ""
