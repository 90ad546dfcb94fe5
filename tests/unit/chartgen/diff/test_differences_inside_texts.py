"""What differs inside the texts of two ConfigMaps."""

from __future__ import annotations

import pytest

from chartgen.diff.differences import ORDER, value_at
from chartgen.model import ABSENT, Item, Masked, Written
from tests.unit.chartgen.diff.comparing import changes, config, obj


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
    assert (path, Written("1"), Written("2"), False) in changes(before, after)
    assert value_at(after, path) == Written("2")


def test_documents_that_differ_in_spelling_only_are_equal_in_meaning() -> None:
    assert changes(config("a: 1\nb: 2\n"), config("b: 2\n\na: 1\n")) == [
        (("data", "app.yaml"), "a: 1\nb: 2\n", "b: 2\n\na: 1\n", True)
    ]


@pytest.mark.parametrize("other", ["- a\n- b\n", "plain", "three\nlines\nhere", "a: 1\nb: 2\n---\nc: 3\n"])
def test_documents_of_another_form_differ_as_texts(other: str) -> None:
    assert changes(config("a: 1\nb: 2\n"), config(other)) == [(("data", "app.yaml"), "a: 1\nb: 2\n", other, False)]


@pytest.mark.parametrize(
    ("before", "after"),
    [("01234", "668"), ("on", "true"), ("1.10", "1.1"), ("1e3", "1000.0"), ("yes", '"yes"'), ("1", '"1"'), ("y", "on")],
)
def test_scalars_of_such_a_document_differ_where_one_of_its_readers_sees_a_difference(before: str, after: str) -> None:
    ((path, _, _, equal),) = changes(config(f"v: {before}\n"), config(f"v: {after}\n"))
    assert (path, equal) == (("data", "app.yaml", "v"), False)


@pytest.mark.parametrize(
    ("before", "after"),
    [("a", '"a"'), ("true", "True"), ("~", "null"), ("", "NULL"), ("'5m'", "5m"), ("1", "1  # one")],
)
def test_scalars_of_such_a_document_that_all_readers_take_for_the_same_are_equal_in_meaning(
    before: str, after: str
) -> None:
    ((path, _, _, equal),) = changes(config(f"v: {before}\n"), config(f"v: {after}\n"))
    assert (path, equal) == (("data", "app.yaml"), True)


def test_a_list_that_is_a_whole_document_differs_as_the_text_that_it_is() -> None:
    before, after = config("- 1\n"), config("- 1\n- 2\n")
    assert changes(before, after) == [(("data", "app.yaml"), "- 1\n", "- 1\n- 2\n", False)]
    assert value_at(after, ("data", "app.yaml")) == "- 1\n- 2\n"


def test_the_order_of_named_items_of_such_a_document_counts() -> None:
    before, after = config("- name: a\n- name: b\n"), config("- name: b\n- name: a\n")
    path = ("data", "app.yaml", ORDER)
    assert changes(before, after) == [(path, ["a", "b"], ["b", "a"], False)]
    assert value_at(after, path) == ["b", "a"]


def test_a_document_that_looks_like_an_object_is_none() -> None:
    before, after = "metadata: {finalizers: [a, b], labels: {}}", "metadata: {finalizers: [b, a]}"
    assert [(path[2:], equal) for path, _, _, equal in changes(config(before), config(after))] == [
        (("metadata", "finalizers", 0), False),
        (("metadata", "finalizers", 1), False),
        (("metadata", "labels"), False),
    ]


def test_a_place_inside_of_a_text_is_absent_where_the_text_is_no_tree() -> None:
    assert value_at(config("a: [\n"), ("data", "app.yaml", "a")) is ABSENT
    assert value_at(config("a: b\n", "robots.txt"), ("data", "robots.txt", "a")) is ABSENT
    assert value_at(config(Masked(("a: ", "\n"))), ("data", "app.yaml", "a")) is ABSENT


def test_a_text_with_repeated_keys_is_compared_as_text() -> None:
    before, after = (f"Agent: a\nDisallow: {path}\nAgent: b\nDisallow: /tmp\n" for path in ("/private", "/everything"))
    for key in ("robots", "robots.txt", "robots.yaml"):
        assert changes(config(before, key), config(after, key)) == [(("data", key), before, after, False)]


def test_a_text_elsewhere_is_not_opened() -> None:
    before, after = obj({"x": "a: 1\nb: 2\n"}), obj({"x": "a: 1\nb: 3\n"})
    assert changes(before, after) == [(("x",), "a: 1\nb: 2\n", "a: 1\nb: 3\n", False)]


def test_a_document_of_which_pieces_move_is_compared_as_text() -> None:
    moving = config(Masked(("at: ", "\nlevel: info\n")))
    assert changes(moving, moving) == []
    other = "at: 12\nlevel: warn\n"
    assert changes(moving, config(other)) == [(("data", "app.yaml"), moving.body["data"]["app.yaml"], other, False)]
