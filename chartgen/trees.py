"""What can be asked of any tree: a mapping, a sequence or a scalar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from chartgen.model import ABSENT, MOVING, Absent, Key, Masked, Tree, Values, Written


def same(one: Tree, other: Tree) -> bool:
    """Equal as JSON: true is not 1, at any depth, but 1 is 1.0. What is Written is no text: the text "1" is not 1."""
    if one is other:
        return True
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and all(isinstance(one, kind) == isinstance(other, kind) for kind in (bool, Written))


def fits(masked: Masked, text: str) -> bool:
    """Whether a text may be one of those that a masked one stands for: its fixed pieces follow each other in it."""
    first, *between, last = ("", *masked.fixed) if len(masked.fixed) == 1 else masked.fixed
    place = len(first) if text.startswith(first) else -1
    for piece in between:
        found = text.find(piece, place) if place >= 0 else -1
        place = found + len(piece) if found >= 0 else -1
    return 0 <= place <= len(text) - len(last) and text.endswith(last)


def reads_as(value: Tree | Absent, wanted: Tree | Absent) -> bool:
    """Whether a value of another render reads as one of this render: the same, but for what moves in `wanted`.

    Where that is MOVING anything fits that is there, where it is Masked any text that `fits`, at any depth.
    """
    if wanted is MOVING:
        return value is not ABSENT
    if isinstance(wanted, Masked) and isinstance(value, str) and not isinstance(value, Masked):
        return fits(wanted, value)
    if isinstance(value, Mapping) and isinstance(wanted, Mapping):
        return value.keys() == wanted.keys() and all(reads_as(value[name], wanted[name]) for name in wanted)
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(reads_as, value, wanted))
    return same(value, wanted)


def moves(tree: Tree) -> bool:
    """Whether something in a tree differs from render to render."""
    return any(scalar is MOVING or isinstance(scalar, Masked) for scalar in scalars(tree))


def at(tree: Tree, key: Key) -> Tree | Absent:
    """The value at a key, or ABSENT."""
    for name in key:
        if not isinstance(tree, Mapping) or name not in tree:
            return ABSENT
        tree = tree[name]
    return tree


def leaves(tree: Tree, key: Key = ()) -> Iterator[tuple[Key, Tree]]:
    """Each value that is not a mapping with something in it, with its key, in order."""
    if isinstance(tree, Mapping) and tree:
        for name, value in tree.items():
            yield from leaves(value, (*key, name))
    else:
        yield key, tree


def children(tree: Tree) -> Iterator[Tree]:
    """What stands directly in a mapping or a list; nothing in a scalar."""
    if isinstance(tree, Mapping):
        yield from tree.values()
    elif isinstance(tree, list):
        yield from tree


def names(tree: Tree) -> Iterator[str]:
    """Every key of a tree, at any depth."""
    if isinstance(tree, Mapping):
        yield from tree
    yield from chain.from_iterable(map(names, children(tree)))


def scalars(tree: Tree) -> Iterator[Tree]:
    """Every scalar of a tree, in order."""
    if isinstance(tree, Mapping | list):
        yield from chain.from_iterable(map(scalars, children(tree)))
    else:
        yield tree


def with_value(tree: Values, key: Key, value: Tree) -> dict[str, Tree]:
    """A copy of `tree` with another value at `key`; what is not on the way is shared."""
    copy = dict(tree)
    if len(key) == 1:
        copy[key[0]] = value
    else:
        below = copy.get(key[0])
        copy[key[0]] = with_value(below if isinstance(below, Mapping) else {}, key[1:], value)
    return copy


def without(tree: Values, key: Key) -> dict[str, Tree]:
    """A copy of `tree` without the value at `key`, if there is one."""
    copy = dict(tree)
    if len(key) == 1:
        copy.pop(key[0], None)
    elif isinstance(copy.get(key[0]), Mapping):
        copy[key[0]] = without(copy[key[0]], key[1:])
    return copy
