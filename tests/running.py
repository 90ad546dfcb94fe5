"""What runs on this machine; on Linux without a program, for a bare one has no ps."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def command_lines() -> list[str]:
    """The words of each process, with spaces between them."""
    if not (PROC / "self").exists():
        return subprocess.check_output(["ps", "-A", "-ww", "-o", "args="], text=True).splitlines()
    found = []
    for folder in PROC.glob("[0-9]*"):
        # it may end while it is read
        with suppress(OSError):
            found.append((folder / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in found if line]
