"""Where what a template prints is written: Helm tells no line, so the template's own text is searched."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from chartgen.model import Mark


def place(directory: Path, template: str, kind: str = "", text: str = "") -> Mark:
    """The file of a template, known by Helm's name for it, and a line where it is sure.

    That is the only line that holds `text`, not within a word, or else the only one that says `kind`. A template of a
    packed subchart has no file: it keeps Helm's name.
    """
    file = file_of(directory, template)
    if file is None:
        return Mark(template)
    lines = _lines(file, file.stat().st_mtime_ns)
    said = re.compile(rf"""\s*(-\s+)?["']?kind["']?\s*:\s*["']?{re.escape(kind)}["']?\s*(#.*|\{{\{{.*)?""")
    whole = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
    for found in (
        [number for number, line in enumerate(lines, 1) if text and whole.search(line)],
        [number for number, line in enumerate(lines, 1) if kind and said.fullmatch(line)],
    ):
        if len(found) == 1:
            line = lines[found[0] - 1]
            return Mark(file, found[0], len(line) - len(line.lstrip()) + 1)
    return Mark(file)


def file_of(directory: Path, template: str) -> Path | None:
    """The file that Helm calls `web/templates/a.yaml`: the first part is the chart's name, whatever its folder's is."""
    file = directory.joinpath(*template.split("/")[1:])
    return file if file.is_file() else None


@lru_cache(maxsize=256)
def _lines(file: Path, changed: int) -> list[str]:
    del changed  # a file that has changed is read anew
    return file.read_text("utf-8", "replace").splitlines()
