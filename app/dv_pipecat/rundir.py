"""The folder of one running service: it holds the key that its own drain command shows, and nobody else can read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from app.dv_pipecat.errors import DrainFailed
from app.dv_pipecat.settings import Settings
from app.errors import ConfigError

KEY = "drain-key"
# the user that mounts a container's volumes
ROOT = 0


def of(settings: Settings) -> Path:
    """Two services of one machine have two ports, hence two folders."""
    return Path(settings.run_dir or Path(tempfile.gettempdir(), f"dv-pipecat-{settings.port}"))


def prepare(folder: Path) -> None:
    """For a service that is about to start. Raises ConfigError, also for a folder of another user's, who could look."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.lstat().st_uid not in {ROOT, os.getuid()}:
            raise ConfigError(f"RUN_DIR: {folder} belongs to another user")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigError(f"RUN_DIR: {folder} cannot be used: {error.strerror}") from None


def publish(folder: Path, key: str) -> None:
    """For a service that has the port: its folder may be that of another one, which it must not shut out."""
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
        file.write(key)
    Path(file.name).rename(folder / KEY)


def key(folder: Path) -> str:
    """For its drain command. Raises DrainFailed."""
    try:
        return (folder / KEY).read_text()
    except OSError as error:
        raise DrainFailed(f"{folder / KEY}: {error.strerror}; is the service running, with this RUN_DIR?") from None
