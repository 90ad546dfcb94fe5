"""Where what a template prints is written: Helm tells no line, so the template's own text is searched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from chartgen.goyaml.loader import Loader
from chartgen.model import Mark

COMMENT = re.compile(r"(^|\s)#.*|\{\{-?\s*/\*.*?(\*/\s*-?\}\}|$)")


def place(directory: Path, template: str, kind: str, text: str = "") -> Mark:
    """The file of a template, known by Helm's name for it, and a line where it is sure.

    Where one line of the file says `kind`, that is the line; or the only one from there to the end of the document that
    holds `text`, as words of their own. A template of a packed subchart has no file: it keeps Helm's name.
    """
    file = file_of(directory, template)
    if file is None:
        return Mark(template)
    lines = _lines(file, file.stat().st_mtime_ns)
    said = re.compile(rf"""\s*(-\s+)?["']?kind["']?\s*:\s*["']?{re.escape(kind)}["']?\s*(\{{\{{.*)?""")
    kinds = [number for number, line in enumerate(lines) if said.fullmatch(line)]
    if len(kinds) != 1:
        return Mark(file)
    found = _only(lines, kinds[0], text) if text else None
    number = kinds[0] if found is None else found
    return Mark(file, number + 1, len(lines[number]) - len(lines[number].lstrip()) + 1)


def _only(lines: Sequence[str], start: int, text: str) -> int | None:
    """The only line with a text, from one line to the end of its document."""
    end = next((number for number in range(start, len(lines)) if lines[number].startswith("---")), len(lines))
    whole = re.compile(rf"(?<![\w-]){re.escape(text)}(?=[\s,}}\]\"']|$)")
    found = [number for number in range(start, end) if whole.search(lines[number])]
    return found[0] if len(found) == 1 else None


def file_of(directory: Path, template: str) -> Path | None:
    """The file that Helm calls `web/templates/a.yaml`: what stands first is the chart's name, and not its folder's."""
    _, *parts = template.split("/")
    folder: Path | None = directory
    while folder and len(parts) > 1 and parts[0] == "charts":
        folder = subchart(folder, parts[1])
        parts = parts[2:]
    file = folder.joinpath(*parts) if folder else None
    return file if file and file.is_file() else None


def subchart(directory: Path, name: str) -> Path | None:
    """The folder of a subchart, by its name or its alias; None where it is packed."""
    dependencies = _metadata(directory).get("dependencies")
    for each in dependencies if isinstance(dependencies, list) else ():
        if isinstance(each, dict) and each.get("alias") == name:
            name = str(each.get("name"))
    folders = sorted(path.parent for path in (directory / "charts").glob("*/Chart.yaml"))
    return next((folder for folder in folders if _metadata(folder).get("name") == name), None)


def _metadata(directory: Path) -> Mapping[str, Any]:
    try:
        found = yaml.load((directory / "Chart.yaml").read_text("utf-8", "replace"), Loader=Loader)  # noqa: S506 - a safe one
    except (OSError, yaml.YAMLError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@lru_cache(maxsize=256)
def _lines(file: Path, changed: int) -> list[str]:
    """The lines of a template without their comments."""
    del changed  # a file that has changed is read anew
    return [COMMENT.sub("", line) for line in file.read_text("utf-8", "replace").splitlines()]
