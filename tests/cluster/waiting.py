"""Waiting for what a cluster does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
BETWEEN_SECONDS = 0.5


def eventually(
    condition: Callable[[], Found], what: str, seconds: float = 60, between: float = BETWEEN_SECONDS
) -> Found:
    """What the condition gives once that is true; one that asserts is asked again until it no longer fails.

    `between`: seconds until it is asked again; longer for what starts programs.

    Raises AssertionError with `what` and what was seen last.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = condition()
        except AssertionError as error:
            seen: object = error
        else:
            if found:
                return found
            seen = found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s, last seen: {seen}")
        time.sleep(between)
