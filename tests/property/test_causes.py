"""The law of causes, on random truth tables: a cause makes the change, and no member of it can be left out."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import combinations

import pytest

from chartgen.attribution.search import MAX_RENDERS, Factors, Minimal, Outcome, find

TABLES = 500
"""Of each size."""
Table = dict[Factors, str]
"""What stands at the changed place with each set of factors taken from the other side: before, after, or neither."""


def subsets(everything: Factors) -> list[Factors]:
    return [frozenset(chosen) for size in range(len(everything) + 1) for chosen in combinations(everything, size)]


def arbitrary(everything: Factors, random_: random.Random) -> Table:
    table = {chosen: random_.choice(["before", "after", "neither"]) for chosen in subsets(everything)}
    return table | {frozenset(): "before", everything: "after"}


def boolean(everything: Factors, random_: random.Random) -> Table:
    """A tree of and, or, xor and thresholds over the factors, some twice, some not at all."""
    while True:
        tree = formula(sorted(everything), random_, depth=3)
        if tree(everything) and not tree(frozenset()):
            return {chosen: "after" if tree(chosen) else "before" for chosen in subsets(everything)}


def formula(factors: list[int], random_: random.Random, depth: int) -> Callable[[Factors], bool]:
    if depth == 0 or random_.random() < 0.2:
        factor = random_.choice(factors)
        return lambda chosen: factor in chosen
    parts = [formula(factors, random_, depth - 1) for _ in range(random_.randint(2, 4))]
    wanted = random_.randint(1, len(parts))
    if random_.random() < 0.3:
        return lambda chosen: sum(part(chosen) for part in parts) % 2 == 1
    return lambda chosen: sum(part(chosen) for part in parts) >= wanted


def oracle(tables: list[Table]) -> Callable[[Factors], Outcome]:
    def read(chosen: Factors) -> Outcome:
        found = {
            side: frozenset(i for i, table in enumerate(tables) if table[chosen] == side)
            for side in ("before", "after")
        }
        return Outcome(found["before"], found["after"])

    return read


def turned_round(table: Table, everything: Factors) -> Table:
    names = {"before": "after", "after": "before", "neither": "neither"}
    return {chosen: names[table[everything - chosen]] for chosen in table}


def makes(table: Table, chosen: Factors, everything: Factors) -> bool:
    return table[chosen] == "after" and table[everything - chosen] == "before"


def minimal(table: Table, everything: Factors) -> set[Factors]:
    """By brute force."""
    return {
        chosen
        for chosen in table
        if makes(table, chosen, everything) and not any(makes(table, chosen - {i}, everything) for i in chosen)
    }


def cases(size: int) -> Iterator[tuple[Table, Factors]]:
    random_ = random.Random(size)  # the same tables each time
    everything = frozenset(range(size))
    for number in range(TABLES):
        yield (boolean if number % 2 else arbitrary)(everything, random_), everything


def cause_of(table: Table, everything: Factors, limit: int = MAX_RENDERS) -> Minimal:
    (found,) = find(1, len(everything), oracle([table]), limit)
    return found


@pytest.mark.parametrize("size", range(1, 8))
def test_a_cause_makes_the_change_and_none_of_its_factors_can_be_left_out(size: int) -> None:
    for table, everything in cases(size):
        found, known = cause_of(table, everything), minimal(table, everything)
        assert frozenset(found.factors) in known
        assert found.exact
        assert list(found.factors) == sorted(set(found.factors))


@pytest.mark.parametrize("size", range(1, 8))
def test_a_cause_is_called_ambiguous_only_if_there_is_another(size: int) -> None:
    for table, everything in cases(size):
        assert not cause_of(table, everything).ambiguous or len(minimal(table, everything)) > 1


@pytest.mark.parametrize("size", range(1, 8))
def test_any_of_means_that_each_factor_makes_the_change_alone(size: int) -> None:
    for table, everything in cases(size):
        found = cause_of(table, everything)
        alone = all(table[frozenset({factor})] == "after" for factor in found.factors)
        assert found.any_of is (alone and len(found.factors) > 1)


@pytest.mark.parametrize("size", range(1, 8))
def test_the_way_back_has_the_same_cause(size: int) -> None:
    for table, everything in cases(size):
        there, back = cause_of(table, everything), cause_of(turned_round(table, everything), everything)
        assert (there.factors, there.ambiguous) == (back.factors, back.ambiguous)


@pytest.mark.parametrize("limit", [0, 1, 3, 6, 9, 12, 16, 24])
def test_a_limit_on_experiments_holds_and_what_it_leaves_open_is_not_called_exact(limit: int) -> None:
    for table, everything in list(cases(6))[:100]:
        asked: list[Factors] = []

        def counted(chosen: Factors, table: Table = table, asked: list[Factors] = asked) -> Outcome:
            asked.append(chosen)
            return oracle([table])(chosen)

        (found,) = find(1, 6, counted, limit)
        assert len(asked) == len(set(asked)) <= limit
        assert makes(table, frozenset(found.factors), everything)
        assert not found.exact or frozenset(found.factors) in minimal(table, everything)


def test_many_changes_share_their_experiments_and_have_the_causes_that_each_has_alone() -> None:
    tables = [table for table, _ in cases(6)][:50]
    everything = frozenset(range(6))
    assert find(50, 6, oracle(tables)) == [cause_of(table, everything) for table in tables]
