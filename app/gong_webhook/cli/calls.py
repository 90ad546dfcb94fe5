"""reconcile, dead-letters: calls that did not come, or did not get through."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import click

from app.environment import read
from app.errors import ConfigError
from app.gong_webhook import parts
from app.gong_webhook import reconcile as reconciling
from app.gong_webhook.model import DeadLetter
from app.gong_webhook.reconcile import Report
from app.gong_webhook.settings import Settings

SHOWN = 100
# what `--all` replays in one go
MOST_AT_ONCE = 1_000


@click.command()
@click.option("--since", default="48h", show_default=True, help="48h, 7d, 2026-11-20 (UTC) or 2026-11-20T08:00+02:00.")
@click.pass_context
def reconcile(context: click.Context, since: str) -> None:
    """Compare Gong's list of calls with the warehouse, and enqueue what never came.

    Stays inside the day's budget of API calls. Calls that started less than 6 hours ago are left to their webhooks.
    Exit status 1 if it could not compare the whole window.
    """
    now = datetime.now(UTC)
    try:
        start = reconciling.parse_since(since, now)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--since") from None
    if start >= now - reconciling.SETTLE:
        hours = reconciling.SETTLE // timedelta(hours=1)
        raise click.BadParameter(
            f"calls of the last {hours} hours are left to their webhooks: go back further", param_hint="--since"
        )
    report = asyncio.run(_reconcile(start, now))
    click.echo(
        f"{report.listed} calls at Gong since {start:%F %R %Z}: {report.known} stored, {report.enqueued} enqueued now, "
        f"{report.duplicates} enqueued before"
    )
    if report.stopped:
        click.echo(f"stopped at {report.reached:%F %R %Z}: {report.stopped}", err=True)
        context.exit(1)


async def _reconcile(since: datetime, now: datetime) -> Report:
    settings = read(Settings, os.environ)
    async with AsyncExitStack() as closing:
        stores = parts.stores(settings, closing)
        gong = parts.gong(settings, stores.limiter, closing, on_call=lambda *_: None, on_wait=lambda _: None)
        if gong is None:
            raise ConfigError("GONG_API_KEY is empty: Gong's list cannot be asked for")
        warehouse = parts.warehouse(settings, closing)
        return await reconciling.reconcile(
            gong,
            warehouse,
            stores.queue,
            since=since,
            now=now,
            most_waiting=parts.room_for_reconciled(settings),
        )


@click.group("dead-letters")
def dead_letters() -> None:
    """Calls that were given up: see why, and put them back."""


@dead_letters.command("list")
@click.option(
    "--most", default=SHOWN, show_default=True, type=click.IntRange(1, 10_000), help="How many, the latest first."
)
def list_(most: int) -> None:
    """One a line: id, when it was given up, how often it was tried, why."""
    letters = asyncio.run(_letters(most))
    for letter in letters:
        died = datetime.fromtimestamp(letter.died_at, UTC)
        click.echo(f"{letter.id}  {died:%F %T}Z  {letter.attempts} attempts  {_one_line(letter.reason)}")
    if not letters:
        click.echo("no dead letters", err=True)


@dead_letters.command()
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--all", "everything", is_flag=True, help="All of them, instead of those named.")
@click.pass_context
def replay(context: click.Context, ids: tuple[str, ...], everything: bool) -> None:  # noqa: FBT001  click's own
    """Put dead letters back into the queue, as if they had just come; their ids are what `list` shows.

    Exit status 1 if an id is no dead letter.
    """
    if bool(ids) == everything:
        raise click.UsageError("name the ids that `dead-letters list` shows, or give --all")
    count = asyncio.run(_replay(ids))
    click.echo(f"{count} put back")
    if ids and count < len(set(ids)):
        click.echo(f"{len(set(ids)) - count} of the ids are no dead letters", err=True)
        context.exit(1)


async def _letters(most: int) -> list[DeadLetter]:
    async with AsyncExitStack() as closing:
        return await parts.stores(read(Settings, os.environ), closing).queue.dead_letters(most)


async def _replay(ids: tuple[str, ...]) -> int:
    """Those that die again meanwhile are not put back twice: only as many as there were at the start."""
    async with AsyncExitStack() as closing:
        queue = parts.stores(read(Settings, os.environ), closing).queue
        if ids:
            return await queue.replay(ids)
        count = 0
        for _ in range((await queue.depth()).dead // MOST_AT_ONCE + 1):
            count += await queue.replay([letter.id for letter in await queue.dead_letters(MOST_AT_ONCE)])
        return count


def _one_line(reason: str) -> str:
    """It may quote what came from outside, and a terminal obeys what it is sent."""
    return "".join(letter if letter.isprintable() else " " for letter in reason)
