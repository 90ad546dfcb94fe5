"""What is no message of RTVI is told apart from what is, and nothing of it is quoted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dv_pipecat import rtvi
from app.dv_pipecat.rtvi import Incoming, Malformed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
OUTCOMES = {"Incoming", "not JSON", rtvi.NOT_RTVI}


def test_a_message_is_read() -> None:
    message = rtvi.decode('{"label":"rtvi-ai","type":"send-text","id":"7","data":{"content":"hello","options":{}}}')
    assert message == Incoming("rtvi-ai", "send-text", "7", {"content": "hello", "options": {}})
    assert message.content == "hello"


@pytest.mark.parametrize("data", [None, {}, {"content": None}, {"content": 7}, {"content": ["a"]}])
def test_content_is_a_text_or_not_there(data: object) -> None:
    text = json.dumps({"label": "rtvi-ai", "type": "send-text", "data": data})
    assert rtvi.decode(text).content is None


@pytest.mark.parametrize(
    "text",
    ["", "hello", "{", '{"label": "rtvi-ai", "type": "x"', '{"data":{"a":' + "[" * 100_000, '"\\x"', "\0"],
    ids=["nothing", "words", "open", "cut off", "deep", "escape", "nul"],
)
def test_what_is_no_json_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Malformed, match=r"^not JSON$"):
        rtvi.decode(text)


@pytest.mark.parametrize(
    "text",
    ["[]", "7", "null", "{}", '{"label":"x","type":"y"}', '{"label":"rtvi-ai"}', '{"label":"rtvi-ai","type":1}'],
)
def test_what_is_json_of_another_kind_gets_an_example(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        rtvi.decode(text)
    example = str(caught.value).partition("such as ")[2]
    assert rtvi.decode(example).content == "hello"


@given(JSON)
def test_any_json_is_a_message_or_malformed_in_words_of_our_own(value: object) -> None:
    assert outcome(json.dumps(value)) in OUTCOMES


@given(st.binary())
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    assert outcome(data) in OUTCOMES


def outcome(text: str | bytes) -> str:
    try:
        return type(rtvi.decode(text)).__name__
    except Malformed as error:
        return str(error)


def test_what_is_said_is_rtvi_too() -> None:
    said: dict[str, dict[str, Any]] = {
        rtvi.STARTED: {"type": "bot-llm-started"},
        rtvi.text('<b>"'): {"type": "bot-llm-text", "data": {"text": '<b>"'}},
        rtvi.STOPPED: {"type": "bot-llm-stopped"},
        rtvi.refused("7", "no"): {"type": "error-response", "id": "7", "data": {"error": "no"}},
        rtvi.failed("gone", fatal=True): {"type": "error", "data": {"error": "gone", "fatal": True}},
    }
    assert {text: json.loads(text) for text in said} == {
        text: {"label": "rtvi-ai"} | message for text, message in said.items()
    }


def test_the_words_of_a_malformed_message_fit_into_a_close_frame() -> None:
    assert len(rtvi.NOT_RTVI.encode()) <= 123
