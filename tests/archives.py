"""Small repositories in one text: each file after a line `-- path --`. `base.txt` is one that most begin with."""

from __future__ import annotations

import re
from pathlib import Path

BASE = (Path(__file__).parent / "base.txt").read_text()
FILE = re.compile(r"^-- (\S+) --\n", re.MULTILINE)


def files_of(text: str) -> dict[str, str]:
    """The files that follow in a text, after what stands before the first of them."""
    _, *parts = FILE.split(text)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def write_files(folder: Path, text: str) -> None:
    for name, content in files_of(text).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
