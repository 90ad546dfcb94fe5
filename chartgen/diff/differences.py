"""What differs between two objects, as Kubernetes sees them.

List items are matched by their merge key; quantities are compared as amounts; YAML and JSON texts inside a ConfigMap
are opened and compared as trees. Lists without a key keep their order: of equal length they are compared place by
place, else they differ as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import yaml

from chartgen.goyaml import loader
from chartgen.kube import quantities
from chartgen.kube.shapes import Shape, root
from chartgen.model import ABSENT, Absent, Item, KubeObject, ObjectPath, Tree
from chartgen.results import Change, ObjectDiff, Pair
from chartgen.trees import same

ORDER = Item(())
"""The last step of a path that stands for the order of a list's items: no item has an empty key."""
CONFIG_MAP = ("", "ConfigMap")
DIGEST = re.compile(r"[0-9a-f]{32,128}")
Difference = tuple[ObjectPath, Tree, Tree, bool]


@lru_cache(maxsize=4096)
def opened(text: str) -> Tree:
    """The mapping or list that a text holds as JSON or as YAML of several lines, or ABSENT."""
    stripped = text.strip()
    try:
        if stripped[:1] in {"{", "["}:
            tree = json.loads(stripped)
        elif "\n" in stripped:
            tree = yaml.load(stripped, Loader=loader.Loader)  # noqa: S506
        else:
            return ABSENT
    except (ValueError, yaml.YAMLError, RecursionError):
        return ABSENT
    return tree if isinstance(tree, dict | list) else ABSENT


def _items(items: Sequence[Tree], shape: Shape) -> dict[Item, Tree] | None:
    """A list's items by their keys, or None where their places tell them apart."""
    keys = shape.keys_of(items)
    return None if keys is None else {Item(key): item for key, item in zip(keys, items, strict=True)}


def _mapping(
    before: Mapping[str, Tree], after: Mapping[str, Tree], shape: Shape, *, opens: bool
) -> Iterator[Difference]:
    for name in (*before, *(name for name in after if name not in before)):
        below = _differences(before.get(name, ABSENT), after.get(name, ABSENT), shape.field(name), opens=opens)
        yield from (((name, *path), a, b, equal) for path, a, b, equal in below)


def _sequence(before: list[Tree], after: list[Tree], shape: Shape, *, opens: bool) -> Iterator[Difference]:
    left, right = _items(before, shape), _items(after, shape)
    if left is None or right is None:
        if len(before) != len(after):
            yield (), before, after, False
            return
        left, right = dict(enumerate(before)), dict(enumerate(after))  # type: ignore[arg-type]
    for key in (*left, *(key for key in right if key not in left)):
        below = _differences(left.get(key, ABSENT), right.get(key, ABSENT), shape.item(), opens=opens)
        yield from (((key, *path), a, b, equal) for path, a, b, equal in below)
    common = [key for key in left if key in right]
    if common != [key for key in right if key in left]:
        yield (ORDER,), _order(left), _order(right), not shape.is_ordered


def _order(items: Mapping[Item, Tree]) -> list[str]:
    return [" ".join(str(part) for part in item.keys) for item in items]


def _differences(before: Tree, after: Tree, shape: Shape, *, opens: bool) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _mapping(before, after, shape, opens=opens)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _sequence(before, after, shape, opens=opens)
    elif same(before, after):
        return
    elif (
        opens
        and isinstance(before, str)
        and isinstance(after, str)
        and type(opened(before)) is type(opened(after)) is not Absent
    ):
        below = list(_differences(opened(before), opened(after), root("", "of a document"), opens=False))
        yield from below or [((), before, after, True)]
    else:
        yield (), before, after, shape.is_quantity and quantities.same_quantity(before, after)


def _opens(obj: KubeObject) -> bool:
    return (obj.id.group, obj.id.kind) == CONFIG_MAP


def differences(pair: Pair) -> ObjectDiff:
    """Each place at which the two objects of a pair differ; for an object on one side only, the object itself."""
    if pair.before is pair.after:
        return ObjectDiff(pair)
    if pair.before is None or pair.after is None:
        before = ABSENT if pair.before is None else pair.before.body
        after = ABSENT if pair.after is None else pair.after.body
        return ObjectDiff(pair, (Change((), before, after),))
    shape = root(pair.after.id.group, pair.after.id.kind)
    found = _differences(pair.before.body, pair.after.body, shape, opens=_opens(pair.after))
    return ObjectDiff(pair, tuple(Change(*each, derived=_is_derived(each)) for each in found))


def _is_derived(difference: Difference) -> bool:
    """Whether it is one of digests: it only says that what was hashed has changed."""
    _, before, after, _ = difference
    return all(isinstance(tree, str) and DIGEST.fullmatch(tree) for tree in (before, after))


def value_at(obj: KubeObject, path: ObjectPath) -> Tree | Absent:
    """What stands at a path of `differences` in an object, or ABSENT."""
    tree: Tree = obj.body
    shape = root(obj.id.group, obj.id.kind)
    for step in path:
        if isinstance(tree, str) and _opens(obj):
            tree, shape = opened(tree), root("", "of a document")
        if isinstance(step, str):
            tree = tree.get(step, ABSENT) if isinstance(tree, Mapping) else ABSENT
            shape = shape.field(step)
        else:
            tree, shape = _item_at(tree, step, shape), shape.item()
        if tree is ABSENT:
            break
    return tree


def _item_at(tree: Tree, step: int | Item, shape: Shape) -> Tree | Absent:
    if not isinstance(tree, list):
        return ABSENT
    keyed = _items(tree, shape)
    if step == ORDER:
        return ABSENT if keyed is None else _order(keyed)
    if isinstance(step, int):
        return tree[step] if step < len(tree) else ABSENT
    return ABSENT if keyed is None else keyed.get(step, ABSENT)
