"""Secret JSON is read strictly, and its errors carry nothing of it."""

from __future__ import annotations

import pytest

from chartgen.delivery import jsontexts
from chartgen.delivery.jsontexts import Pairs, Unfit


@pytest.mark.parametrize(
    "text", [b'{"a": very-secret}', b'{"a": "very-secret\xff"}', b"", b'["very-secret"]', b"[" * 9999]
)
def test_what_an_error_holds_is_its_words_alone(text: bytes) -> None:
    with pytest.raises(Unfit) as caught:
        jsontexts.read(text)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert b"very-secret" not in repr(vars(caught.value)).encode() + repr(caught.value).encode()


def test_numbers_stay_as_they_are_written_and_keys_stand_as_often_as_they_do() -> None:
    assert jsontexts.read(b'{"a": 1.10, "b": {"c": 1}, "a": -1e400}') == [
        ("a", "1.10"),
        ("b", [("c", "1")]),
        ("a", "-1e400"),
    ]


def test_what_was_read_does_not_show() -> None:
    assert repr(jsontexts.read(b'{"a": "very-secret"}')) == "Pairs of 1"
    assert str([Pairs([("a", "very-secret")])]) == "[Pairs of 1]"
