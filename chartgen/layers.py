"""Values files → values: the merge that Helm makes of them, and which line of which file set each key.

Helm's parser says what a file means; PyYAML's node tree says only where each key stands. The merge follows Helm's
`MergeMaps`: mappings merge, anything else replaces, null included (it deletes the chart's default when Helm coalesces).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import yaml

from chartgen.errors import ValuesError
from chartgen.model import ABSENT, Absent, Finding, Key, Layer, Mark, Severity, Tree, Values

MAX_POSITIONS = 1_000_000
"""More keys than this, aliases followed, are an anchor bomb and no values file."""


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


def _helm_key(node: yaml.Node) -> str:
    """A key as Helm reads it: YAML 1.1 makes a boolean of `on` and a number of 1.0, and JSON a text of those."""
    text = str(node.value)
    if node.tag == "tag:yaml.org,2002:bool":
        return "true" if text.lower() in {"y", "yes", "on", "true"} else "false"
    if isinstance(node, yaml.ScalarNode) and node.style is None and text.lower() in {"y", "n"}:
        return "true" if text.lower() == "y" else "false"
    return text


class Positions:
    """Where each key of one YAML text stands, and what is wrong with how it is written."""

    def __init__(self, text: str, file: str) -> None:
        self.marks: dict[Key, Mark] = {}
        self.findings: list[Finding] = []
        self._file = file
        self._loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        documents = self._compose(text.removeprefix("\ufeff"))
        if documents:
            self._walk(documents[0], ())
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
            return list(yaml.compose_all(text, Loader=self._loader))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"{self._file}:{mark.line + 1}:{mark.column + 1}" if mark else self._file
            raise ValuesError(f"not YAML: {getattr(error, 'problem', error)}", where=where) from error

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(self._file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _finding(self, rule: str, node: yaml.Node, subject: str, message: str, hint: str) -> None:
        self.findings.append(Finding(rule, Severity.ERROR, subject, self._mark(node), message, hint))

    def _walk(self, node: yaml.Node, key: Key) -> None:
        if not isinstance(node, yaml.MappingNode):
            return
        seen: dict[str, Mark] = {}
        for name_node, value_node in node.value:
            if name_node.tag == "tag:yaml.org,2002:merge":
                for merged in value_node.value if value_node.id == "sequence" else [value_node]:
                    self._walk(merged, key)
                continue
            name = _helm_key(name_node)
            path = (*key, name)
            subject = ".".join(path)
            if name != str(name_node.value):
                self._finding(
                    "key-not-text",
                    name_node,
                    subject,
                    f"YAML reads the key `{name_node.value}` as `{name}`",
                    "quote it",
                )
            if name in seen:
                self._finding(
                    "duplicate-key",
                    name_node,
                    subject,
                    f"`{subject}` is set twice in this file, first at line {seen[name].line}; the last one wins",
                    "keep one of the two",
                )
            seen[name] = self.marks[path] = self._mark(name_node)
            if len(self.marks) > MAX_POSITIONS:
                raise ValuesError("its aliases expand to more than a million keys", where=self._file)
            self._walk(value_node, path)


def origin(key: Key, layers: Sequence[tuple[Layer, Positions | None]]) -> Mark | None:
    """Where the value at `key` comes from: the last layer that sets the key, or a parent of it to something else.

    None where no layer sets it.
    """
    for layer, positions in reversed(layers):
        for length in range(len(key), 0, -1):
            part = key[:length]
            value = at(layer.values, part)
            if value is ABSENT:
                continue
            if length == len(key) or not isinstance(value, Mapping):
                return positions.marks.get(part, Mark(layer.name)) if positions else Mark(layer.name)
            break
    return None
