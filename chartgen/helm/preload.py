"""Begins to load the Helm SDK's library, so that Go gets itself ready while Python imports the rest.

It imports nothing of the SDK, which would wait for Go. It is safe to leave out.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
from pathlib import Path


def library() -> Path | None:
    """The library that the SDK will load: of its names for one and the same, it takes the one with the full version."""
    package = importlib.util.find_spec("helm_python")
    if package is None or package.origin is None or "HELM_C_LIB" in os.environ:
        return None
    found = [path for path in Path(package.origin).with_name("lib").iterdir() if path.name.startswith("libhelm_c")]
    return max(found, key=lambda path: len(path.name), default=None)


def begin() -> None:
    """Load it, to collect garbage less often than Go would: experiments leave much to collect and little to keep.

    Where that fails, loading the SDK will fail as well, and says so or gives way to the helm program.
    """
    os.environ.setdefault("GOGC", "400")
    with contextlib.suppress(OSError):
        path = library()
        if path is not None:
            ctypes.CDLL(str(path))
