"""Which folder a run's cluster has: two runs at once have two, and a run that was killed leaves its own to the next."""

from __future__ import annotations

import fcntl
from itertools import count
from pathlib import Path
from typing import TextIO

KEPT = "kept"
# what the logs of a local cluster that did not come up stand in
LOGS_ONLY = ".failed"


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


def beside(folder: Path) -> list[Path]:
    """Those of clusters that tests have to themselves: named like the run's, with a dash and a word behind."""
    return [path for path in all_in(folder.parent) if path.name.startswith(f"{folder.name}-")]


def all_in(parent: Path) -> list[Path]:
    """Those of clusters."""
    return [path for path in sorted(parent.glob("*")) if path.is_dir() and path.suffix != LOGS_ONLY]
