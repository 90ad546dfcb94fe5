"""The YAML of chartgen.yaml, with the words for what may be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from chartgen.errors import ConfigError
from chartgen.goyaml import marks
from chartgen.goyaml.depth import DepthLimit
from chartgen.keypath import did_you_mean
from chartgen.model import Mark


class Loader(DepthLimit, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Composes the file's YAML."""


class Node(NamedTuple):
    """A node of the file's YAML, with the words for what may be wrong with it."""

    raw: yaml.Node
    file: Path | str

    @property
    def mark(self) -> Mark:
        return marks.mark(self.raw, self.file)

    def error(self, message: str, hint: str = "") -> ConfigError:
        return ConfigError(message, where=self.mark, hint=hint)

    def text(self) -> str:
        if not isinstance(self.raw, yaml.ScalarNode) or not self.raw.value:
            raise self.error("expected one word or number here")
        return str(self.raw.value)

    def items(self) -> list[Node]:
        if not isinstance(self.raw, yaml.SequenceNode):
            raise self.error("expected a list here, such as [values-prod.yaml]")
        return [Node(child, self.file) for child in self.raw.value]

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        if not isinstance(self.raw, yaml.MappingNode):
            raise self.error("expected a mapping of keys and values here")
        seen: set[str] = set()
        for key, value in self.raw.value:
            node = Node(key, self.file)
            if node.text() in seen:
                raise node.error(f"`{node.text()}` is set twice here")
            seen.add(node.text())
            yield node, Node(value, self.file)

    def fields(self, known: Sequence[str], required: Sequence[str] = ()) -> dict[str, Node]:
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
