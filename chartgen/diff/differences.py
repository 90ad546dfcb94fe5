"""What differs between two objects, as Kubernetes sees them.

List items are matched by their merge key; quantities are compared as amounts, and no value as the empty one where they
mean the same; YAML and JSON texts inside a ConfigMap are opened and compared as trees. Lists without a key keep their
order: of equal length they are compared place by place, else they differ as a whole. What moves from render to
render on both sides does not differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from chartgen.diff import embedded
from chartgen.kube import quantities
from chartgen.kube.emptiness import is_nothing
from chartgen.kube.shapes import DOCUMENT, Shape, root
from chartgen.model import ABSENT, MOVING, Absent, Item, KubeObject, ObjectId, ObjectPath, Step, Tree
from chartgen.results import Change, ObjectDiff, Pair
from chartgen.trees import moves, reads_as, same

ORDER = Item(())
"""The last step of a path that stands for the order of a list's items: no item has an empty key."""
DIGEST = re.compile(r"[0-9a-f]{32,128}")


class _Place(NamedTuple):
    """A place of an object, and what Kubernetes says of what stands there."""

    obj: ObjectId
    path: ObjectPath
    shape: Shape

    @classmethod
    def of(cls, obj: ObjectId) -> _Place:
        return cls(obj, (), root(obj.group, obj.kind))

    def below(self, step: Step) -> _Place:
        shape = self.shape.field(step) if isinstance(step, str) else self.shape.item()
        return _Place(self.obj, (*self.path, step), shape)

    def opened(self, value: Tree) -> Tree | Absent:
        return embedded.opened(self.obj, self.path, value)

    def inside(self) -> _Place:
        """The same place, as the top of the tree that its text holds."""
        return self._replace(shape=DOCUMENT)

    def same_meaning(self, before: Tree, after: Tree) -> bool:
        if self.shape.is_quantity and quantities.same_quantity(before, after):
            return True
        names = (self.obj.kind, *(step if isinstance(step, str) else "*" for step in self.path))
        return self.shape.is_known and is_nothing(before, names) and is_nothing(after, names)


def differences(pair: Pair) -> ObjectDiff:
    """Each place at which the two objects of a pair differ; for an object on one side only, the object itself."""
    if pair.before is None or pair.after is None:
        before = ABSENT if pair.before is None else pair.before.body
        after = ABSENT if pair.after is None else pair.after.body
        return ObjectDiff(pair, (Change((), before, after),))
    return ObjectDiff(pair, tuple(_differences(pair.before.body, pair.after.body, _Place.of(pair.after.id))))


def _differences(before: Tree, after: Tree, place: _Place) -> Iterator[Change]:
    # `same` is slower than ==, which it implies
    if before is after or (before == after and same(before, after)):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_each(before, after, place)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, place)
    elif not (MOVING in (before, after) and moves(before) and moves(after)):
        yield from _of_values(before, after, place)


def _of_each(before: Mapping[Any, Tree], after: Mapping[Any, Tree], place: _Place) -> Iterator[Change]:
    for step in (*before, *(step for step in after if step not in before)):
        yield from _differences(before.get(step, ABSENT), after.get(step, ABSENT), place.below(step))


def _of_lists(before: list[Tree], after: list[Tree], place: _Place) -> Iterator[Change]:
    left, right = _items(before, place.shape), _items(after, place.shape)
    if left is not None and right is not None:
        yield from _of_each(left, right, place)
        yield from _of_order(left, right, place)
    elif len(before) == len(after):
        yield from _of_each(dict(enumerate(before)), dict(enumerate(after)), place)
    else:
        yield from _of_values(before, after, place)


def _items(items: Sequence[Tree], shape: Shape) -> dict[Item, Tree] | None:
    """A list's items by their keys, or None where their places tell them apart."""
    keys = shape.keys_of(items)
    return None if keys is None else {Item(key): item for key, item in zip(keys, items, strict=True)}


def _of_order(before: Mapping[Item, Tree], after: Mapping[Item, Tree], place: _Place) -> Iterator[Change]:
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield Change((*place.path, ORDER), _order(before), _order(after), equal=not place.shape.is_ordered)


def _order(items: Mapping[Item, Tree]) -> list[str]:
    return [" ".join(str(part) for part in item.keys) for item in items]


def _of_values(before: Tree, after: Tree, place: _Place) -> Iterator[Change]:
    trees = place.opened(before), place.opened(after)
    if type(trees[0]) is type(trees[1]) is not Absent:
        found = list(_differences(*trees, place.inside()))
        if found and all(change.path != place.path for change in found):
            yield from found
        else:
            yield Change(place.path, before, after, equal=not found)
    else:
        equal = place.same_meaning(before, after)
        yield Change(place.path, before, after, equal, derived=_is_digest(before) and _is_digest(after))


def _is_digest(tree: Tree) -> bool:
    """Whether it only says that what was hashed has changed."""
    return isinstance(tree, str) and DIGEST.fullmatch(tree) is not None


def value_at(obj: KubeObject, path: ObjectPath) -> Tree | Absent:
    """What stands at a path of `differences` in an object, or ABSENT."""
    tree: Tree = obj.body
    place = _Place.of(obj.id)
    for step in path:
        if isinstance(tree, str):
            tree, place = place.opened(tree), place.inside()
        tree, place = _below(tree, step, place.shape), place.below(step)
        if tree is ABSENT:
            break
    return tree


def _below(tree: Tree, step: Step, shape: Shape) -> Tree | Absent:
    if isinstance(step, str):
        return tree.get(step, ABSENT) if isinstance(tree, Mapping) else ABSENT
    if not isinstance(tree, list):
        return ABSENT
    if isinstance(step, int):
        return tree[step] if step < len(tree) else ABSENT
    keyed = _items(tree, shape)
    if keyed is None:
        return ABSENT
    return _order(keyed) if step == ORDER else keyed.get(step, _moving_item(keyed, step))


def _moving_item(items: Mapping[Item, Tree], step: Item) -> Tree | Absent:
    """The only item whose key is one of which pieces move."""
    found = [item for key, item in items.items() if reads_as(list(key.keys), list(step.keys))]
    return found[0] if len(found) == 1 and moves(list(step.keys)) else ABSENT
