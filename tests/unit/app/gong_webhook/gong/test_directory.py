"""How long a user is remembered, known or not, and how many are."""

from __future__ import annotations

from app.gong_webhook.gong import directory
from app.gong_webhook.gong.directory import Directory
from app.gong_webhook.model import User
from tests.unit.app.clock import Clock

ANN = User("1", "Ann", "ann@example.com")


def test_a_user_is_known_for_an_hour_and_then_asked_for_again() -> None:
    known = Directory(clock := Clock())
    known.learn(["1"], {"1": ANN})
    clock.now += 3599
    assert known.missing(["1"]) == []
    assert known.users(["1"]) == {"1": ANN}
    clock.now += 2
    assert known.missing(["1"]) == ["1"]


def test_that_gong_does_not_know_a_user_is_remembered_for_a_shorter_time() -> None:
    known = Directory(clock := Clock())
    known.learn(["2"], {})
    assert known.missing(["2"]) == []
    assert known.users(["2"]) == {}
    clock.now += 601
    assert known.missing(["2"]) == ["2"]


def test_each_is_missing_once_in_the_order_asked() -> None:
    assert Directory().missing(["3", "1", "3"]) == ["3", "1"]


def test_of_too_many_the_longest_known_are_forgotten() -> None:
    known = Directory()
    ids = [str(number) for number in range(directory.MOST_USERS)]
    known.learn(ids, {each: User(each) for each in ids})
    known.learn(["0"], {"0": ANN})
    known.learn(["new"], {})
    assert known.missing(["0", "1", "2", "new"]) == ["1"]
