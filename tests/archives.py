"""Small repositories in one text: each file after a line `-- path --`. `base.txt` is one that most begin with."""

from __future__ import annotations

import re
from pathlib import Path

FILE = re.compile(r"^-- (\S+) --\n", re.MULTILINE)


def files_of(text: str) -> dict[str, str]:
    """The files that follow in a text, after what stands before the first of them."""
    _, *parts = FILE.split(text)
    return dict(zip(parts[::2], parts[1::2], strict=True))


BASE = files_of(Path(__file__).with_name("base.txt").read_text())
