"""How single things look as text: values, paths, places, colours. Colour and links only where a terminal shows them."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chartgen.kube.identity import pod_template_path
from chartgen.model import ABSENT, HIDDEN, Mark, ObjectId, ObjectPath, Tree
from chartgen.spelling import path

CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
INVISIBLE = re.compile(r"\x1b\]8;;.*?\x1b\\|\x1b\[[0-9;]*m")
PLAIN = re.compile(r"[\w./~+-]([^\s:,{}\[\]#\"'`]|:(?=\S)| (?=[^\s#]))*")
NOT_TEXT = re.compile(
    r"[-+.]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|0[xob]\w+|true|false|null|yes|no|on|off|y|n|~|"
)
DIGEST = re.compile(r"[0-9a-f]{32,128}")
LONG = 80
"""Characters of two paths together, from which on the folders that they share are left out."""


@dataclass(frozen=True, slots=True)
class Style:
    """What the stream can show. `width` 0 means that nothing is shortened or wrapped."""

    colour: bool = False
    width: int = 0

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{CODES[colour]}m{text}\x1b[0m" if self.colour and text else text

    def place(self, mark: Mark | None, folder: str = "") -> str:
        """A place, relative to a folder; a link in a terminal (OSC 8)."""
        if mark is None:
            return "(unset)"
        text = str(mark).removeprefix(f"{folder}/")
        if not self.colour or not mark.line:
            return text
        return f"\x1b]8;;{Path(mark.file).absolute().as_uri()}#L{mark.line}\x1b\\{text}\x1b]8;;\x1b\\"

    def arrow(self, before: Tree, after: Tree, room: int = 0) -> str:
        """Two values, in at most `room` columns if that is not 0."""
        left, right = both(before, after, room)
        return f"{self.paint(left, 'red')} → {self.paint(right, 'green')}"


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
    if tree is ABSENT:
        return "(none)"
    if tree is HIDDEN:
        return "(secret)"
    if isinstance(tree, str):
        is_plain = PLAIN.fullmatch(tree) and not NOT_TEXT.fullmatch(tree.lower())
        return tree if is_plain else json.dumps(tree, ensure_ascii=False)
    if isinstance(tree, Mapping):
        return "{" + ", ".join(f"{value(name)}: {value(below)}" for name, below in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(value(below) for below in tree) + "]"
    return json.dumps(int(tree) if isinstance(tree, float) and tree.is_integer() else tree)


def both(before: Tree, after: Tree, width: int = 0) -> tuple[str, str]:
    """Two values; of long paths, without the folders that they share."""
    texts = [value(before), value(after)]
    if isinstance(before, str) and isinstance(after, str) and sum(map(len, texts)) > LONG:
        shared = _shared(before, after)
        texts = [f"…{text[shared:]}" for text in (before, after)] if shared else texts
    return shorten(texts[0], width // 2), shorten(texts[1], width // 2)


def _shared(before: str, after: str) -> int:
    """How many characters the folders take that both paths begin with."""
    alike = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    return max(before.rfind("/", 0, alike), 0)


def is_derived(before: Tree, after: Tree) -> bool:
    """Whether a change is one of digests: it only says that what was hashed has changed."""
    return all(isinstance(tree, str) and DIGEST.fullmatch(tree) for tree in (before, after))


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
