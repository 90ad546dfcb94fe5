"""Which places in values are called like secrets."""

from __future__ import annotations

import pytest

from chartgen.model import ABSENT, Hidden, Key, Tree
from chartgen.secrets.places import leaves, replaced


@pytest.mark.parametrize(
    ("tree", "secret"),
    [
        ({"password": "s", "host": "h"}, "s"),
        ({"db": {"password": "s"}, "passwordPolicy": {"min": 1}}, "s"),
        ({"secrets": {"DATABASE_URL": "s", "more": {"A": "s"}}}, "s"),
        ({"secret": {"create": 1, "name": "n", "annotations": {"a": "b"}, "data": {"x": "s"}}}, "s"),
        ({"token": {"audience": "a", "ttl": 1, "value": "s"}}, "s"),
        ({"users": [{"name": "a", "password": "s"}, {"name": "b"}]}, "s"),
        ({"passwords": ["s", ["s"]]}, "s"),
        ({"secrets": [{"name": "a", "value": "s"}, {"x": "b"}]}, "s"),
        ({"env": [{"name": "DB_PASSWORD", "value": "s"}, {"name": "HOST", "value": "h"}]}, "s"),
        ({"env": {"DB_PASSWORD": "s", "HOST": "h"}}, "s"),
        ({"secret": {"name": "n", "key": "k"}, "other": {"secretName": "n", "key": "k"}}, None),
        ({"secret": {"key": "s"}}, "s"),
        ({"existingSecret": "n", "secretRef": {"name": "n", "x": "y"}}, None),
    ],
)
def test_a_leaf_sounds_secret_by_its_nearest_key_or_by_a_parent_of_plain_values(tree: Tree, secret: str | None) -> None:
    found = list(leaves(tree))
    assert [leaf.value for leaf in found if leaf.sounds] == [leaf.value for leaf in found if leaf.value == secret]
    assert secret is None or secret in [leaf.value for leaf in found]


@pytest.mark.parametrize(
    ("key", "sounds"),
    [
        (("db", "password"), True), (("secrets", "a"), True), (("secrets", "a", "b"), True),
        (("secret", "name"), False),
        (("secretRef", "x"), False), (("db", "host"), False),
    ],
)  # fmt: skip
def test_a_values_key_counts_from_its_beginning(key: Key, *, sounds: bool) -> None:
    assert [(leaf.steps, leaf.sounds) for leaf in leaves("x", key)] == [(key, sounds)]


def test_leaves_are_scalars_and_what_is_empty_with_their_steps() -> None:
    tree = {"a": [1, {"b": None}], "c": {}, "d": [], "e": ABSENT}
    assert [(leaf.steps, leaf.value) for leaf in leaves(tree, ("x",))] == [
        (("x", "a", 0), 1), (("x", "a", 1, "b"), None), (("x", "c"), {}), (("x", "d"), []), (("x", "e"), ABSENT),
    ]  # fmt: skip


def test_leaves_are_replaced_by_their_steps_and_the_rest_stays() -> None:
    tree = {"a": [1, {"b": 2, "c": 3}], "d": {}}
    hidden = Hidden("why")
    assert replaced(tree, {("a", 1, "b"): hidden}) == {"a": [1, {"b": hidden, "c": 3}], "d": {}}
    assert replaced("x", {("k",): hidden}, ("k",)) is hidden
    assert tree == {"a": [1, {"b": 2, "c": 3}], "d": {}}
