"""The places of scalars in values: whether a key on the way to one is called secret, and trees with others in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import NamedTuple, TypeAlias

from chartgen.model import Key, Tree
from chartgen.secrets.words import is_holder, is_inside, sounds_secret

Steps: TypeAlias = "tuple[str | int, ...]"
NAMED_VALUE = frozenset({"name", "value"})
NAMING = frozenset({"name", "secretName"})
ENTRIES = frozenset({"key", "secretKey"})
"""Beside the name of a Secret, the name of an entry, as in a secretKeyRef."""


class Leaf(NamedTuple):
    """A scalar, or an empty mapping or list; `sounds` says that it stands under a key that is called like a secret."""

    steps: Steps
    value: Tree
    sounds: bool


def leaves(tree: Tree, key: Key = ()) -> Iterator[Leaf]:
    """Each leaf of what stands at a values key; steps begin with this key."""
    return _leaves(tree, key, reduce(lambda parent, name: is_inside(name, parent=parent), key, False))  # noqa: FBT003


def _leaves(tree: Tree, steps: Steps, sounds: bool) -> Iterator[Leaf]:  # noqa: FBT001
    if isinstance(tree, Mapping) and tree:
        for name, value in tree.items():
            inside = _sounds(tree, name, parent=sounds)
            holds = is_holder(name) or sounds if isinstance(value, Mapping | list) and value else True
            yield from _leaves(value, (*steps, name), inside and holds)
    elif isinstance(tree, list) and tree:
        for place, value in enumerate(tree):
            # an item with more than a name and a value says by its keys what of it is secret
            is_plain = not isinstance(value, Mapping) or value.keys() <= NAMED_VALUE
            yield from _leaves(value, (*steps, place), sounds and is_plain)
    else:
        yield Leaf(steps, tree, sounds)


def _sounds(tree: Mapping[str, Tree], name: str, *, parent: bool) -> bool:
    if name in ENTRIES and not NAMING.isdisjoint(tree):
        return False
    if name == "value" and isinstance(tree.get("name"), str):
        return parent or sounds_secret(tree["name"])
    return is_inside(name, parent=parent)


def replaced(tree: Tree, by: Mapping[Steps, Tree], steps: Steps = ()) -> Tree:
    """The tree with some of its leaves replaced, by their steps."""
    if isinstance(tree, Mapping) and tree:
        return {name: replaced(value, by, (*steps, name)) for name, value in tree.items()}
    if isinstance(tree, list) and tree:
        return [replaced(value, by, (*steps, place)) for place, value in enumerate(tree)]
    return by.get(steps, tree)
