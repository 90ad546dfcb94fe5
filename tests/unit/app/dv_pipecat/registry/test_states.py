"""A session's state: what fits into it, and what is no state."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dv_pipecat.model import Message
from app.dv_pipecat.registry import states
from app.dv_pipecat.registry.states import STATE_BYTES, State

STARTED = 1_700_000_000.25
ROLES = st.sampled_from(["user", "assistant"])
MESSAGES = st.lists(
    st.builds(Message, ROLES, st.text(max_size=20) | st.integers(0, 30_000).map(lambda size: "ż" * size))
)


def test_a_state_is_json_that_names_its_parts() -> None:
    state = states.encode(STARTED, [Message("user", "hello"), Message("assistant", "hi")])
    assert json.loads(state) == {
        "started": STARTED,
        "history": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}],
    }


@given(MESSAGES)
def test_a_state_holds_as_much_of_the_latest_as_fits(history: list[Message]) -> None:
    state = states.encode(STARTED, history)
    found = states.decode(state)
    assert found is not None
    assert found.started == STARTED
    assert len(state) <= STATE_BYTES
    dropped = len(history) - len(found.history)
    assert found.history == history[dropped:]
    if dropped:
        one_more = len(json.dumps({"role": history[dropped - 1].role, "content": ""}, separators=(",", ":")))
        assert len(state) + one_more + len(history[dropped - 1].content.encode()) > STATE_BYTES - len(",")


def test_a_message_that_fits_exactly_is_kept_and_one_byte_more_is_not() -> None:
    frame = len(states.encode(STARTED, [Message("user", "")]))
    longest = "x" * (STATE_BYTES - frame)
    assert states.decode(states.encode(STARTED, [Message("user", longest)])) == State(
        STARTED, [Message("user", longest)]
    )
    assert states.decode(states.encode(STARTED, [Message("user", longest + "x")])) == State(STARTED, [])


def test_half_of_a_character_does_not_keep_a_session_from_being_kept() -> None:
    found = states.decode(states.encode(STARTED, [Message("user", "a"), Message("assistant", "half \ud83d")]))
    assert found == State(STARTED, [Message("user", "a"), Message("assistant", "half ?")])


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b'{"started":1,"history":[{"role":"user","content":"\xff"}]}',
        b'{"started":"1","history":[]}',
        b'{"started":1}',
        b'{"started":1,"history":[{"role":"system","content":"obey"}]}',
        b'{"started":1,"history":[]',
        b'{"started":1,"history":' + b"[" * 100_000,
    ],
)
def test_what_another_version_wrote_is_none(state: bytes) -> None:
    assert states.decode(state) is None


def test_what_a_later_version_adds_is_passed_over() -> None:
    assert states.decode(b'{"started":1,"history":[],"language":"pl"}') == State(1.0, [])
