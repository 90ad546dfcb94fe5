"""What moves from render to render, place by place: it differs for no reason, and is left out by name.

A place is as small as can be told: of a text, the words that move; a list whole where its length does.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from chartgen.diff.identity import Known
from chartgen.diff.pairing import Assignment
from chartgen.kube.shapes import Shape, root
from chartgen.model import ABSENT, MOVING, Item, KubeObject, Manifests, Masked, ObjectPath, Step, Tree
from chartgen.results import Left, Pair
from chartgen.trees import same

WORDS = re.compile(r"(\W+)")
WHOLE: tuple[ObjectPath, ...] = ((),)
"""The object itself moves: it is not in every render, or its mates cannot be told apart."""


def settle(renders: Sequence[Manifests]) -> list[KubeObject]:
    """The objects of the first of some renders of one side, with what moves masked."""
    first, *others = renders
    mates = [_mates(first, other) for other in others]
    found = [_settled(obj, [each[0].get(number) for each in mates]) for number, obj in enumerate(first)]
    return found + [obj._replace(moving=WHOLE) for _, strange in mates for obj in strange]


def _mates(first: Manifests, other: Manifests) -> tuple[dict[int, KubeObject], list[KubeObject]]:
    """For the objects of one render those of another: by identity, then by the order in which a template prints them.

    And those of the other render that are nobody's.
    """
    assignment = Assignment([(Known(0, obj, ""),) for obj in first], [Known(0, obj, "") for obj in other], ())
    found, left = assignment.found, defaultdict(list)
    for obj in assignment.left:
        left[_printer(obj)].append(obj)
    ours: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for number, obj in enumerate(first):
        if number not in found:
            ours[_printer(obj)].append(number)
    for printer, numbers in ours.items():
        if len(numbers) == len(left[printer]):
            found |= zip(numbers, left.pop(printer), strict=True)
    return found, list(chain.from_iterable(left.values()))


def _printer(obj: KubeObject) -> tuple[str, str, str]:
    return obj.template, obj.id.group, obj.id.kind


def _settled(obj: KubeObject, mates: Sequence[KubeObject | None]) -> KubeObject:
    there = [mate for mate in mates if mate is not None]
    if len(there) < len(mates):
        return obj._replace(moving=WHOLE)
    if all(mate.text == obj.text and mate.id == obj.id for mate in there):
        return obj
    moving: list[ObjectPath] = []
    body = _masked([obj.body, *(mate.body for mate in there)], root(obj.id.group, obj.id.kind), (), moving)
    if not isinstance(body, Mapping):
        return obj._replace(moving=WHOLE)
    name = _text([obj.id.name, *(mate.id.name for mate in there)])
    named = obj.id._replace(name=Masked(("", "")) if name is MOVING else name)
    return obj._replace(id=named, body=body, moving=tuple(moving))


def _masked(trees: Sequence[Tree], shape: Shape, path: ObjectPath, moving: list[ObjectPath]) -> Tree:
    """What all trees have in common, with the places that move masked, and named in `moving`."""
    one = trees[0]
    if all(same(one, tree) for tree in trees[1:]):
        return one
    if all(isinstance(tree, Mapping) for tree in trees):
        counts = Counter(chain.from_iterable(trees))
        if any(count == 1 for count in counts.values()):  # keys that move are new in each render
            moving.append((*path, repr(MOVING)))
        return {
            name: _masked([tree.get(name, ABSENT) for tree in trees], shape.field(name), (*path, name), moving)
            for name, count in counts.items()
            if count > 1
        }
    if all(isinstance(tree, list) and len(tree) == len(one) for tree in trees):
        columns = zip(_steps(trees, shape), *trees, strict=True)
        return [_masked(items, shape.item(), (*path, step), moving) for step, *items in columns]
    moving.append(path)
    return _text(trees) if all(isinstance(tree, str) for tree in trees) else MOVING


def _steps(lists: Sequence[list[Tree]], shape: Shape) -> Sequence[Step]:
    """How a path tells the items of a list apart: by key, where that is the same in all of the lists."""
    keys = [shape.keys_of(items) for items in lists]
    if keys[0] is None or any(each != keys[0] for each in keys):
        return range(len(lists[0]))
    return [Item(key) for key in keys[0]]


def _text(texts: Sequence[str]) -> Tree:
    """A text with the words masked that move; MOVING where nothing else is left."""
    lines = [text.split("\n") for text in texts]
    if len({len(each) for each in lines}) > 1:
        return MOVING
    fixed = [""]
    for number, line in enumerate(zip(*lines, strict=True)):
        fixed[-1] += "\n" if number else ""
        head, *rest = _pieces(line)
        fixed[-1] += head
        fixed += rest
    if len(fixed) == 1:
        return fixed[0]
    return Masked(tuple(fixed)) if any(map(_says, fixed)) else MOVING


def _pieces(lines: Sequence[str]) -> list[str]:
    """What is fixed in a line, in pieces between those that move."""
    words = [WORDS.split(line) for line in lines]
    if len({len(each) for each in words}) > 1:
        return ["", ""]
    fixed = [""]
    for column in zip(*words, strict=True):
        if len(set(column)) == 1:
            fixed[-1] += column[0]
        else:
            fixed.append("")
    return fixed


def _says(text: str) -> bool:
    return any(character.isalnum() for character in text)


def still(objects: Sequence[KubeObject]) -> list[KubeObject]:
    """Those that are there in every render."""
    return [obj for obj in objects if obj.moving != WHOLE]


def left_out(
    pairs: Sequence[Pair], sides: tuple[Manifests, Manifests], environments: tuple[str, str], calls: Sequence[str]
) -> list[Left]:
    """The places that are left out of a comparison: those that move on both sides, and objects that move whole.

    What moves on one side only is a difference, but for keys that move: they are nowhere in the objects.
    """
    found: dict[tuple[object, ...], Left] = {}
    for left in chain(_of_pairs(pairs, environments), _of_wholes(sides, environments)):
        other = found.setdefault((left.object, left.template, left.path), left)
        names = dict.fromkeys((*other.environments, *left.environments))
        found[left.object, left.template, left.path] = other._replace(environments=tuple(names), calls=tuple(calls))
    return list(found.values())


def _of_pairs(pairs: Sequence[Pair], environments: tuple[str, str]) -> Iterator[Left]:
    for pair in pairs:
        before, after = ((obj.moving if obj else ()) for obj in pair)
        shown = [obj for obj in pair if obj][-1]
        for paths, others, environment in zip((before, after), (after, before), environments, strict=True):
            for path in paths:
                if path[-1] == repr(MOVING) or any(path[: len(one)] == one[: len(path)] for one in others):
                    yield Left(shown.id, shown.template, path, (environment,))


def _of_wholes(sides: tuple[Manifests, Manifests], environments: tuple[str, str]) -> Iterator[Left]:
    for objects, environment in zip(sides, environments, strict=True):
        for obj in objects:
            if obj.moving == WHOLE:
                yield Left(obj.id, obj.template, (), (environment,))
