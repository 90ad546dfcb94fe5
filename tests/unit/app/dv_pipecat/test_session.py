"""A session ends when it has to, for the first reason that there is, and not before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.dv_pipecat.closing import RESUMABLE, Close, Reason
from app.dv_pipecat.session import Limits, Session, State

LIMITS = Limits(idle=60.0, length=600.0, message_bytes=1000, messages_per_second=10)
START = 1_000_000.0


@pytest.fixture
def session() -> Session:
    session = Session(LIMITS, START)
    session.connected(START)
    return session


def reason(close: Close | None) -> Reason | None:
    return close and close.reason


def test_it_connects_is_active_drains_and_is_closed() -> None:
    session = Session(LIMITS, START)
    states = [session.state]
    session.connected(START)
    states.append(session.state)
    session.drain()
    states.append(session.state)
    session.end(Close(Reason.FINISHED, ""))
    states.append(session.state)
    assert states == [State.CONNECTING, State.ACTIVE, State.DRAINING, State.CLOSED]


def test_one_that_comes_to_a_draining_pod_stays_draining() -> None:
    session = Session(LIMITS, START)
    session.drain()
    session.connected(START)
    assert session.state is State.DRAINING


def test_a_draining_session_goes_on_within_its_limits(session: Session) -> None:
    session.drain()
    assert session.received(10, START + 1) is None
    assert session.due(START + 30) is None
    assert reason(session.due(START + 62)) is Reason.IDLE


def test_a_closed_one_neither_drains_nor_ends_again(session: Session) -> None:
    first = session.end(Close(Reason.FINISHED, "done"))
    session.drain()
    assert session.state is State.CLOSED
    assert session.end(Close(Reason.BUG, "late")) is first
    assert session.lost(1006) is first
    assert session.due(START + 10**6) is None
    assert session.close is first


@pytest.mark.parametrize("heard", ["a message", "a reply that was written"])
def test_silence_ends_it_counted_from_what_was_last_said(session: Session, heard: str) -> None:
    if heard == "a message":
        session.received(1, START + 50)
    else:
        session.writing(START + 49)
        session.written(START + 50)
    assert session.due(START + 110) is None
    assert reason(session.due(START + 111)) is Reason.IDLE


def test_talking_does_not_make_it_longer_than_it_may_be(session: Session) -> None:
    for second in range(600):
        assert session.received(1, START + second) is None
        assert session.due(START + second) is None
    session.received(1, START + 600)
    assert reason(session.due(START + 601)) is Reason.LENGTH


def test_what_it_lasted_on_other_pods_counts() -> None:
    session = Session(LIMITS, START)
    session.connected(START, age=590.0)
    session.received(1, START + 10)
    assert session.due(START + 10) is None
    assert reason(session.due(START + 11)) is Reason.LENGTH


def test_a_conversation_that_does_not_start_is_given_up() -> None:
    session = Session(LIMITS, START)
    assert session.due(START + LIMITS.connecting) is None
    assert reason(session.due(START + LIMITS.connecting + 1)) is Reason.BUG


def test_a_client_that_does_not_read_ends_it(session: Session) -> None:
    session.writing(START + 5)
    session.received(1, START + 14)
    # a second thing to say does not start the time anew
    session.writing(START + 14)
    assert session.due(START + 15) is None
    assert reason(session.due(START + 16)) is Reason.STALLED


def test_one_that_reads_at_last_goes_on(session: Session) -> None:
    session.writing(START + 5)
    session.written(START + 15)
    assert session.due(START + 16) is None


def test_a_message_may_have_as_many_bytes_as_it_says(session: Session) -> None:
    assert session.received(1000, START) is None
    close = session.received(1001, START)
    assert close == Close(Reason.OVERSIZED, "a message may have 1000 bytes")
    assert session.state is State.CLOSED


def test_as_many_messages_as_a_second_may_have_go_through_at_once_and_one_more_does_not(session: Session) -> None:
    assert [session.received(1, START) for _ in range(10)] == [None] * 10
    assert reason(session.received(1, START)) is Reason.FLOOD


def test_the_allowance_comes_back_with_time_and_is_not_saved_up(session: Session) -> None:
    for _ in range(10):
        session.received(1, START)
    assert [session.received(1, START + 0.5) for _ in range(5)] == [None] * 5
    assert [session.received(1, START + 100) for _ in range(10)] == [None] * 10
    assert reason(session.received(1, START + 100)) is Reason.FLOOD


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (1000, Reason.CLIENT),
        (1001, Reason.LEFT),
        (1002, Reason.MALFORMED),
        (1005, Reason.LOST),
        (1006, Reason.LOST),
        (1007, Reason.MALFORMED),
        (1009, Reason.OVERSIZED),
        (4999, Reason.LEFT),
    ],
)
def test_how_the_connection_ended_says_whose_doing_it_was(session: Session, code: int, expected: Reason) -> None:
    assert session.lost(code).reason is expected
    assert session.state is State.CLOSED


def test_only_an_end_that_nobody_wanted_can_be_gone_on_from() -> None:
    for why in Reason:
        session = Session(LIMITS, START)
        assert not session.resumable
        session.end(Close(why, ""))
        assert session.resumable is (why in RESUMABLE)
    assert Reason.DRAINED in RESUMABLE
    assert not RESUMABLE & {Reason.CLIENT, Reason.FINISHED, Reason.IDLE, Reason.LENGTH, Reason.FLOOD, Reason.REPLACED}


@pytest.mark.parametrize(
    "end",
    [
        lambda session: session.received(10**6, START),
        lambda session: session.due(START + 10**6),
        lambda session: session.lost(1006),
    ],
    ids=["a message too long", "a limit reached", "a connection lost"],
)
def test_every_way_to_end_leaves_it_closed_with_that_reason(
    session: Session, end: Callable[[Session], Close | None]
) -> None:
    close = end(session)
    assert close is not None
    assert session.state is State.CLOSED
    assert session.close == close
