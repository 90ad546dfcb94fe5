"""Places as chartgen spells them, and what stands there: `spec.ports[80,TCP].port`, `data["app.yaml"].log.level`.

A place is not taken apart by its signs, of which a name may hold some: at each level the names that are there are
spelt, and the one that the place goes on with is followed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

import yaml

Tree: TypeAlias = Any
QUOTED = frozenset('."[]/ ')
"""A name with one of these is spelt in quotes."""
ORDER = "[order]"
MOVES = "(moves)"
"""What chartgen writes for a piece that differs from render to render."""
KEYS = (
    ("name",),
    ("mountPath",),
    ("devicePath",),
    ("containerPort", "protocol"),
    ("port", "protocol"),
    ("topologyKey", "whenUnsatisfiable"),
    ("ip",),
    ("type",),
    ("uid",),
    ("rule",),
    ("resourceClaimName",),
)
"""The fields by which Kubernetes tells items apart: list-map-keys and patch-merge-key in the schema of its API."""
DEFAULTS = {"protocol": "TCP"}
TEXT = "tag:yaml.org,2002:str"
NULL = "tag:yaml.org,2002:null"


class Absent:
    def __repr__(self) -> str:
        return "nothing"


ABSENT: Final = Absent()


def read(tree: Tree, path: str) -> Tree:
    """What stands at a place of an object, or ABSENT. Where the place leads on below a text, that is opened as YAML."""
    return _read(tree, rooted(path))


def find_key(values: Tree, spelt: str) -> tuple[str, ...] | None:
    """The values key that is spelt so, if it is there."""
    return next(_keys(values, rooted(spelt)), None)


def rooted(path: str) -> str:
    """With the sign of its first step, which is spelt without a dot."""
    return path if not path or path.startswith("[") else f".{path}"


def _keys(tree: Tree, rest: str) -> Iterator[tuple[str, ...]]:
    if not rest:
        yield ()
    for name in tree if isinstance(tree, Mapping) else ():
        left = _after(_name(name), rest)
        if left is not None:
            yield from ((name, *below) for below in _keys(tree[name], left))


def _read(tree: Tree, rest: str) -> Tree:
    if not rest:
        return tree
    opened = _opened(tree) if isinstance(tree, str) else tree
    for step, child in _steps(opened):
        left = _after(step, rest)
        found = ABSENT if left is None else _read(child, left)
        if found is not ABSENT:
            return found
    return _order(opened) if rest == ORDER and isinstance(opened, list) else ABSENT


def _after(step: str, rest: str) -> str | None:
    """What is left of a place after a step, if it begins with that; of an item whose name moves, with what does not."""
    item, bracket, beyond = rest.partition("]")
    if MOVES in item and step.startswith("["):
        pattern = ".+".join(map(re.escape, f"{item}{bracket}".split(MOVES)))
        return beyond if re.fullmatch(pattern, step) else None
    left = rest.removeprefix(step)
    return left if rest.startswith(step) and left[:1] in {"", ".", "["} else None


def _name(name: str) -> str:
    return json.dumps([name]) if not name or QUOTED & set(name) else f".{name}"


def _steps(tree: Tree) -> Iterator[tuple[str, Tree]]:
    """What stands below, each under all that it may be called: items by a key first, else by their number."""
    if isinstance(tree, Mapping):
        yield from ((_name(str(name)), child) for name, child in tree.items())
    elif isinstance(tree, list):
        yield from ((step, item) for fields in KEYS for item in tree if (step := _keyed(item, fields)))
        yield from ((f"[{number}]", item) for number, item in enumerate(tree))
        yield from ((f"[{_word(item)}]", item) for item in tree if isinstance(item, str | int))


def _keyed(item: Tree, fields: tuple[str, ...]) -> str:
    if not isinstance(item, Mapping) or fields[0] not in item:
        return ""
    parts = [DEFAULTS.get(field) if item.get(field) is None else item[field] for field in fields]
    return f"[{','.join(map(_word, parts))}]"


def _word(part: Tree) -> str:
    return json.dumps(part) if isinstance(part, bool) else str(part)


def _order(items: list[Tree]) -> Tree:
    """The items of a list by their keys, or themselves where they are scalars."""
    for fields in KEYS:
        keys = [_keyed(item, fields) for item in items]
        if all(keys):
            return keys
    return items


@lru_cache(maxsize=4096)
def _opened(text: str) -> Tree:
    """The mapping or list in a text, or ABSENT. Scalars in it that are no texts stay as they are written: 1.10."""
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return ABSENT
    return ABSENT if root is None or isinstance(root, yaml.ScalarNode) else _written(root)


def _written(node: yaml.Node) -> Tree:
    if isinstance(node, yaml.MappingNode):
        return {name.value: _written(child) for name, child in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_written(child) for child in node.value]
    if node.tag == NULL:
        return None
    return node.value if node.tag == TEXT else (node.tag, node.value)


def canonical(tree: Tree) -> str:
    """One text for all trees that are the same, types included: 1 is not 1.0, and not true."""
    if isinstance(tree, Mapping):
        inner = ", ".join(sorted(f"{name!r}: {canonical(child)}" for name, child in tree.items()))
        return f"{{{inner}}}"
    return f"[{', '.join(map(canonical, tree))}]" if isinstance(tree, list) else repr(tree)
