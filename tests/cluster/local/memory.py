"""Memory is spent for speed where there is plenty of it."""

from __future__ import annotations

import re
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
PLENTY_BYTES = 8 * 2**30
# of Go, in percent of what lives: the heap grows so far before it is collected
RELAXED = "GOGC=300"


def is_plenty(meminfo: Path = MEMINFO) -> bool:
    available = re.findall(r"MemAvailable: +(\d+) kB", meminfo.read_text())[0]
    return int(available) * 1024 >= PLENTY_BYTES


def collection(meminfo: Path = MEMINFO) -> list[str]:
    """What programs of Go find in their environment, as `env` takes it."""
    return [RELAXED] if is_plenty(meminfo) else []
