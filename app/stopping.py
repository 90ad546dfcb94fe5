"""SIGTERM before a server listens for it, while modules are imported: process 1 of a container would not hear it."""

from __future__ import annotations

import signal
import sys
from types import FrameType


def heed_sigterm() -> None:
    """From now on, and until somebody else takes it over."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(_: int, __: FrameType | None) -> None:
    sys.exit(0)
