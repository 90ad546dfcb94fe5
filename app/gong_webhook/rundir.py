"""The folder of one running service: its processes' metrics, and the mark that it is to be left alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.gong_webhook import slots
from app.gong_webhook.settings import Settings


def of(settings: Settings) -> Path:
    """Two services of one machine have two ports, hence two folders."""
    return Path(settings.run_dir or Path(tempfile.gettempdir(), f"gong-webhook-{settings.port}"))


def prepare(folder: Path) -> None:
    """At the start, once for all processes: what an earlier run left says nothing of this one."""
    slots.prepare(folder)
    draining(folder).unlink(missing_ok=True)


def draining(folder: Path) -> Path:
    return folder / "draining"
