"""The model's context: bounded, and remembered after each reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.dv_pipecat.conversation.context import CONTEXT_BYTES, MESSAGE_BYTES, MOST_REPLY_CHARACTERS, Context
from app.dv_pipecat.model import Message

sizes = st.lists(st.integers(0, CONTEXT_BYTES + 10), max_size=8)


def message(number: int, size: int) -> Any:
    role, content = ("user", "assistant")[number % 2], f"{number}" + "é" * (size // 2)
    return {"role": role, "content": content if role == "user" else content[:MOST_REPLY_CHARACTERS]}


def test_the_oldest_goes_first() -> None:
    context = Context([Message("user", "a" * (CONTEXT_BYTES - MESSAGE_BYTES))], lambda _: None)
    context.add_messages([{"role": "user", "content": "b"}])
    assert list(context.said()) == [Message("user", "b")]


def test_the_newest_stays_whatever_its_size() -> None:
    context = Context((), lambda _: None)
    context.add_message({"role": "user", "content": "a" * (CONTEXT_BYTES + 1)})
    assert len(list(context.said())) == 1


def test_messages_without_a_text_are_bounded_too() -> None:
    context = Context((), lambda _: None)
    context.add_messages([{"role": "user", "content": ""}] * 1_000)
    assert len(list(context.said())) == CONTEXT_BYTES // MESSAGE_BYTES


def test_what_comes_from_another_pod_is_bounded_too() -> None:
    context = Context(
        [Message("user", "a" * (CONTEXT_BYTES - MESSAGE_BYTES)), Message("assistant", "b")], lambda _: None
    )
    assert list(context.said()) == [Message("assistant", "b")]


def test_what_is_remembered_is_what_was_said_and_only_after_a_reply() -> None:
    remembered: list[Sequence[Message]] = []
    context = Context((), remembered.append)
    context.add_message({"role": "user", "content": "hello"})
    assert not remembered
    context.add_message({"role": "developer", "content": "not said by anybody"})
    context.add_message({"role": "assistant", "content": "hi"})
    assert remembered == [[Message("user", "hello"), Message("assistant", "hi")]]


@given(sizes)
def test_no_more_is_kept_than_the_bound_and_no_less_than_fits(given_sizes: list[int]) -> None:
    context = Context((), lambda _: None)
    everything = [message(number, size) for number, size in enumerate(given_sizes)]
    context.add_messages(everything)
    kept = context.get_messages()
    assert kept == everything[len(everything) - len(kept) :]
    lengths = [MESSAGE_BYTES + len(each["content"].encode()) for each in everything]
    assert len(kept) <= 1 or sum(lengths[-len(kept) :]) <= CONTEXT_BYTES
    assert len(kept) == len(everything) or sum(lengths[-len(kept) - 1 :]) > CONTEXT_BYTES
