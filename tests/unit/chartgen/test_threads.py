"""Work beside the main thread: its results, its errors, and a limit to the waiting."""

from __future__ import annotations

import threading
import time

import pytest

from chartgen.threads import Started, in_order, lazy


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


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_results_come_in_order_however_many_are_at_work(at_once: int) -> None:
    assert list(in_order(lambda number: number * 2, range(7), at_once)) == [0, 2, 4, 6, 8, 10, 12]


def test_no_more_are_at_work_at_once_than_asked_for() -> None:
    working: list[int] = []
    most: list[int] = []

    def work(number: int) -> None:
        working.append(number)
        most.append(len(working))
        time.sleep(0.002)
        working.remove(number)

    list(in_order(work, range(12), 3))
    assert max(most) <= 3


def test_an_error_comes_in_its_turn() -> None:
    results = in_order(int, ["1", "x", "3"], 2)
    assert next(results) == 1
    with pytest.raises(ValueError, match="invalid literal"):
        next(results)


class Meeting:
    """Of which each waits for another, once."""

    barrier = threading.Barrier(2, timeout=5)
    asked = 0

    @lazy
    def met(self) -> bool:
        """Made when it is first asked for."""
        self.asked += 1
        return self.barrier.wait() >= 0


def test_a_lazy_part_is_made_once_and_of_two_objects_in_two_threads_at_once() -> None:
    one, other = Meeting(), Meeting()
    beside = Started(lambda: one.met)
    assert other.met
    assert beside.result()
    assert (one.met, one.asked) == (True, 1)
