"""What is due when, by a clock that the test moves: no word is lost, and no session expires under its pod."""

from __future__ import annotations

from collections import deque

import pytest

from app.dv_pipecat.model import Message
from app.dv_pipecat.registry import CLAIMABLE_FOR, Kept, Saved, ledger, states
from app.dv_pipecat.registry.ledger import Ledger
from app.dv_pipecat.tokens import Token, issue

RESUME_SECONDS = 60.0
STARTED = 1_700_000_000.0
SAID, MORE = [Message("user", "hello")], [Message("user", "hello"), Message("assistant", "hi")]
KEPT = Saved([], [])


@pytest.fixture
def book() -> Ledger:
    return Ledger(RESUME_SECONDS)


def begun(book: Ledger, now: float) -> Token:
    token = issue()
    book.begin(token, STARTED, SAID, now)
    return token


def save(book: Ledger, now: float) -> list[Kept]:
    batch = book.batch(book.due)
    assert book.saved(batch, KEPT, now) == []
    return batch


def whole(token: Token, history: list[Message]) -> Kept:
    return Kept(token.session_id, token.digest, states.encode(STARTED, history))


def unchanged(token: Token) -> Kept:
    return Kept(token.session_id, token.digest, None)


def test_a_session_is_due_when_it_begins_and_not_again_before_a_third_of_the_resume_time(book: Ledger) -> None:
    token = begun(book, now=0.0)
    assert save(book, now=1.0) == [whole(token, SAID)]
    assert book.next_look(now=2.0) == 19.0
    book.look(now=20.9)
    assert book.is_settled
    book.look(now=21.0)
    assert save(book, now=22.0) == [unchanged(token)]
    assert book.next_look(now=22.0) == 20.0


def test_a_session_that_its_pod_saves_when_it_is_due_can_be_claimed_for_the_resume_time_at_any_moment(
    book: Ledger,
) -> None:
    begun(book, now=0.0)
    claimable_until = 0.0
    for second in range(600):
        book.look(float(second))
        if save(book, float(second)):
            claimable_until = second + RESUME_SECONDS * CLAIMABLE_FOR
        # also if each write took five seconds
        assert claimable_until - second >= RESUME_SECONDS + 5


def test_those_are_looked_at_first_that_were_saved_longest_ago(book: Ledger) -> None:
    first, second = begun(book, now=0.0), begun(book, now=0.0)
    save(book, now=0.0)
    book.remember(first, MORE)
    save(book, now=10.0)
    assert book.next_look(now=10.0) == 10.0
    book.look(now=20.0)
    assert save(book, now=20.0) == [unchanged(second)]
    book.look(now=30.0)
    assert save(book, now=30.0) == [unchanged(first)]


def test_a_session_that_was_resumed_is_saved_in_time_without_its_state(book: Ledger) -> None:
    token = issue()
    book.resumed(token, STARTED, SAID, now=0.0)
    assert book.is_settled
    book.look(now=20.0)
    assert save(book, now=20.0) == [unchanged(token)]


def test_what_is_remembered_during_a_write_is_still_due_after_it(book: Ledger) -> None:
    token = begun(book, now=0.0)
    batch = book.batch(book.due)
    book.remember(token, MORE)
    book.saved(batch, KEPT, now=0.0)
    assert save(book, now=0.0) == [whole(token, MORE)]
    assert book.is_settled


def test_what_a_failed_write_had_is_due_whole_and_what_it_had_not_is_not(book: Ledger) -> None:
    changed, same = begun(book, now=0.0), begun(book, now=0.0)
    save(book, now=0.0)
    book.look(now=20.0)
    book.remember(changed, MORE)
    book.failed(book.batch(book.due))
    assert sorted(save(book, now=21.0)) == sorted([whole(changed, MORE), unchanged(same)])


def test_what_somebody_else_has_saved_meanwhile_or_what_is_over_is_not_saved_again(book: Ledger) -> None:
    begun(book, now=0.0)
    seen_by_another, over = book.due, begun(book, now=0.0)
    save(book, now=0.0)
    book.end(over)
    assert book.batch(seen_by_another + deque([over.session_id])) == []


def test_what_the_registry_has_lost_is_due_whole(book: Ledger) -> None:
    token = begun(book, now=0.0)
    save(book, now=0.0)
    book.look(now=20.0)
    assert book.saved(book.batch(book.due), Saved([], [token.session_id]), now=20.0) == []
    assert save(book, now=20.0) == [whole(token, SAID)]


def test_a_released_session_whose_words_the_registry_has_lost_is_saved_before_it_is_forgotten(book: Ledger) -> None:
    token = begun(book, now=0.0)
    save(book, now=0.0)
    book.release(token, now=1.0)
    assert book.saved(book.batch(book.due), Saved([], [token.session_id]), now=1.0) == []
    assert save(book, now=1.0) == [whole(token, SAID)]
    assert book.is_settled
    assert not book.mark(token)


def test_a_released_session_is_forgotten_when_its_save_would_come_too_late(book: Ledger) -> None:
    token = begun(book, now=0.0)
    book.release(token, now=1.0)
    book.look(now=90.9)
    assert book.due == deque([token.session_id])
    book.look(now=91.0)
    assert book.is_settled
    assert book.next_look(now=91.0) == 20.0


def test_what_waits_after_its_client_has_gone_is_no_longer_than_a_state(book: Ledger) -> None:
    token = issue()
    book.begin(token, STARTED, [Message("user", "x" * 1000)] * 1000, now=0.0)
    book.release(token, now=0.0)
    session = book._sessions[token.session_id]  # noqa: SLF001
    assert session.history == ()
    assert session.state is not None
    assert len(session.state) <= states.STATE_BYTES


@pytest.mark.parametrize("how", ["ended", "released", "replaced"])
def test_who_no_longer_holds_a_session_changes_nothing(book: Ledger, how: str) -> None:
    token = begun(book, now=0.0)
    if how == "ended":
        book.end(token)
    elif how == "released":
        book.release(token, now=0.0)
    else:
        assert book.replace(token.session_id)
        book.resumed(token.renewed(), STARTED, SAID, now=0.0)
    before = book.due, book.ended
    book.remember(token, MORE)
    book.release(token, now=0.0)
    book.end(token)
    assert (book.due, book.ended) == before
    assert save(book, now=0.0) == ([whole(token, SAID)] if how == "released" else [])


def test_a_write_of_sessions_that_are_over_is_bounded(book: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "BATCH_SESSIONS", 2)
    for _ in range(3):
        book.end(begun(book, now=0.0))
    first = book.ended
    book.done(first)
    second = book.ended
    book.done(second)
    assert (len(first), len(second)) == (2, 1)
    assert book.is_settled
