"""serve, worker, all: what runs until it is stopped."""

from __future__ import annotations

import os
from math import ceil

import click

from app.environment import read
from app.gong_webhook import logs, parts, rundir
from app.gong_webhook.settings import Settings

# an ingress keeps its connections for 60 s; a server that closes first races with the next request
KEEP_ALIVE_SECONDS = 75


@click.command()
def serve() -> None:
    """Receive webhooks: acknowledge what is safely queued, nothing else.

    WORKERS processes on HOST and PORT, with /health and /metrics.
    """
    _run("serve", read(Settings, os.environ).workers)


@click.command()
def worker() -> None:
    """Process what is queued: ask Gong, store, reconcile. One process, with /health and /metrics on HOST and PORT."""
    _run("worker", 1)


@click.command("all")
def all_() -> None:
    """Both in one process, which is what a laptop needs; makes the tables that are missing."""
    _run("everything", 1)


def _run(role: str, processes: int) -> None:
    import uvicorn

    settings = read(Settings, os.environ)
    logs.configure(settings.log_level, role, settings.release_track)
    parts.check(settings)
    rundir.prepare(rundir.of(settings))
    uvicorn.run(
        f"app.gong_webhook.service:{role}",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=processes,
        log_config=None,
        access_log=False,
        server_header=False,
        # nobody asks who the client is; Gong's signature says it
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=ceil(settings.webhook_timeout_seconds) + 1,
    )
