"""The laws of differences: none with itself, the same both ways, and enough to make the one of the other."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from chartgen.diff.differences import ORDER, differences, value_at
from chartgen.diff.embedded import opened
from chartgen.kube import quantities
from chartgen.kube.shapes import DOCUMENT, Shape, root
from chartgen.model import ABSENT, Item, KubeObject, ObjectId, ObjectPath, Tree, Written
from chartgen.results import Change, Pair
from tests.property.strategies import KINDS, QUANTITIES


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    group, kind = draw(st.sampled_from(sorted(KINDS)))
    before, after = draw(KINDS[group, kind]), draw(KINDS[group, kind])
    identity = ObjectId(group, kind, "", "web")
    return Pair(KubeObject(identity, before, "t.yaml"), KubeObject(identity, after, "t.yaml"))


def changes(pair: Pair) -> list[Change]:
    return list(differences(pair).changes)


def sides(pair: Pair) -> tuple[KubeObject, KubeObject]:
    assert pair.before
    assert pair.after
    return pair.before, pair.after


@given(pairs())
def test_an_object_does_not_differ_from_itself(pair: Pair) -> None:
    one, _ = sides(pair)
    same = KubeObject(one.id, copy.deepcopy(one.body), "t.yaml")
    assert changes(Pair(one, same)) == []


@given(pairs())
def test_the_way_back_is_the_same_turned_round(pair: Pair) -> None:
    there, back = changes(pair), changes(Pair(pair.after, pair.before))
    assert sorted((str(c.path), str(c.before), str(c.after), c.equal) for c in there) == sorted(
        (str(c.path), str(c.after), str(c.before), c.equal) for c in back
    )


@given(pairs())
def test_each_change_says_what_stands_at_its_path_on_both_sides(pair: Pair) -> None:
    before, after = sides(pair)
    for change in changes(pair):
        assert value_at(before, change.path) == change.before
        assert value_at(after, change.path) == change.after


@given(pairs())
def test_no_path_is_below_another(pair: Pair) -> None:
    paths = [change.path for change in changes(pair)]
    assert len(set(paths)) == len(paths)
    assert not any(one == other[: len(one)] for one in paths for other in paths if one is not other)


@given(pairs())
def test_changes_applied_to_one_side_give_what_means_the_same_as_the_other(pair: Pair) -> None:
    before, after = sides(pair)
    changed = KubeObject(before.id, applied(before, changes(pair)), "t.yaml")
    left = [change for change in changes(Pair(changed, after)) if change.path[-1] != ORDER]
    assert all(change.equal and isinstance(change.after, str) for change in left)


@given(pairs(), st.randoms())
def test_the_order_of_keyed_items_is_at_most_a_change_of_order(pair: Pair, source: random.Random) -> None:
    one, _ = sides(pair)
    other = KubeObject(one.id, shuffled(one.body, root(one.id.group, one.id.kind), source), "t.yaml")
    found = changes(Pair(one, other))
    assert [change for change in found if change.path[-1] != ORDER] == []


@given(QUANTITIES, QUANTITIES)
def test_quantities_are_equal_in_meaning_exactly_if_they_are_the_same_amount(one: Tree, other: Tree) -> None:
    def pod(amount: Tree) -> KubeObject:
        limits = {"containers": [{"name": "a", "resources": {"limits": {"cpu": amount}}}]}
        return KubeObject(ObjectId("", "Pod", "", "web"), {"spec": limits}, "t.yaml")

    found = changes(Pair(pod(one), pod(other)))
    assert [change.equal for change in found] == ([] if one == other else [quantities.same_quantity(one, other)])


def shuffled(tree: Tree, shape: Shape, source: random.Random) -> Tree:
    if isinstance(tree, dict):
        return {name: shuffled(below, shape.field(name), source) for name, below in tree.items()}
    if not isinstance(tree, list):
        return tree
    items = [shuffled(item, shape.item(), source) for item in tree]
    if shape.keys_of(tree) is not None:
        source.shuffle(items)
    return items


def applied(obj: KubeObject, found: Sequence[Change]) -> Tree:
    body = copy.deepcopy(obj.body)
    for change in found:
        body = put(body, change.path, change.after, root(obj.id.group, obj.id.kind))
    return body


def put(tree: Tree, path: ObjectPath, value: Tree, shape: Shape) -> Tree:
    """The tree with a value at a path, or without what stands there."""
    if not path:
        return value
    step, *below = path
    if isinstance(tree, str):
        tree, shape = opened(ObjectId("", "ConfigMap", "", ""), ("data", "a"), tree), DOCUMENT
        return _as_text(put(tree, path, value, shape))
    if step == ORDER:
        return sorted(tree, key=lambda item: value.index(" ".join(map(str, key_of(item, tree, shape)))))
    if isinstance(step, Item):
        return _put_item(tree, step, tuple(below), value, shape)
    copied = dict(tree) if isinstance(tree, dict) else dict(enumerate(tree))
    down = shape.field(step) if isinstance(step, str) else shape.item()
    copied[step] = put(copied.get(step, ABSENT), tuple(below), value, down)
    kept = {name: each for name, each in copied.items() if each is not ABSENT}
    return kept if isinstance(tree, dict) else list(kept.values())


def _put_item(tree: Tree, step: Item, below: ObjectPath, value: Tree, shape: Shape) -> Tree:
    known = {key_of(item, tree, shape): item for item in tree}
    known[step.keys] = put(known.get(step.keys, ABSENT), below, value, shape.item())
    return [item for item in known.values() if item is not ABSENT]


def key_of(item: Tree, items: Tree, shape: Shape) -> Tree:
    keys = shape.keys_of(items)
    assert keys is not None
    return keys[items.index(item)]


def _as_text(tree: Tree) -> str:
    """A tree of a text as JSON, what is Written as it was."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {_as_text(below)}" for name, below in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(_as_text, tree)) + "]"
    return tree if isinstance(tree, Written) else json.dumps(tree)
