"""What differs between two objects."""

from __future__ import annotations

import pytest

from chartgen.diff.differences import ORDER, differences, value_at
from chartgen.model import ABSENT, MOVING, Item, KubeObject, Masked, ObjectPath, Tree
from chartgen.results import Pair
from tests.unit.chartgen.diff.comparing import changes, obj, pod


def test_equal_objects_do_not_differ() -> None:
    assert changes(obj({"spec": {"replicas": 1}}), obj({"spec": {"replicas": 1.0}})) == []


def test_a_change_names_the_place_and_both_values() -> None:
    assert changes(obj({"spec": {"replicas": 1, "a": 1}}), obj({"spec": {"replicas": 2, "b": None}})) == [
        (("spec", "replicas"), 1, 2, False),
        (("spec", "a"), 1, ABSENT, False),
        (("spec", "b"), ABSENT, None, True),
    ]


@pytest.mark.parametrize(
    ("before", "after"), [(True, 1), ("1", 1), (None, False), ({}, []), ({"a": 1}, None), ("", None)]
)
def test_types_count(before: Tree, after: Tree) -> None:
    assert changes(obj({"x": before}), obj({"x": after})) == [(("x",), before, after, False)]


def test_an_object_on_one_side_only_is_one_change_without_a_path() -> None:
    (gone,) = differences(Pair(pod({}), None)).changes
    assert (gone.path, gone.before, gone.after) == ((), {"spec": {}}, ABSENT)
    (new,) = differences(Pair(None, pod({}))).changes
    assert (new.path, new.before, new.after) == ((), ABSENT, {"spec": {}})


def test_list_items_are_matched_by_their_merge_key_whatever_their_order() -> None:
    before = pod({"containers": [{"name": "app", "image": "1"}, {"name": "proxy"}]})
    after = pod({"containers": [{"name": "proxy"}, {"name": "app", "image": "2"}]})
    assert changes(before, after) == [
        (("spec", "containers", Item(("app",)), "image"), "1", "2", False),
        (("spec", "containers", ORDER), ["app", "proxy"], ["proxy", "app"], True),
    ]


def test_an_item_that_only_one_side_has_is_one_change() -> None:
    before, after = pod({"containers": [{"name": "app"}]}), pod({"containers": [{"name": "app"}, {"name": "proxy"}]})
    assert changes(before, after) == [(("spec", "containers", Item(("proxy",))), ABSENT, {"name": "proxy"}, False)]


def test_the_order_of_init_containers_counts() -> None:
    before = pod({"initContainers": [{"name": "a"}, {"name": "b"}]})
    after = pod({"initContainers": [{"name": "b"}, {"name": "a"}]})
    assert changes(before, after) == [(("spec", "initContainers", ORDER), ["a", "b"], ["b", "a"], False)]


def test_lists_without_a_key_are_compared_place_by_place_if_equally_long() -> None:
    assert changes(pod({"x": [1, {"a": 2}]}), pod({"x": [1, {"a": 3}]})) == [(("spec", "x", 1, "a"), 2, 3, False)]


def test_lists_without_a_key_of_other_length_differ_as_a_whole() -> None:
    assert changes(pod({"x": [1]}), pod({"x": [1, 2]})) == [(("spec", "x"), [1], [1, 2], False)]


def test_items_that_share_a_key_are_told_apart_by_their_places() -> None:
    before = pod({"containers": [{"name": "a", "image": "1"}, {"name": "a", "image": "2"}]})
    after = pod({"containers": [{"name": "a", "image": "1"}, {"name": "a", "image": "3"}]})
    assert changes(before, after) == [(("spec", "containers", 1, "image"), "2", "3", False)]


def test_quantities_of_the_same_amount_are_equal_in_meaning() -> None:
    before = pod({"containers": [{"name": "a", "resources": {"limits": {"cpu": 1, "memory": "1Gi"}}}]})
    after = pod({"containers": [{"name": "a", "resources": {"limits": {"cpu": "1000m", "memory": "2Gi"}}}]})
    assert [(path[-1], equal) for path, _, _, equal in changes(before, after)] == [("cpu", True), ("memory", False)]


def test_a_text_that_looks_like_a_quantity_is_a_text() -> None:
    assert changes(obj({"data": {"cpu": "1"}}), obj({"data": {"cpu": "1000m"}})) == [
        (("data", "cpu"), "1", "1000m", False)
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), {"spec": {"containers": [{"name": "a"}], "x": [1]}}),
        (("spec", "containers", Item(("a",)), "name"), "a"),
        (("spec", "containers", Item(("b",)), "name"), ABSENT),
        (("spec", "containers", ORDER), ["a"]),
        (("spec", "x", 0), 1),
        (("spec", "x", 5), ABSENT),
        (("spec", "x", ORDER), ABSENT),
        (("spec", "x", Item(("a",))), ABSENT),
        (("spec", 0), ABSENT),
        (("spec", "x", "y"), ABSENT),
        (("nothing", "below"), ABSENT),
    ],
)
def test_a_path_that_leads_nowhere_is_absent(path: ObjectPath, expected: Tree) -> None:
    assert value_at(pod({"containers": [{"name": "a"}], "x": [1]}), path) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(MOVING, MOVING, id="moves"),
        pytest.param(Masked(("", "/", "")), Masked(("", "/", "")), id="masked alike"),
        pytest.param([1, MOVING], [1, MOVING], id="an item moves"),
        pytest.param([{"a": MOVING, "b": 1}], [{"a": MOVING, "b": 1}], id="a field of an item moves"),
        pytest.param(MOVING, Masked(("a ", "")), id="more of it on one side"),
        pytest.param(MOVING, {"a": MOVING}, id="whole on one side"),
    ],
)
def test_what_moves_on_both_sides_does_not_differ(before: Tree, after: Tree) -> None:
    assert changes(obj({"x": before}), obj({"x": after})) == changes(obj({"x": after}), obj({"x": before})) == []


