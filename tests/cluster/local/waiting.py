"""Waiting for what others do in their own time."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

POLL_SECONDS = 0.05


def succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def is_done(action: Callable[[], object]) -> bool:
    try:
        action()
    except OSError:
        return False
    return True


def wait(condition: Callable[[], bool], seconds: float, complaint: str) -> None:
    """Raises TimeoutError, an OSError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(complaint)
        time.sleep(POLL_SECONDS)
