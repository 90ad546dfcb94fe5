"""A number for each running process: the lowest that is free, and free again once the process is gone.

prometheus_client keeps files for each process id and never deletes those of counters
(https://github.com/prometheus/client_python/issues/275). A process that takes over a number goes on with the counters
of the one before it, so that there are as many files as processes, however often they start.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from app.errors import ConfigError

LIVE = "gauge_live*"
# the user that mounts a container's volumes
ROOT = 0


def prepare(folder: Path) -> None:
    """For whoever starts the service, once, before its processes: forgets what earlier runs counted.

    Raises ConfigError for a folder of another user's, who could lead our files anywhere by links.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.lstat().st_uid not in {ROOT, os.getuid()}:
        raise ConfigError(f"RUN_DIR: {folder} belongs to another user")
    for number in _taken_once(folder):
        with _free(folder, number) as free:
            if free:
                _delete(folder, f"*_{number}.db")


def take(folder: Path) -> int:
    """A number for the calling process until it ends; a lock that the kernel lets go says so, even after SIGKILL."""
    for number in count(1):
        lock = _lock(folder, number)
        if lock is not None:
            break
    _delete(folder, f"{LIVE}_{number}.db")
    return number


def forget_ended(folder: Path) -> None:
    """Deletes the files that only speak of a running process, of those that run no longer."""
    for number in _taken_once(folder):
        with _free(folder, number) as free:
            if free:
                _delete(folder, f"{LIVE}_{number}.db")


def in_use(folder: Path) -> bool:
    """Whether a running process has a number."""
    for number in _taken_once(folder):
        with _free(folder, number) as free:
            if not free:
                return True
    return False


def _taken_once(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("*.lock"))


@contextmanager
def _free(folder: Path, number: int) -> Iterator[bool]:
    """Whether no process has it; none can take it meanwhile."""
    lock = _lock(folder, number)
    yield lock is not None
    if lock is not None:
        os.close(lock)


def _lock(folder: Path, number: int) -> int | None:
    handle = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _delete(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern):
        path.unlink(missing_ok=True)
