"""What a cluster's folder tells of it, and what else is found by that."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from .layout import LOGS, Layout

NAME = "cluster.json"


class Record(NamedTuple):
    """`pid`: of the first process on the host, 0 while there is none."""

    layout: Layout
    pid: int


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
    control = str(layout.control).encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if control in (folder / "cmdline").read_bytes().split(b"\0"):
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
