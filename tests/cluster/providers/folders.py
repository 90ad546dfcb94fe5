"""Which folder a run's cluster has: two runs at once have two, and a run that was killed leaves its own to the next."""

from __future__ import annotations

import fcntl
from itertools import count
from pathlib import Path
from typing import TextIO

KEPT = "kept"


def claim(parent: Path) -> tuple[Path, TextIO]:
    """A folder of nobody else, as long as the file stays open; it may hold what a run that was killed has left."""
    parent.mkdir(parents=True, exist_ok=True)
    for number in count():
        lock = (parent / f"run-{number}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            return parent / f"run-{number}", lock
    raise AssertionError  # count() does not end
