"""What must not be shown."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from chartgen.model import ABSENT, HIDDEN, Item, KubeObject, ObjectId, Tree
from chartgen.results import Change, Factor, ObjectDiff, Pair
from chartgen.secrets import hide_change, hide_factor, secret_texts


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def obj(kind: str = "Secret", group: str = "", **body: Any) -> KubeObject:
    return KubeObject(ObjectId(group, kind, "", "web"), body, "t.yaml")


def hidden(change: Change, *secrets: str, kind: str = "Deployment") -> Change:
    return hide_change(change, frozenset(secrets), ObjectDiff(Pair(obj(kind), obj(kind)), (change,)))


def change(before: Tree, after: Tree, *path: str | int | Item) -> Change:
    return Change(path, before, after)


def shown(tree: Tree, *secrets: str) -> Tree:
    return hidden(change(tree, ABSENT, "spec"), *secrets).before


def test_data_of_a_secret_is_secret_encoded_and_decoded() -> None:
    found = secret_texts([obj(data={"password": encoded("hunter22")})], [])
    assert {"hunter22", encoded("hunter22")} <= found


def test_base64_may_be_folded() -> None:
    text = encoded("a long password that is folded")
    assert "a long password that is folded" in secret_texts([obj(data={"p": f"{text[:20]}\n  {text[20:]}"})], [])


@pytest.mark.parametrize(
    "data", ["not base64!", encoded("hunter22")[:-1], base64.b64encode(b"\xff\xfe\xfd\xfc").decode()]
)
def test_data_that_does_not_decode_to_text_is_secret_as_it_is(data: str) -> None:
    assert data in secret_texts([obj(data={"password": data})], [])


def test_string_data_is_secret_and_so_is_its_base64() -> None:
    assert {"hunter22", encoded("hunter22")} <= secret_texts([obj(stringData={"password": "hunter22"})], [])


def test_a_secret_is_also_known_as_json_writes_it() -> None:
    assert r"say \"hi\"" in secret_texts([obj(stringData={"password": 'say "hi"'})], [])


def test_numbers_are_secret_as_text() -> None:
    assert "123456" in secret_texts([obj(stringData={"pin": 123456})], [])


@pytest.mark.parametrize("text", ["abcd", "pin1"])
def test_a_secret_is_looked_for_from_four_characters_on(text: str) -> None:
    assert text in secret_texts([obj(stringData={"a": text})], [])
    assert secret_texts([obj(stringData={"a": text[:3]})], []) == frozenset()


@pytest.mark.parametrize("data", [None, True, "abc", 123, {}, ""])
def test_what_is_too_short_to_look_for_is_no_secret_text(data: Tree) -> None:
    assert secret_texts([obj(data={"a": data}, stringData={"a": data})], []) == frozenset()


@pytest.mark.parametrize(
    "one", [obj("ConfigMap", data={"a": "hunter22"}), obj("Secret", "x.io", data={"a": "hunter22"})]
)
def test_data_of_other_kinds_is_no_secret(one: KubeObject) -> None:
    assert secret_texts([one], []) == frozenset()


def test_values_of_a_secret_factor_are_secret_at_any_depth() -> None:
    factor = Factor(("users",), ["alice-pw", {"bob": ["bob-pass", None, True]}], 12345, secret=True)
    assert {"alice-pw", "bob-pass", "12345"} <= secret_texts([], [factor])
    assert secret_texts([], [Factor(("users",), "hunter22", ABSENT)]) == frozenset()


def test_a_value_whose_key_sounds_secret_is_secret_if_it_is_part_of_a_secrets_data() -> None:
    secret = obj(stringData={"url": "redis://user:hunter22@db.prod:6379"})
    values = {"db": {"password": "hunter22", "host": "db.prod"}, "existingSecret": "elsewhere"}
    found = secret_texts([secret], [], [values])
    assert "hunter22" in found
    assert not {"db.prod", "elsewhere"} & found


def test_a_value_whose_key_sounds_secret_is_found_in_a_list_and_in_encoded_data() -> None:
    secret = obj(data={"users": encoded("alice:hunter22 bob:swordfish")})
    assert {"hunter22", "swordfish"} <= secret_texts([secret], [], [{"passwords": ["hunter22", {"bob": "swordfish"}]}])


def test_changes_of_a_secrets_data_are_hidden_but_not_that_there_is_one() -> None:
    assert hidden(change("a", "b", "data", "k"), kind="Secret").before is HIDDEN
    found = hidden(change(ABSENT, 1, "stringData", "k"), kind="Secret")
    assert (found.before, found.after) == (ABSENT, HIDDEN)


def test_labels_of_a_secret_are_shown() -> None:
    found = change("a", "b", "metadata", "labels", "x")
    assert hidden(found, "hunter22", kind="Secret") == found


def test_an_object_that_only_one_side_has_is_one_change_as_before() -> None:
    found = Change((), {"data": {"a": "b"}}, ABSENT)
    assert hide_change(found, frozenset(), ObjectDiff(Pair(obj(data={"a": "b"}), None), (found,))) == found


@pytest.mark.parametrize("tree", ["hunter22", "https://user:hunter22@host", 1234567890])
def test_a_text_or_number_that_holds_a_secret_is_hidden_whole(tree: Tree) -> None:
    assert shown(tree, "hunter22", "345678") is HIDDEN


def test_a_secret_within_a_tree_is_hidden_and_the_rest_is_shown() -> None:
    tree = {"env": [{"name": "A", "value": "hunter22"}, True, None, 7], "hunter22": 1}
    assert shown(tree, "hunter22") == {"env": [{"name": "A", "value": HIDDEN}, True, None, 7], "(secret)": 1}


@pytest.mark.parametrize("step", ["hunter22", Item(("hunter22",)), Item(("x-hunter22", 80))])
def test_a_secret_in_a_path_is_hidden(step: str | Item) -> None:
    found = hidden(change(1, 2, "spec", step, 0), "hunter22")
    assert "hunter22" not in str(found.path)
    assert (found.path[0], found.path[2]) == ("spec", 0)


def test_values_of_a_secret_factor_are_hidden_but_not_that_one_is_absent() -> None:
    found = hide_factor(Factor(("password",), ABSENT, "pw", secret=True), frozenset())
    assert (found.before, found.after) == (ABSENT, HIDDEN)


def test_a_secret_text_is_hidden_in_other_factors() -> None:
    found = hide_factor(Factor(("url",), "http://hunter22@host", {"a": "plain"}), frozenset({"hunter22"}))
    assert (found.before, found.after) == (HIDDEN, {"a": "plain"})
