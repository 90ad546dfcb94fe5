"""Audio of one form, at the speed of speech."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dv_pipecat.conversation.hearing import BYTES_A_SECOND, Hearing, Inaudible, TooFast

anything = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5)


def hearing(times: list[float] | None = None) -> Hearing:
    clock = iter(times or [0.0] * 100)
    return Hearing(lambda: next(clock))


def packed(audio: bytes, **other: Any) -> dict[str, Any]:
    return {"base64Audio": base64.b64encode(audio).decode(), "sampleRate": 16_000, "numChannels": 1} | other


def test_the_one_form_is_taken() -> None:
    assert hearing().check(b"\0\0", 16_000, 1) == b"\0\0"
    assert hearing().unpack(packed(b"\1\0")) == b"\1\0"
    halves = [base64.b64encode(half).decode() for half in (b"\1\0", b"\2\0")]
    assert hearing().unpack(packed(b"", base64AudioBatch=halves)) == b"\1\0\2\0"


@pytest.mark.parametrize(
    ("audio", "hertz", "channels"),
    [(b"\0\0", 8_000, 1), (b"\0\0", 2**32 - 1, 1), (b"\0\0", 0, 1), (b"\0\0", 16_000, 2), (b"\0", 16_000, 1)],
)
def test_any_other_form_is_refused(audio: bytes, hertz: int, channels: int) -> None:
    with pytest.raises(Inaudible, match="16000 Hz, one channel"):
        hearing().check(audio, hertz, channels)


@pytest.mark.parametrize("data", [None, {}, packed(b"", base64Audio="?"), packed(b"", base64AudioBatch="no")])
def test_what_is_no_audio_is_refused(data: dict[str, Any] | None) -> None:
    with pytest.raises(Inaudible, match="raw-audio needs"):
        hearing().unpack(data)


@given(st.dictionaries(st.sampled_from(["base64Audio", "base64AudioBatch", "sampleRate", "numChannels"]), anything))
def test_whatever_a_message_holds_is_audio_or_refused(data: dict[str, Any]) -> None:
    with suppress(Inaudible):
        assert isinstance(hearing().unpack(data), bytes)


def test_speech_may_be_late_and_not_early() -> None:
    second = b"\0" * BYTES_A_SECOND
    listening = hearing([0.0, *([0.0] * 10), 5.0, 5.0])
    for _ in range(10):
        listening.check(second, 16_000, 1)
    listening.check(second * 5, 16_000, 1)
    with pytest.raises(TooFast):
        listening.check(second[:2], 16_000, 1)
