"""What stands in Secrets."""

from __future__ import annotations

import base64

import pytest

from chartgen.model import ABSENT, MOVING, Hidden, KubeObject, Masked, Tree
from chartgen.secrets.data import entries, is_secret, is_text
from tests.unit.chartgen.secrets.objects import encoded, obj

FOLDED = encoded("a long password that is folded")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (encoded("hunter22"), "hunter22"),
        (encoded("hunter22\n"), "hunter22"),
        (f"{FOLDED[:20]}\n  {FOLDED[20:]}", "a long password that is folded"),
        ("not base64!", "not base64!"),
        (encoded("hunter22")[:-1], encoded("hunter22")[:-1]),
        (base64.b64encode(b"\xff\xfe\xfd\xfc").decode(), base64.b64encode(b"\xff\xfe\xfd\xfc").decode()),
    ],
)
def test_data_is_decoded_where_it_is_the_base64_of_a_text(data: str, text: str) -> None:
    assert list(entries(obj(data={"p": data}))) == [("p", text)]


def test_string_data_is_as_it_is_and_numbers_are_text() -> None:
    secret = obj(data={"a": encoded("one")}, stringData={"b": encoded("two"), "pin": 123456})
    assert list(entries(secret)) == [("a", "one"), ("b", encoded("two")), ("pin", "123456")]


@pytest.mark.parametrize("value", [None, True, "true", "FALSE", "", " \n", ABSENT, MOVING, Hidden("why"), {}, []])
def test_what_can_hold_no_secret_is_no_text(value: Tree) -> None:
    assert not is_text(value)
    assert list(entries(obj(data={"a": value}, stringData={"a": value}))) == []


@pytest.mark.parametrize("value", ["a", 0, 1.5, Masked(("a", "b"))])
def test_texts_and_numbers_are_texts(value: Tree) -> None:
    assert is_text(value)


@pytest.mark.parametrize("data", [None, "text", ["a"], MOVING])
def test_data_that_is_no_mapping_has_no_entries(data: Tree) -> None:
    assert list(entries(obj(data=data))) == []


@pytest.mark.parametrize(
    ("one", "answer"),
    [
        (obj(), True),
        (obj("ConfigMap"), False),
        (obj("Secret", group="x.io"), False),
        (obj("SealedSecret"), False),
        (None, False),
    ],
)
def test_a_secret_is_kubernetes_own_kind(one: KubeObject | None, *, answer: bool) -> None:
    assert is_secret(one) is answer
