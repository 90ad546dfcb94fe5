"""Time programs that take turns, so that a slow minute of the machine falls on all of them."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# without it an editable install compiles its modules on every start, as no installed tool does
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

SCALES = (("s", 1.0), ("ms", 1e3), ("µs", 1e6))


@dataclass(frozen=True)
class Timing:
    """Wall time in seconds, sorted."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    def __str__(self) -> str:
        unit, factor = next(scale for scale in SCALES if self.median * scale[1] >= 1)
        low, middle, high = (f"{factor * run:.3g}" for run in (self.runs[0], self.median, self.runs[-1]))
        return f"{middle} {unit} ({low} to {high})" if len(self.runs) > 1 else f"{middle} {unit}"


@dataclass(frozen=True)
class Row:
    """One line of the table; without a peer where the peer's programs are not built."""

    what: str
    ours: Timing
    peer: Timing | None
    note: str


def interleaved(commands: Mapping[str, Sequence[str]], cwd: Path, rounds: int, warm: int = 1) -> dict[str, Timing]:
    """Each command once per round, in turn; the `warm` first rounds fill caches and are not counted."""
    runs: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(warm + rounds):
        for name, command in commands.items():
            seconds = timed(command, cwd)
            if turn >= warm:
                runs[name].append(seconds)
    return {name: Timing(tuple(sorted(seconds))) for name, seconds in runs.items()}


def timed(command: Sequence[str], cwd: Path, **variables: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=ENVIRONMENT | variables, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


@contextmanager
def on_cores(count: int) -> Iterator[None]:
    """Programs started inside see only the first `count` of the cores that this process may use."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
