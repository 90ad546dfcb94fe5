"""What a cluster's folder tells of it, and what else is found by that."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, NamedTuple

from .layout import LOGS, Layout

NAME = "cluster.json"
# for a lock: now or not at all
AT_ONCE = fcntl.LOCK_EX | fcntl.LOCK_NB


class Record(NamedTuple):
    """`pid`: of the first process on the host, 0 while there is none."""

    layout: Layout
    pid: int


@contextmanager
def alone(state: Path, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Two at once would end each other's cluster. `how`: with AT_ONCE, raises BlockingIOError instead of waiting."""
    path = state.with_name(f".{state.name}.lock")
    while True:
        with path.open("w") as lock:
            fcntl.flock(lock, how)
            # whoever had it before has removed the file
            if _is_at(path, lock):
                try:
                    yield
                finally:
                    path.unlink()
                return


def _is_at(path: Path, file: IO[str]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def write(record: Record) -> None:
    layout = asdict(record.layout)
    fields = {name: str(value) if isinstance(value, Path) else value for name, value in layout.items()}
    (record.layout.state / NAME).write_text(json.dumps({"layout": fields, "pid": record.pid}))


def read(state: Path) -> Record | None:
    try:
        found = json.loads((state / NAME).read_text())
    except FileNotFoundError:
        return None
    paths: dict[str, Any] = {key: Path(found["layout"][key]) for key in ("state", "binaries", "volumes", "registry")}
    return Record(Layout(**found["layout"] | paths), found["pid"])


def first_processes(layout: Layout) -> list[Path]:
    """Their folders in /proc: the supervisor, and whoever waits for it. By their words, as numbers are given anew."""
    control, found = str(layout.control).encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = pairwise((folder / "cmdline").read_bytes().split(b"\0"))
            if any(program.endswith(b"/supervisor.py") and socket == control for program, socket in words):
                found.append(folder)
    return found


def discard(state: Path) -> None:
    """A folder without a record: where `up` was killed before it had begun. Raises OSError where it is not ours."""
    if state.exists() and {path.name for path in state.iterdir()} - {LOGS}:
        raise OSError(f"{state} holds something that is no cluster")
    shutil.rmtree(state, ignore_errors=True)


def remove(state: Path) -> None:
    """The record goes last: what is interrupted can be done again. Raises OSError."""
    for path in state.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != NAME:
            path.unlink()
    shutil.rmtree(state)
