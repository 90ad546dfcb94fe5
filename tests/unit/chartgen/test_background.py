"""Work beside the main thread: its results, its errors, and a limit to the waiting."""

from __future__ import annotations

import threading
import time

import pytest

from chartgen.background import Started


def test_a_result_is_handed_over() -> None:
    assert Started(lambda: 1 + 1).result() == 2


def test_work_goes_on_beside_the_main_thread() -> None:
    here = threading.Event()
    started = Started(lambda: here.wait(5))
    here.set()
    assert started.result() is True


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    started: Started[int] = Started(lambda: int("x"))
    with pytest.raises(ValueError, match="invalid literal"):
        started.result()


def test_a_thread_is_used_again() -> None:
    first = Started(threading.get_ident).result()
    assert Started(threading.get_ident).result() == first


def test_work_that_takes_too_long_is_given_up_and_its_thread_not_used_again() -> None:
    done = threading.Event()
    late = Started(lambda: (done.wait(5), threading.get_ident())[1])
    with pytest.raises(TimeoutError):
        late.result(0.01)
    assert Started(lambda: "next").result() == "next"
    done.set()


def test_handing_work_over_costs_less_than_a_tenth_of_a_millisecond() -> None:
    Started(lambda: None).result()
    best = min(_seconds() for _ in range(200))
    assert best < 0.0001


def _seconds() -> float:
    start = time.perf_counter()
    Started(lambda: None).result()
    return time.perf_counter() - start
