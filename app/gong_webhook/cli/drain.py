"""drain: for the end of a pod, whose others take its traffic meanwhile."""

from __future__ import annotations

import os
import time

import click

from app.environment import read
from app.gong_webhook import rundir
from app.gong_webhook.settings import Settings
from app.waiting import Seconds


@click.command()
@click.option(
    "--seconds",
    type=Seconds(),
    default=0.0,
    show_default=True,
    help="Return only then, so that proxies can notice.",
)
def drain(seconds: float) -> None:
    """Mark the service of this RUN_DIR as leaving: /health?ready answers 503. For a preStop hook."""
    rundir.drain(rundir.of(read(Settings, os.environ)))
    time.sleep(seconds)
