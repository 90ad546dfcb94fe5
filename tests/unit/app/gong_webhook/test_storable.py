"""JSON that JSON allows and stores do not."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gong_webhook.storable import storable


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (rb'"a\u0000b"', "a�b"),
        (rb'"\ud83d"', "�"),
        (rb'"\uDE00x"', "�x"),
        (rb'"\ud83d\ud83d\ude00"', "�😀"),
        (rb'"\ud83d\ude00"', "😀"),
        (rb'"\\ud83d"', r"\ud83d"),
        (rb'"\\\ud83d"', "\\�"),
        (rb'"\\u0000"', r"\u0000"),
        (b'"\xff"', "�"),
        (b'"\xed\xa0\x80"', "���"),
        ('"Büyer 😀"'.encode(), "Büyer 😀"),
    ],
)
def test_what_no_store_takes_becomes_the_replacement_character(body: bytes, kept: str) -> None:
    assert json.loads(storable(body)) == kept


UNSTORABLE = st.characters(categories=["Cs"]) | st.just("\0")
TEXTS = st.lists(st.characters(exclude_categories=[]) | UNSTORABLE | st.just("\\")).map("".join)


@given(TEXTS)
def test_any_text_can_be_stored_afterwards_and_nothing_else_of_it_changes(text: str) -> None:
    kept = json.loads(storable(json.dumps(text).encode()))
    whole = json.loads(json.dumps(text))  # two halves that stand together are a character
    assert kept == re.sub("[\0\ud800-\udfff]", "�", whole)
    kept.encode()
