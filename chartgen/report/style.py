"""How single things look as text: values, paths, places, colours. Colour and links only where a terminal shows them."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from chartgen.keypath import path
from chartgen.kube.identity import pod_template_path
from chartgen.model import ABSENT, MOVING, Hidden, Mark, ObjectId, ObjectPath, Target, Tree, Written

CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
INVISIBLE = re.compile(r"\x1b\]8;;.*?\x1b\\|\x1b\[[0-9;]*m")
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What would steer a terminal, or turn the direction of text: values and names come from whoever wrote them."""
OWN = re.compile(rf"(\x1b\[(?:0|{'|'.join(CODES.values())})m|\x1b\]8;;(?:file://[!-~]*)?\x1b\\)")
PLAIN = re.compile(r"[\w./~+-]([^\s:,{}\[\]#\"'`\x00-\x1f\x7f-\x9f]|:(?=[^\s\x00-\x1f])| (?=[^\s#]))*")
NOT_TEXT = re.compile(
    r"[-+.]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|0[xob]\w+|true|false|null|yes|no|on|off|y|n|~|"
)
CONTEXT = 8
"""Characters that are kept of what two values share, beside the first and the last one in which they differ."""


class Style(NamedTuple):
    """What the stream can show. `width` 0 means that nothing is shortened or wrapped."""

    colour: bool = False
    width: int = 0

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{CODES[colour]}m{text}\x1b[0m" if self.colour and text else text

    def place(self, mark: Mark | None, folder: str = "") -> str:
        """A place, relative to a folder; a link in a terminal (OSC 8)."""
        if mark is None:
            return "(unset)"
        text = place(mark).removeprefix(f"{folder}/") if folder else place(mark)
        if not self.colour or not mark.line or isinstance(mark.file, str):
            return text
        return f"\x1b]8;;{Path(mark.file).absolute().as_uri()}#L{mark.line}\x1b\\{text}\x1b]8;;\x1b\\"

    def arrow(self, before: Tree, after: Tree, room: int = 0) -> str:
        """Two values, in at most `room` columns if that is not 0."""
        left, right = both(before, after, room)
        return f"{self.paint(left, 'red')} → {self.paint(right, 'green')}"

    def safe(self, line: str) -> str:
        """A line with nothing in it that steers a terminal but what this style has put there."""
        parts = OWN.split(line) if self.colour else [line]
        parts[::2] = [UNSAFE.sub(lambda found: json.dumps(found[0])[1:-1], part) for part in parts[::2]]
        return "".join(parts)


def display(file: Path | str) -> str:
    """A file as it is shown: relative to where the user stands, unless that leads outside."""
    if isinstance(file, str):
        return file
    relative = os.path.relpath(file)
    return str(file) if relative.startswith("..") else relative


def place(mark: Mark) -> str:
    """`file:line:column`, as far as it is known."""
    numbers = [number for number in (mark.line, mark.column) if number] if mark.line else []
    return ":".join([display(mark.file), *map(str, numbers)])


def hinted(hint: str, mark: Mark | None) -> str:
    """A hint with the place that it speaks of."""
    return hint.replace("{where}", place(mark)) if mark else hint


def chart(target: Target) -> str:
    """A chart by its folder; by the folder's name for who stands in it."""
    shown = display(target.directory)
    return target.directory.resolve().name if shown == "." else shown


def visible(text: str) -> int:
    """Columns that a painted text takes."""
    return len(INVISIBLE.sub("", text))


def shorten(text: str, width: int) -> str:
    """At most `width` characters, with an ellipsis in place of the middle."""
    if not width or len(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def value(tree: Tree) -> str:
    """A value on one line, in YAML's flow style; text that YAML would read as something else is quoted."""
    if tree is ABSENT or tree is MOVING or isinstance(tree, Hidden):
        return "(none)" if tree is ABSENT else repr(tree)
    if isinstance(tree, str):
        is_plain = PLAIN.fullmatch(tree) and not NOT_TEXT.fullmatch(tree.lower())
        return str(tree) if is_plain or isinstance(tree, Written) else json.dumps(tree, ensure_ascii=False)
    if isinstance(tree, Mapping):
        return "{" + ", ".join(f"{value(name)}: {value(below)}" for name, below in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(value, tree)) + "]"
    return json.dumps(int(tree) if isinstance(tree, float) and tree.is_integer() else tree)


def both(before: Tree, after: Tree, width: int = 0) -> tuple[str, str]:
    """Two values, in at most `width` columns if that is not 0: what they share goes first, so they still differ."""
    left, right = value(before), value(after)
    if not width or len(left) + len(right) <= width:
        return left, right
    excess = (len(left) + len(right) - width) // 2 + len("……")
    head = _alike(left, right)
    tail = min(_alike(left[::-1], right[::-1]), len(left) - head, len(right) - head)
    tail = min(max(tail - CONTEXT, 0), excess)
    head = min(max(head - CONTEXT, 0), excess - tail)
    left, right = (_cut(text, head, tail) for text in (left, right))
    # the shorter of the two keeps what it needs, up to half
    shorter = min(len(left), len(right), width // 2)
    return (
        shorten(left, shorter if len(left) <= len(right) else width - shorter),
        shorten(right, width - shorter if len(left) <= len(right) else shorter),
    )


def _alike(left: str, right: str) -> int:
    """How many characters both begin with."""
    pairs = zip(left, right, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _cut(text: str, head: int, tail: int) -> str:
    return f"{'…' * bool(head)}{text[head : len(text) - tail]}{'…' * bool(tail)}"


def short_path(steps: ObjectPath, obj: ObjectId) -> str:
    """A path without the way to the pod template, which every workload has: `…[dv-pipecat].image`."""
    template = pod_template_path(obj.group, obj.kind)
    if template is None or steps[: len(template)] != template:
        return path(steps)
    below = steps[len(template) :]
    if below[:2] == ("spec", "containers") and below[2:]:
        return "…" + path(below[2:])
    if below[:2] == ("metadata", "annotations") and below[2:]:
        return path(below[2:])[2:-2] if path(below[2:]).startswith("[") else path(below[2:])
    if not template:
        return path(steps)
    return "…" + path(below if below[:1] == ("spec",) else (template[-1], *below))
