"""The YAML of chartgen.yaml, with the words for what may be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from chartgen.config.forms import Form
from chartgen.errors import ConfigError
from chartgen.goyaml import marks
from chartgen.goyaml.depth import DepthLimit
from chartgen.keypath import did_you_mean
from chartgen.model import Mark

TAG = "tag:yaml.org,2002:"
TEXTS = {f"{TAG}{kind}" for kind in ("str", "int", "float", "timestamp", "bool")}
"""What YAML may take a scalar for that is read as the text in the file: `no` is a country too."""
BOOLEANS = {"true": True, "false": False}
NUMBER = re.compile(r"[1-9][0-9]{0,8}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Loader(DepthLimit, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Composes the file's YAML."""


class Node(NamedTuple):
    """A node of the file's YAML. What each method gives is what the file must say there, or it raises ConfigError."""

    raw: yaml.Node
    file: Path | str

    @property
    def mark(self) -> Mark:
        return marks.mark(self.raw, self.file)

    def error(self, message: str, hint: str = "") -> ConfigError:
        return ConfigError(message, where=self.mark, hint=hint)

    def no_such(self, what: str, known: Collection[str]) -> ConfigError:
        """The text here names nothing that is known."""
        name = self.text()
        hint = did_you_mean(name, known, f"known: {', '.join(known) or 'none'}")
        return self.error(f"no {what} is called `{name}`", hint)

    def text(self) -> str:
        return self._printable(self._scalar())

    def prose(self) -> str:
        """A text that people read, which may stand in several lines."""
        return self._printable(" ".join(self._scalar().split()))

    def formed(self, form: Form) -> str:
        """A text of that form."""
        text = self.text()
        if not form.pattern.fullmatch(text):
            raise self.error(f"`{text}` {form.fault}", form.hint)
        return text

    def boolean(self) -> bool:
        written = str(self.raw.value).lower()
        if self.raw.tag != f"{TAG}bool" or written not in BOOLEANS:
            raise self.error("expected true or false here")
        return BOOLEANS[written]

    def number(self, limit: int, what: str) -> int:
        """A whole number from 1 to `limit`; `what` says of what, and gives an example."""
        written = str(self.raw.value)
        if self.raw.tag != f"{TAG}int" or not NUMBER.fullmatch(written) or int(written) > limit:
            raise self.error(f"expected {what} here", f"from 1 to {limit}, without quotes")
        return int(written)

    def items(self) -> list[Node]:
        if not isinstance(self.raw, yaml.SequenceNode):
            raise self.error("expected a list here, such as [values-prod.yaml]")
        return [Node(child, self.file) for child in self.raw.value]

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """The keys of a mapping, each once and a text, with their values."""
        if not isinstance(self.raw, yaml.MappingNode):
            raise self.error("expected a mapping of keys and values here")
        seen: set[str] = set()
        for key, value in self.raw.value:
            node = Node(key, self.file)
            if key.tag == f"{TAG}merge":
                raise node.error("mappings are not merged here", "write the keys out; an alias for a whole value works")
            if node.text() in seen:
                raise node.error(f"`{node.text()}` is set twice here")
            seen.add(node.text())
            yield node, Node(value, self.file)

    def fields(self, known: Sequence[str], required: Sequence[str] = ()) -> dict[str, Node]:
        """The values of a mapping that has some of the known keys, and all that are required."""
        found: dict[str, Node] = {}
        for key, value in self.pairs():
            name = key.text()
            if name not in known:
                raise key.error(f"unknown key `{name}`", did_you_mean(name, known, f"known here: {', '.join(known)}"))
            found[name] = value
        for name in required:
            if name not in found:
                raise self.error(f"`{name}` is missing here")
        return found

    def _scalar(self) -> str:
        if not isinstance(self.raw, yaml.ScalarNode) or not self.raw.value.strip():
            raise self.error("expected one word or number here")
        written = str(self.raw.value)
        if self.raw.tag not in TEXTS or (self.raw.tag == f"{TAG}bool" and written.lower() in BOOLEANS):
            raise self.error("expected text here, not null, true, false or a tag", "quote it if it is meant as text")
        return written

    def _printable(self, text: str) -> str:
        if found := CONTROL.search(text):
            raise self.error(f"the text here has the control character U+{ord(found[0]):04X}")
        return text
