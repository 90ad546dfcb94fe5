"""What can be asked of any tree."""

from __future__ import annotations

import pytest

from chartgen.model import ABSENT, MOVING, Key, Masked, Tree, Written
from chartgen.trees import at, fits, leaves, names, reads_as, same, scalars, with_value, without

TREE = {"a": {"b": 1, "c": [{"d": "x"}, None]}, "e": True}


def test_leaves_are_all_that_is_not_a_mapping_with_something_in_it() -> None:
    assert list(leaves({"a": {"b": 1, "c": {}}, "d": [{"e": 1}], "f": None})) == [
        (("a", "b"), 1), (("a", "c"), {}), (("d",), [{"e": 1}]), (("f",), None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value"), [(("a", "b"), 1), (("a",), {"b": 1}), (("a", "c"), ABSENT), (("a", "b", "c"), ABSENT), ((), ...)]
)
def test_a_value_is_found_by_its_key(key: Key, value: Tree) -> None:
    tree = {"a": {"b": 1}}
    assert at(tree, key) == (tree if value is ... else value)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(1, 1.0, True), (1, True, False), ([0], [False], False), ({"a": [1]}, {"a": [True]}, False), ({}, {"a": 1}, False),
     ([1, 2], [1], False), ({"a": {"b": "c"}}, {"a": {"b": "c"}}, True), (None, False, False), (1, "1", False),
     (Written("1"), Written("1"), True),
     (Written("1"), Written("1.0"), False), (Written("7"), "7", False), ([Written("1")], ["1"], False)],
)  # fmt: skip
def test_values_are_the_same_as_in_json_at_any_depth(one: Tree, other: Tree, *, expected: bool) -> None:
    assert same(one, other) is same(other, one) is expected


@pytest.mark.parametrize(
    ("fixed", "text", "expected"),
    [
        (("a-", ""), "a-1", True),
        (("a-", ""), "a-", True),
        (("a-", ""), "b-1", False),
        (("", "-b"), "1-b", True),
        (("", "-b"), "1-b2", False),
        (("a", "b", "c"), "a1b2c", True),
        (("a", "b", "b"), "ab", False),
        (("ab", "ba"), "aba", False),
        (("a", "bc", "cd", "e"), "a bcd e", False),
        (("a", "x", "x", ""), "a x x", True),
        (("", ""), "", True),
        (("", "\n", ""), "1\n2", True),
        (("whole",), "whole", True),
        (("whole",), "whole of it", False),
    ],
)
def test_a_text_fits_what_is_masked_if_the_fixed_pieces_follow_each_other_in_it(
    fixed: tuple[str, ...], text: str, *, expected: bool
) -> None:
    assert fits(Masked(fixed), text) is expected


@pytest.mark.parametrize(
    ("value", "wanted", "expected"),
    [
        ("x", MOVING, True),
        (None, MOVING, True),
        ({"a": 1}, MOVING, True),
        (ABSENT, MOVING, False),
        (MOVING, "x", False),
        (MOVING, MOVING, True),
        ("api-1", Masked(("api-", "")), True),
        ("web-1", Masked(("api-", "")), False),
        (1, Masked(("", "")), False),
        (Masked(("api-x", "")), Masked(("api-", "")), False),
        (Masked(("api-", "")), "api-1", False),
        ({"a": [1, "x"]}, {"a": [1, MOVING]}, True),
        ({"a": [2, "x"]}, {"a": [1, MOVING]}, False),
        ({"a": 1}, {"a": 1, "b": MOVING}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ([1, 2], [MOVING], False),
        (1, 1.0, True),
        (True, 1, False),
        (ABSENT, ABSENT, True),
    ],
)
def test_a_value_of_another_render_reads_as_one_in_which_only_what_moves_is_another(
    value: Tree, wanted: Tree, *, expected: bool
) -> None:
    assert reads_as(value, wanted) is expected


def test_names_are_the_keys_at_any_depth_and_scalars_what_stands_there() -> None:
    assert list(names(TREE)) == ["a", "e", "b", "c", "d"]
    assert list(scalars(TREE)) == [1, "x", None, True]


@pytest.mark.parametrize(
    ("key", "with_it", "without_it"),
    [
        (("a", "b"), {"a": {"b": 9, "c": 2}, "e": 3}, {"a": {"c": 2}, "e": 3}),
        (("e",), {"a": {"b": 1, "c": 2}, "e": 9}, {"a": {"b": 1, "c": 2}}),
        (("e", "f"), {"a": {"b": 1, "c": 2}, "e": {"f": 9}}, {"a": {"b": 1, "c": 2}, "e": 3}),
        (("z", "y"), {"a": {"b": 1, "c": 2}, "e": 3, "z": {"y": 9}}, {"a": {"b": 1, "c": 2}, "e": 3}),
    ],
)
def test_a_copy_has_another_value_at_a_key_or_none_and_the_tree_stays(
    key: Key, with_it: Tree, without_it: Tree
) -> None:
    tree = {"a": {"b": 1, "c": 2}, "e": 3}
    assert with_value(tree, key, 9) == with_it
    assert without(tree, key) == without_it
    assert tree == {"a": {"b": 1, "c": 2}, "e": 3}
