"""What moves from render to render, place by place."""

from __future__ import annotations

from typing import Any

import pytest

from chartgen.diff.moving import WHOLE, left_out, settle, still
from chartgen.manifests.parsing import objects
from chartgen.model import MOVING, Item, Masked, ObjectPath, Tree
from chartgen.results import Pair
from chartgen.trees import at

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def settled(*data: str, head: str = HEAD) -> tuple[Tree, tuple[ObjectPath, ...]]:
    (obj,) = settle([objects({"t.yaml": f"{head}data: {one}\n"}) for one in data])
    return at(obj.body, ("data",)), obj.moving


@pytest.mark.parametrize(
    ("renders", "body", "moving"),
    [
        (["{a: x}", "{a: x}"], {"a": "x"}, ()),
        (["{a: x, b: c}", "{a: y, b: c}"], {"a": MOVING, "b": "c"}, ((("data", "a"),))),
        (["{a: at 10:00 by me}", "{a: at 10:05 by me}"], {"a": Masked(("at 10:", " by me"))}, (("data", "a"))),
        (['{a: "b\\nc 1\\nd"}', '{a: "b\\nc 2\\nd"}'], {"a": Masked(("b\nc ", "\nd"))}, (("data", "a"))),
        (['{a: "b\\nc"}', '{a: "b"}'], {"a": MOVING}, (("data", "a"))),
        (["{a: 1-2}", "{a: 3-4}"], {"a": MOVING}, (("data", "a"))),
        (["{a: 1}", "{a: 2}"], {"a": MOVING}, (("data", "a"))),
        (["{a: [x, y]}", "{a: [x, z]}"], {"a": ["x", MOVING]}, (("data", "a", 1))),
        (["{a: [x, y]}", "{a: [x]}"], {"a": MOVING}, (("data", "a"))),
        (["{a: x}", "{b: x}"], {}, (("data", "(moves)"))),
        (["{a: x}", "{a: x}", "{}", "{z: x}"], {"a": MOVING}, (("data", "(moves)"), ("data", "a"))),
        (["{a: x}", "{a: x}", "{a: x}", "{a: y}"], {"a": MOVING}, (("data", "a"))),
    ],
)
def test_only_the_place_that_moves_is_masked(renders: list[str], body: Tree, moving: Any) -> None:
    paths = (moving,) if moving and not isinstance(moving[0], tuple) else moving
    found = settled(*renders)
    assert found == (body, paths)
    assert [type(value) for value in found[0].values()] == [type(value) for value in body.values()]


def test_an_item_of_a_list_is_named_by_its_key() -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: 'i:%s'}]}\n"
    (found,) = settle([objects({"t": pod % tag}) for tag in "12"])
    assert found.moving == (("spec", "containers", Item(("c",)), "image"),)
    assert at(found.body, ("spec",)) == {"containers": [{"name": "c", "image": Masked(("i:", ""))}]}


def test_an_object_whose_name_moves_is_one() -> None:
    (found,) = settle([objects({"t": HEAD.replace("a}", f"job-{end}}}")}) for end in ("x1", "y2", "z3")])
    assert (found.id.name, found.moving) == ("job-(moves)", (("metadata", "name"),))
    (found,) = settle([objects({"t": HEAD.replace("a}", f"{name}}}")}) for name in ("x1", "y2")])
    assert (found.id.name, found.moving) == ("(moves)", (("metadata", "name"),))


def test_an_object_that_is_not_in_every_render_moves_whole() -> None:
    other = HEAD.replace("ConfigMap", "Secret")
    one, two = objects({"t": HEAD}), objects({"t": f"{HEAD}---\n{other}"})
    for renders in ([one, two], [two, one]):
        found = settle(renders)
        assert [(obj.id.kind, obj.moving) for obj in found] == [("ConfigMap", ()), ("Secret", WHOLE)]
        assert [obj.id.kind for obj in still(found)] == ["ConfigMap"]


def test_documents_that_come_in_another_order_do_not_move() -> None:
    two = HEAD.replace("a}", "b}")
    found = settle([objects({"t": f"{HEAD}---\n{two}"}), objects({"t": f"{two}---\n{HEAD}"})])
    assert [(obj.id.name, obj.moving) for obj in found] == [("a", ()), ("b", ())]


def test_what_moves_on_both_sides_is_named_once_with_its_environments() -> None:
    (one,) = settle([objects({"t": f"{HEAD}data: {{a: {n}, b: {n}, k{n}: x}}\n"}) for n in "12"])
    (two,) = settle([objects({"t": f"{HEAD}data: {{a: {n}, b: 1}}\n"}) for n in "12"])
    (whole,) = settle([[], objects({"t": HEAD.replace("a}", "w}")})])
    found = left_out([Pair(one, two)], ([one, whole], [two]), ("stage", "prod"), ["now"])
    assert [(str(each.object), each.path, each.environments, each.calls) for each in found] == [
        ("ConfigMap/a", ("data", "(moves)"), ("stage",), ("now",)),
        ("ConfigMap/a", ("data", "a"), ("stage", "prod"), ("now",)),
        ("ConfigMap/w", (), ("stage",), ("now",)),
    ]
    assert [each.path[-1] for each in left_out([Pair(one, None)], ([one], []), ("stage", "prod"), [])] == ["(moves)"]


def test_a_place_that_is_there_now_and_then_moves() -> None:
    twice = ["{a: {b: c}}", "{a: {b: c}}"]
    assert settled(*twice, "{a: {}}") == ({"a": {"b": MOVING}}, (("data", "a", "b"),))


def test_a_place_that_moves_more_on_one_side_than_on_the_other_is_named() -> None:
    (one,) = settle([objects({"t": f"{HEAD}data: {{a: {each}}}\n"}) for each in ("[x]", "[x, y]")])
    (two,) = settle([objects({"t": f"{HEAD}data: {{a: [{n}, z]}}\n"}) for n in "12"])
    found = left_out([Pair(one, two)], ([one], [two]), ("stage", "prod"), [])
    assert [(each.path, each.environments) for each in found] == [
        (("data", "a"), ("stage",)), (("data", "a", 0), ("prod",)),
    ]  # fmt: skip
