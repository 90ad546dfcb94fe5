"""What can be asked of any tree: a mapping, a sequence or a scalar."""

from __future__ import annotations

from collections.abc import Mapping

from chartgen.model import Tree


def same(one: Tree, other: Tree) -> bool:
    """Equal as JSON: true is not 1, at any depth, but 1 is 1.0."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
