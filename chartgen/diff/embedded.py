"""YAML and JSON texts inside a ConfigMap, opened as far as all programs that may read them agree.

Which program reads such a text is not known, and YAML 1.1 and 1.2 take `on`, `0o7` and `12:30` for different things. So
a scalar is a text, a boolean or nothing only where it is the same in both, and else Written, as all numbers are: 1.10
may be a version. A key that would be something else without its quotes keeps them: `"on"` is not `on`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import yaml

from chartgen.goyaml import loader
from chartgen.goyaml.depth import is_too_deep
from chartgen.model import ABSENT, Absent, Masked, ObjectId, ObjectPath, Tree, Written

CONFIG_MAP = ("", "ConfigMap")
ENTRY = 2
"""Steps to an entry of a ConfigMap: `data` and its key."""
MAX_VALUES = 200_000
"""That a text may expand to, aliases followed; about what fits into the megabyte of a ConfigMap without any."""
PLAIN, TEXT = "plain", f"{loader.TAG}str"
MAPPING, SEQUENCE = f"{loader.TAG}map", f"{loader.TAG}seq"
MERGE = "<<"
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# https://yaml.org/type/ (1.1) and https://yaml.org/spec/1.2.2/#103-core-schema, each form as generous as any
WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "=", MERGE}
NUMBER = re.compile(
    r"[-+]?(0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)
DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?")


def opened(obj: ObjectId, path: ObjectPath, value: Tree) -> Tree | Absent:
    """The mapping or list that a text at a place of an object holds, or ABSENT: it is compared as text."""
    is_entry = (obj.group, obj.kind) == CONFIG_MAP and len(path) == ENTRY and path[0] == "data"
    if not is_entry or not isinstance(value, str) or isinstance(value, Masked):
        return ABSENT
    return _opened(str(path[-1]), value)


@lru_cache(maxsize=4096)
def _opened(name: str, text: str) -> Tree | Absent:
    try:
        tree = _reader(name, text)(text)
        return tree if isinstance(tree, dict | list) and not is_too_deep(tree) else ABSENT
    except (ValueError, yaml.YAMLError, RecursionError):
        return ABSENT


def _reader(name: str, text: str) -> Callable[[str], Tree | Absent]:
    """What the key says that the text is, or where it has no extension the text itself."""
    _, dot, extension = name.rpartition(".")
    if dot:
        return READERS.get(extension.lower(), _no_tree)
    if text.lstrip()[:1] in {"{", "["}:
        return _json
    return _yaml if "\n" in text.strip() else _no_tree


def _no_tree(_: str) -> Absent:
    return ABSENT


def _json(text: str) -> Tree:
    """A JSON text; numbers as they are written. Raises ValueError."""
    tree = json.loads(
        text, object_pairs_hook=_without_repeats, parse_int=Written, parse_float=Written, parse_constant=_refuse
    )
    if "\\u" in text:
        # half of a surrogate pair is no text that can be shown: this refuses it
        json.dumps(tree, ensure_ascii=False).encode()
    return tree


def _without_repeats(pairs: Sequence[tuple[str, Tree]]) -> dict[str, Tree]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is repeated")
    return found


def _refuse(name: str) -> Tree:
    raise ValueError(f"{name} is not JSON")


class _Loader(loader.Loader):
    def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
        if kind is yaml.ScalarNode:
            return PLAIN if implicit[0] else TEXT
        return super().resolve(kind, value, implicit)


def _yaml(text: str) -> Tree:
    """The only document of a YAML text. Raises yaml.YAMLError, ValueError."""
    document = yaml.compose(text, Loader=_Loader)
    return ABSENT if document is None else _Expansion().tree(document)


READERS = {"yaml": _yaml, "yml": _yaml, "json": _json}


class _Expansion:
    """The values of one document, aliases and merge keys expanded."""

    def __init__(self) -> None:
        self._values = 0

    def tree(self, node: yaml.Node) -> Tree:
        self._values += 1
        if self._values > MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES:,} values")
        if isinstance(node, yaml.MappingNode) and node.tag == MAPPING:
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode) and node.tag == SEQUENCE:
            return [self.tree(item) for item in node.value]
        if node.tag in {PLAIN, TEXT}:
            return _plain(node.value) if node.tag == PLAIN else str(node.value)
        raise ValueError(f"what {node.tag} means is not known")

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Tree]:
        own: dict[str, Tree] = {}
        merged: dict[str, Tree] = {}
        for name, value in node.value:
            if name.tag == PLAIN and name.value == MERGE:
                merged = self._merged(value)
                continue
            key = _key(name)
            if key in own:
                raise ValueError("a key is repeated")
            own[key] = self.tree(value)
        if len({name.value for name, _ in node.value}) < len(node.value):
            raise ValueError("a key is repeated")
        return merged | own

    def _merged(self, node: yaml.Node) -> dict[str, Tree]:
        """What a merge key brings; of several mappings the first that has a key counts."""
        mappings = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not all(isinstance(each, yaml.MappingNode) for each in mappings):
            raise ValueError("only mappings can be merged")
        return {name: value for each in reversed(mappings) for name, value in self.tree(each).items()}


def _key(node: yaml.Node) -> str:
    if node.tag not in {PLAIN, TEXT}:
        raise ValueError("a key is no plain scalar")
    text = str(node.value)
    return text if node.tag == PLAIN or type(_plain(text)) is str else json.dumps(text, ensure_ascii=False)


def _plain(text: str) -> Tree:
    """What a scalar without quotes is."""
    if text in loader.NULL:
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    if text.lower() in WORDS or NUMBER.fullmatch(text) or DATE.fullmatch(text):
        return Written(text)
    return text
