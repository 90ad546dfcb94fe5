"""What differs between two objects."""

from __future__ import annotations

import pytest

from chartgen.diff.differences import ORDER, differences, opened, value_at
from chartgen.model import ABSENT, Item, KubeObject, ObjectId, ObjectPath, Tree
from chartgen.results import Pair


def obj(body: Tree, kind: str = "Deployment", group: str = "apps") -> KubeObject:
    return KubeObject(ObjectId(group, kind, "", "web"), body, "t.yaml")


def pod(spec: Tree) -> KubeObject:
    return obj({"spec": spec}, "Pod", "")


def config(text: str) -> KubeObject:
    return obj({"data": {"app.yaml": text}}, "ConfigMap", "")


def changes(before: KubeObject, after: KubeObject) -> list[tuple[ObjectPath, Tree, Tree, bool]]:
    return [(each.path, each.before, each.after, each.equal) for each in differences(Pair(before, after)).changes]


def test_equal_objects_do_not_differ() -> None:
    assert changes(obj({"spec": {"replicas": 1}}), obj({"spec": {"replicas": 1.0}})) == []


def test_a_change_names_the_place_and_both_values() -> None:
    assert changes(obj({"spec": {"replicas": 1, "a": 1}}), obj({"spec": {"replicas": 2, "b": None}})) == [
        (("spec", "replicas"), 1, 2, False),
        (("spec", "a"), 1, ABSENT, False),
        (("spec", "b"), ABSENT, None, False),
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
    ("text", "expected"),
    [('{"a": [1]}', {"a": [1]}), (" [1, 2]\n", [1, 2]), ("a: 1\nb: on\n", {"a": 1, "b": True}),
     ("- a\n- b", ["a", "b"]), ("a: 1", ABSENT), ("two\nlines", ABSENT), ("{broken", ABSENT),
     ("a: [\nb", ABSENT), ("", ABSENT),
     ("a: !Ref b\nc: 1", ABSENT), ("[" * 9999, ABSENT), ("a: 2020-01-01\nb: 12:30", {"a": "2020-01-01", "b": "12:30"}),
     ("1.5: a\n2: b\non: c\n~: d", {"1.5": "a", "2": "b", "true": "c", "~": "d"}), ("? [a]\n: 1", ABSENT)],
)  # fmt: skip
def test_a_text_is_opened_if_it_holds_a_mapping_or_a_list_that_json_can_carry(text: str, expected: Tree) -> None:
    assert opened(text) == expected


def test_a_document_inside_a_config_map_is_compared_as_a_tree() -> None:
    path = ("data", "app.yaml", "log", "level")
    assert changes(config("log:\n  level: info\n"), config("log:\n  level: warn\n")) == [(path, "info", "warn", False)]
    assert value_at(config("log:\n  level: info\n"), path) == "info"


def test_keys_of_such_a_document_that_are_numbers_are_found_again() -> None:
    before, after = config("ports:\n  8080: a\n  1.5: b\n"), config("ports:\n  8080: c\n  1.5: d\n")
    found = changes(before, after)
    assert [path for path, *_ in found] == [("data", "app.yaml", "ports", "8080"), ("data", "app.yaml", "ports", "1.5")]
    assert [value_at(after, path) for path, *_ in found] == ["c", "d"]


def test_items_of_such_a_document_are_matched_by_name() -> None:
    before, after = config("- name: a\n  x: 1\n- name: b\n"), config("- name: b\n- name: a\n  x: 2\n")
    path = ("data", "app.yaml", Item(("a",)), "x")
    assert (path, 1, 2, False) in changes(before, after)
    assert value_at(after, path) == 2


def test_documents_that_differ_in_spelling_only_are_equal_in_meaning() -> None:
    assert changes(config("a: 1\nb: 2\n"), config("b: 2\n\na: 1\n")) == [
        (("data", "app.yaml"), "a: 1\nb: 2\n", "b: 2\n\na: 1\n", True)
    ]


@pytest.mark.parametrize("other", ["- a\n- b\n", "plain", "three\nlines\nhere"])
def test_documents_of_another_form_differ_as_texts(other: str) -> None:
    assert changes(config("a: 1\nb: 2\n"), config(other)) == [(("data", "app.yaml"), "a: 1\nb: 2\n", other, False)]


def test_a_text_elsewhere_is_not_opened() -> None:
    before, after = obj({"x": "a: 1\nb: 2\n"}), obj({"x": "a: 1\nb: 3\n"})
    assert changes(before, after) == [(("x",), "a: 1\nb: 2\n", "a: 1\nb: 3\n", False)]


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
