"""How deep YAML may nest. The C parser calls itself for each level: a text of brackets alone would end the process."""

from __future__ import annotations

from typing import Any

import yaml

MAX_DEPTH = 200
"""Levels. Manifests and values have about twenty; Python's own limit is reached at several hundred."""


class DepthLimit:
    """Mixed into a PyYAML loader, refuses what is nested too deeply: the loader calls these two around each node."""

    _depth = 0

    def descend_resolver(self, parent: yaml.Node | None, _: object) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            mark = parent.start_mark if parent else None
            raise yaml.composer.ComposerError(None, None, f"nested more than {MAX_DEPTH} levels deep", mark)

    def ascend_resolver(self) -> None:
        self._depth -= 1


def is_too_deep(tree: Any) -> bool:
    """Whether a tree of mappings and lists nests more levels than allowed."""
    level = [tree]
    for _ in range(MAX_DEPTH - 1):
        below = (node.values() if isinstance(node, dict) else node for node in level)
        level = [child for children in below for child in children if isinstance(child, dict | list)]
        if not level:
            return False
    return True
