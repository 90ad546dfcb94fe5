"""Values files: their merge, and which line of which file set a key."""

from __future__ import annotations

import pytest

from chartgen.errors import ValuesError
from chartgen.model import Key, Mark, Tree
from chartgen.values.layers import Layer, merge, merge_all, origin


def layer(name: str, text: str, values: dict[str, Tree]) -> Layer:
    return Layer(name, values, text)


def test_mappings_merge_and_all_else_replaces() -> None:
    base = {"image": {"name": "web", "tag": "1"}, "hosts": ["a", "b"], "port": 80}
    over = {"image": {"tag": "2"}, "hosts": ["c"], "port": {"http": 80}}
    assert merge(base, over) == {"image": {"name": "web", "tag": "2"}, "hosts": ["c"], "port": {"http": 80}}


def test_a_null_stays_for_helm_to_delete_the_default_with() -> None:
    assert merge({"a": {"b": 1}}, {"a": None}) == {"a": None}


def test_the_last_layer_wins() -> None:
    assert merge_all([Layer("1", {"a": 1, "b": 1}), Layer("2", {"b": 2}), Layer("3", {"b": 3})]) == {"a": 1, "b": 3}


BASE = layer("values.yaml", "a: {b: 1, c: 2}\nd: 1\n", {"a": {"b": 1, "c": 2}, "d": 1})
PROD = layer("prod.yaml", "a:\n  b: 5\n", {"a": {"b": 5}})
NULL = layer("null.yaml", "a: null\n", {"a": None})


@pytest.mark.parametrize(
    ("key", "stack", "expected"),
    [
        (("a", "b"), (BASE,), Mark("values.yaml", 1, 5)),
        (("a", "b"), (BASE, PROD), Mark("prod.yaml", 2, 3)),
        (("a", "c"), (BASE, PROD), Mark("values.yaml", 1, 11)),
        (("a", "c"), (BASE, NULL), Mark("null.yaml", 1, 1)),
        (("a", "b"), (BASE, NULL, PROD), Mark("prod.yaml", 2, 3)),
        (("z",), (BASE, PROD), None),
        (("a", "b", "deeper"), (BASE, PROD), Mark("prod.yaml", 2, 3)),
        (("d",), (BASE, Layer("--set d=2", {"d": 2})), Mark("--set d=2")),
    ],
)
def test_a_value_comes_from_the_last_layer_that_sets_it_or_a_parent(
    key: Key, stack: tuple[Layer, ...], expected: Mark | None
) -> None:
    assert origin(key, stack) == expected


def test_a_default_that_a_null_deleted_and_a_later_overlay_brings_back_comes_from_the_chart() -> None:
    over = layer("over.yaml", "a:\n  b: 5\n", {"a": {"b": 5}})
    assert origin(("a", "c"), (BASE, NULL, over)) == Mark("values.yaml", 1, 11)


def test_what_cannot_be_read_is_read_once_and_said_each_time() -> None:
    broken = Layer("values.yaml", {"a": 1}, "a: [")
    assert isinstance(broken.unreadable, ValuesError)
    assert broken.unreadable is broken.unreadable
    with pytest.raises(ValuesError) as raised:
        broken.place(("a",))
    assert raised.value is broken.unreadable
    assert BASE.unreadable is None
