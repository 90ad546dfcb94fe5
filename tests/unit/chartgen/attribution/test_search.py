"""Which factors make a change: the usual tables by hand; the law itself is in tests/property/test_causes.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chartgen.attribution.search import Factors, Minimal, Outcome, find

NONE: frozenset[int] = frozenset()
ONE = frozenset({0})


def oracle(makes: Callable[[Factors], bool]) -> Callable[[Factors], Outcome]:
    return lambda chosen: Outcome(NONE, ONE) if makes(chosen) else Outcome(ONE, NONE)


def cause(factors: int, makes: Callable[[Factors], bool], limit: int = 2000) -> Minimal:
    (found,) = find(1, factors, oracle(makes), limit)
    return found


@pytest.mark.parametrize("factors", [1, 2, 5])
def test_one_factor_that_makes_the_change_is_the_cause(factors: int) -> None:
    assert cause(factors, lambda chosen: 0 in chosen) == Minimal((0,))


def test_the_only_factor_is_tried_too_since_experiments_tell_what_is_secret() -> None:
    tried: list[Factors] = []

    def counted(chosen: Factors) -> Outcome:
        tried.append(chosen)
        return oracle(lambda one: 0 in one)(chosen)

    assert find(1, 1, counted) == [Minimal((0,))]
    assert set(tried) == {frozenset(), frozenset({0})}


def test_factors_that_act_only_together_are_the_cause_together() -> None:
    assert cause(5, lambda chosen: {1, 3} <= chosen) == Minimal((1, 3))


def test_factors_of_which_any_would_do_are_told_as_such() -> None:
    assert cause(5, lambda chosen: bool({1, 3} & chosen)) == Minimal((1, 3), any_of=True)


def test_where_several_sets_would_do_one_is_taken_and_called_ambiguous() -> None:
    assert cause(3, lambda chosen: len(chosen) >= 2) == Minimal((1, 2), ambiguous=True)


def test_where_several_factors_would_do_alone_though_not_together_the_first_is_taken_and_called_ambiguous() -> None:
    assert cause(3, lambda chosen: chosen in ({0}, {1}, {0, 1, 2})) == Minimal((0,), ambiguous=True)


def test_a_factor_that_makes_the_change_alone_goes_before_a_set_that_does() -> None:
    assert cause(4, lambda chosen: chosen in ({2}, {0, 1}, {0, 1, 2, 3})) == Minimal((2,))


def test_a_change_that_reads_as_neither_on_the_way_needs_all() -> None:
    def read(chosen: Factors) -> Outcome:
        return {0: Outcome(ONE, NONE), 3: Outcome(NONE, ONE)}.get(len(chosen), Outcome(NONE, NONE))

    assert find(1, 3, read) == [Minimal((0, 1, 2))]


def test_without_changes_there_is_nothing_to_find() -> None:
    assert find(0, 3, oracle(lambda _: True)) == []


def test_one_needle_in_many_factors_is_found_within_the_first_experiments() -> None:
    assert cause(500, lambda chosen: 250 in chosen, limit=1000) == Minimal((250,))


def test_many_factors_that_act_together_are_found_by_halves() -> None:
    assert cause(64, lambda chosen: {1, 30, 31, 63} <= chosen, limit=400) == Minimal((1, 30, 31, 63))


@pytest.mark.parametrize("limit", [0, 1, 15])
def test_a_limit_below_what_single_factors_need_leaves_all_of_them(limit: int) -> None:
    assert cause(8, lambda chosen: 7 in chosen, limit) == Minimal(tuple(range(8)), exact=False)


def test_what_was_found_before_the_limit_stands() -> None:
    assert cause(8, lambda chosen: 0 in chosen, limit=15) == Minimal((0,))


def test_a_limit_reached_later_leaves_what_is_still_in_question() -> None:
    def makes(chosen: Factors) -> bool:
        return set(range(0, 16, 2)) <= chosen

    found = cause(16, makes, limit=33)
    assert not found.exact
    assert set(range(0, 16, 2)) <= set(found.factors)


def test_factors_that_do_not_render_alone_are_no_part_of_what_others_make() -> None:
    """`gossip.name` and `gossip.key` only render together; name and zone make the one change."""
    name, gossip_name, gossip_key, zone = range(4)

    def oracle(chosen: Factors) -> Outcome:
        if (gossip_name in chosen) is not (gossip_key in chosen):
            return Outcome(frozenset(), frozenset(), rendered=False)
        swapped = chosen & {name, zone}
        return Outcome(frozenset({0} if not swapped else ()), frozenset({0} if len(swapped) == 2 else ()))

    (found,) = find(1, 4, oracle)
    assert (found.factors, found.exact) == ((name, zone), True)