@pytest.mark.parametrize(
    ("moving", "fixed"),
    [(MOVING, "x"), (MOVING, {"a": 1}), (MOVING, None), (MOVING, ABSENT), (Masked(("api-", "")), "api-x7")],
)
def test_what_moves_on_one_side_differs(moving: Tree, fixed: Tree) -> None:
    one, other = obj({"x": moving}), obj({} if fixed is ABSENT else {"x": fixed})
    assert changes(one, other) == [(("x",), moving, fixed, False)]
    assert changes(other, one) == [(("x",), fixed, moving, False)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Masked(("api-", "")), "web-x7"),
        (Masked(("api-", "")), Masked(("web-", ""))),
        (Masked(("api-x", "")), Masked(("api-", ""))),
        (Masked(("api-", "")), 1),
        (Masked(("api-", "")), ABSENT),
        ([MOVING], [1, 2]),
        (MOVING, ABSENT),
        ({"a": MOVING, "b": {"c": MOVING}}, ABSENT),
    ],
)
def test_what_stands_around_what_moves_differs_as_ever(before: Tree, after: Tree) -> None:
    sides = [obj({} if side is ABSENT else {"x": side}) for side in (before, after)]
    assert changes(sides[0], sides[1]) == [(("x",), before, after, False)]


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({}, {"tolerations": [], "volumes": None}, [("tolerations",), ("volumes",)]),
        ({"nodeSelector": {}}, {}, [("nodeSelector",)]),
        ({"volumes": None}, {"volumes": []}, [("volumes",)]),
        ({}, {"securityContext": {"capabilities": {"drop": []}}}, [("securityContext",)]),
        ({}, {"unknown": None}, [("unknown",)]),
    ],
)  # fmt: skip
def test_no_value_and_an_empty_one_are_equal_in_meaning_where_kubernetes_takes_them_for_the_same(
    before: Tree, after: Tree, paths: list[ObjectPath]
) -> None:
    found = changes(pod(before), pod(after))
    assert [path[1:] for path, *_ in found] == paths
    assert all(equal for *_, equal in found)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(pod({}), pod({"nodeSelector": {"a": None}}), id="an entry of a map"),
        pytest.param(
            pod({"volumes": [{}]}), pod({"volumes": [{"emptyDir": {}}]}), id="emptiness that asks for something"
        ),
        pytest.param(pod({"volumes": {}}), pod({}), id="a value of another type"),
        pytest.param(obj({"data": {"a": None}}, "ConfigMap", ""), obj({"data": {"a": ""}}, "ConfigMap", ""), id="data"),
        pytest.param(obj({"spec": {"env": []}}, "Widget", "x.org"), obj({"spec": {}}, "Widget", "x.org"), id="unknown"),
    ],
)
def test_elsewhere_no_value_and_an_empty_one_differ(before: KubeObject, after: KubeObject) -> None:
    ((*_, equal),) = changes(before, after)
    assert not equal


def test_an_object_of_a_group_that_has_moved_has_the_shape_of_its_kind() -> None:
    old = obj({"spec": {"template": {"spec": {"containers": [{"name": "a"}, {"name": "b"}]}}}}, group="extensions")
    new = obj({"spec": {"template": {"spec": {"containers": [{"name": "b"}, {"name": "a"}]}}}})
    ((path, _, _, equal),) = changes(old, new)
    assert (path[-1], equal) == (ORDER, True)
    assert value_at(old, path) == ["a", "b"]


def test_what_is_equal_as_a_whole_is_not_walked_through() -> None:
    looked: list[object] = []

    class Counted(dict[str, Tree]):
        def get(self, *names: object) -> Tree:
            looked.append(names)
            return self[str(names[0])]

    body = Counted({f"k{number}": number for number in range(9)})
    assert changes(obj(body), obj(body)) == changes(obj({"x": [body]}), obj({"x": [Counted(body)]})) == []
    assert looked == []
    assert changes(obj({"x": body}), obj({"x": Counted(body, k0=1)})) == [(("x", "k0"), 0, 1, False)]
    assert looked


def test_digests_are_derived_from_what_was_hashed() -> None:
    sums = [{"checksum": letter * 64, "tag": letter} for letter in "ab"]
    found = differences(Pair(obj(sums[0]), obj(sums[1]))).changes
    assert [(change.path, change.derived) for change in found] == [(("checksum",), True), (("tag",), False)]


def test_an_item_whose_key_moves_is_found_in_another_render_by_what_does_not() -> None:
    named = Masked(("web-", "-test"))
    before, after = (pod({"containers": [{"name": named, "image": image}]}) for image in "ab")
    ((path, *_),) = changes(before, after)
    assert path == ("spec", "containers", Item((named,)), "image")
    assert value_at(pod({"containers": [{"name": "web-x7-test", "image": "c"}]}), path) == "c"
    two = [{"name": "web-x7-test", "image": "c"}, {"name": "web-y8-test", "image": "d"}]
    assert value_at(pod({"containers": two}), path) is ABSENT
    assert value_at(pod({"containers": [{"name": "api", "image": "c"}]}), path) is ABSENT
