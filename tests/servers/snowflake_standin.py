"""Starts the Snowflake made of DuckDB, in the environment that it needs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".tools" / "fakesnow" / "bin" / "python"
PROGRAM = Path(__file__).with_name("fakesnow_server.py")


@contextmanager
def start(*arguments: str) -> Iterator[str]:
    """The URL that it listens at, for as long as the block runs."""
    process = subprocess.Popen([PYTHON, PROGRAM, *arguments], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()
