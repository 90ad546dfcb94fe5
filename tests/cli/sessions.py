"""What a session of a shell begins with: an environment with nothing of who runs the tests."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path


def environment() -> dict[str, str]:
    """No helm and no terminal; chartgen is that of this tree."""
    program = Path(sys.executable).parent
    return {
        "PATH": f"{program}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONWARNINGS": "error",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "HOME": "/nonexistent",
        "TMPDIR": tempfile.gettempdir(),
    }
