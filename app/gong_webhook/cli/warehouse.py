"""migrate: the tables."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack

import click

from app.environment import read
from app.gong_webhook import parts
from app.gong_webhook.settings import Settings


@click.command()
def migrate() -> None:
    """Make and alter what the warehouse lacks; run it as often as you like."""
    asyncio.run(_migrate())


async def _migrate() -> None:
    async with AsyncExitStack() as closing:
        for line in await parts.warehouse(read(Settings, os.environ), closing).migrate() or ["nothing to do"]:
            click.echo(line)
