"""Values files → values: the merge that Helm makes of them, and which line of which file set each key.

Helm's parser says what a file means; PyYAML's node tree says only where each key stands. The merge follows Helm's
`MergeMaps`: mappings merge, anything else replaces, null included (it deletes the chart's default when Helm coalesces).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import yaml

from chartgen.errors import ValuesError
from chartgen.goyaml import loader
from chartgen.model import ABSENT, Absent, Finding, Key, Layer, Mark, Severity, Target, Tree, Values

MAX_POSITIONS = 1_000_000
"""More keys than this, aliases followed, are an anchor bomb and no values file."""
_Tree: TypeAlias = "dict[str, tuple[Mark, _Tree]]"
"""Each key's place and the keys below it."""


def merge(base: Values, over: Values) -> dict[str, Tree]:
    """`over` laid on `base`; neither is changed. A null of `over` stays, for Helm to delete the default with."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged


def merge_all(layers: Iterable[Layer]) -> dict[str, Tree]:
    """The values of all layers, the last one winning."""
    merged: dict[str, Tree] = {}
    for layer in layers:
        merged = merge(merged, layer.values)
    return merged


def leaves(tree: Tree, key: Key = ()) -> Iterator[tuple[Key, Tree]]:
    """Each value that is not a mapping with something in it, with its key, in order."""
    if isinstance(tree, Mapping) and tree:
        for name, value in tree.items():
            yield from leaves(value, (*key, name))
    else:
        yield key, tree


def at(tree: Tree, key: Key) -> Tree | Absent:
    """The value at a key, or ABSENT."""
    for name in key:
        if not isinstance(tree, Mapping) or name not in tree:
            return ABSENT
        tree = tree[name]
    return tree


class Loaded(NamedTuple):
    """A target with its values, lowest layer first, the chart's own; `overlay` is all the others, merged."""

    target: Target
    layers: tuple[Layer, ...]
    overlay: Values


class Positions:
    """Where each key of one YAML text stands, and what is wrong with how it is written."""

    def __init__(self, text: str, file: str) -> None:
        self.findings: list[Finding] = []
        self._file = file
        self._count = 0
        documents = self._compose(text.removeprefix("\ufeff"))
        self.marks: dict[Key, Mark] = dict(_flat(self._tree(documents[0], ()), ())) if documents else {}
        for document in documents[1:]:
            self._finding(
                "several-documents",
                document,
                "",
                "Helm's SDK reads only the first document of a values file",
                "keep one document in a file; use several -f for several layers",
            )

    def _compose(self, text: str) -> list[yaml.Node]:
        try:
            return list(yaml.compose_all(text, Loader=loader.Loader))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"{self._file}:{mark.line + 1}:{mark.column + 1}" if mark else self._file
            raise ValuesError(f"not YAML: {getattr(error, 'problem', error)}", where=where) from error

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(self._file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _finding(self, rule: str, node: yaml.Node, subject: str, message: str, hint: str) -> None:
        self.findings.append(Finding(rule, Severity.ERROR, subject, self._mark(node), message, hint))

    def _tree(self, node: yaml.Node, key: Key) -> _Tree:
        """The keys below a node. A key replaces what the same key held before, also where a merge key brought it."""
        found: _Tree = {}
        seen: dict[str, Mark] = {}
        for name_node, value_node in node.value if isinstance(node, yaml.MappingNode) else ():
            if name_node.tag == loader.MERGE:
                for merged in reversed(value_node.value) if value_node.id == "sequence" else [value_node]:
                    found.update(self._tree(merged, key))
                continue
            name = loader.key(name_node)
            self._check(name_node, (*key, name), seen.get(name))
            seen[name] = self._mark(name_node)
            found[name] = (seen[name], self._tree(value_node, (*key, name)))
            self._count += 1
            if self._count > MAX_POSITIONS:
                raise ValuesError("its aliases expand to more than a million keys", where=self._file)
        return found

    def _check(self, node: yaml.Node, key: Key, before: Mark | None) -> None:
        subject = ".".join(key)
        if key[-1] != str(node.value):
            message = f"YAML reads the key `{node.value}` as `{key[-1]}`"
            self._finding("key-not-text", node, subject, message, "quote it")
        if before:
            message = f"`{subject}` is set twice in this file, first at line {before.line}; the last one wins"
            self._finding("duplicate-key", node, subject, message, "keep one of the two")


def _flat(tree: _Tree, key: Key) -> Iterator[tuple[Key, Mark]]:
    for name, (mark, below) in tree.items():
        yield (*key, name), mark
        yield from _flat(below, (*key, name))


def origin(key: Key, layers: Sequence[tuple[Layer, Positions | None]]) -> Mark | None:
    """Where the value at `key` comes from: the last layer that sets the key, or a parent of it to something else.

    None where no layer sets it. What one overlay sets a parent to does not count where a later one makes it a mapping
    again: Helm then fills that from the chart's own values, the first layer.
    """
    overlays = layers[1:]
    for index in range(len(overlays) - 1, -1, -1):
        layer, positions = overlays[index]
        part = _set_by(layer.values, key)
        if part:
            if any(isinstance(at(later.values, part), Mapping) for later, _ in overlays[index + 1 :]):
                break
            return _place(part, layer, positions)
    for layer, positions in layers[:1]:
        part = _set_by(layer.values, key)
        return _place(part, layer, positions) if part else None
    return None


def _set_by(values: Values, key: Key) -> Key:
    """The key, or the parent of it that is not a mapping, if `values` have either; else nothing."""
    for length in range(1, len(key) + 1):
        value = at(values, key[:length])
        if value is ABSENT or length == len(key) or not isinstance(value, Mapping):
            return () if value is ABSENT else key[:length]
    return ()


def _place(key: Key, layer: Layer, positions: Positions | None) -> Mark:
    return positions.marks.get(key, Mark(layer.name)) if positions else Mark(layer.name)
