"""The folder of one running service: its processes' metrics, and the mark that it is to be left alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import ConfigError
from app.gong_webhook import slots
from app.gong_webhook.settings import Settings


def of(settings: Settings) -> Path:
    """Two services of one machine have two ports, hence two folders."""
    return Path(settings.run_dir or Path(tempfile.gettempdir(), f"gong-webhook-{settings.port}"))


def prepare(folder: Path) -> None:
    """At the start, once for all processes: what an earlier run left says nothing of this one.

    The mark of a service that still runs stays: a second one on its port is about to fail. Raises ConfigError.
    """
    with _named(folder):
        slots.prepare(folder)
        _check_writable(folder)
        if not slots.in_use(folder):
            draining(folder).unlink(missing_ok=True)


def drain(folder: Path) -> None:
    """Marks the service as one to be left alone. Raises ConfigError."""
    with _named(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draining(folder).touch()


def draining(folder: Path) -> Path:
    return folder / "draining"


def _check_writable(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    """What the system has against the folder, as a mistake of the setting that names it."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"RUN_DIR: {folder} cannot be used: {error.strerror}") from None
