"""The arithmetic of Gong's limits: no second with more than three starts, and a budget that lasts the day."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.gong_webhook.ratelimit import (
    DAY_SECONDS,
    GONG_CALLS_PER_SECOND,
    LONGEST_PACE_SECONDS,
    Limits,
    Purpose,
    budget,
    clamped,
    next_slot,
    pace,
    paused,
)

NOW = 1_790_000_000.0
CONFIGURED = st.builds(
    Limits,
    per_second=st.floats(0.01, 1000),
    burst=st.integers(1, 1000),
    daily=st.just(10_000),
    reserve=st.just(1000),
)


def limits(per_second: float, burst: int) -> Limits:
    return Limits(per_second, burst, daily=10_000, reserve=1000)


@pytest.mark.parametrize(
    ("per_second", "burst", "expected"),
    [
        (2.5, 10, (2.5, 1)),
        (2.5, 1, (2.5, 1)),
        (3, 1, (2.9, 1)),
        (1000, 1000, (2.9, 1)),
        (2, 3, (2, 1)),
        (1.9, 10, (1.9, 2)),
        (1, 10, (1, 2)),
        (0.9, 10, (0.9, 3)),
        (0.5, 2, (0.5, 2)),
    ],
)
def test_what_is_configured_is_kept_as_far_as_gongs_window_allows(
    per_second: float, burst: int, expected: tuple[float, int]
) -> None:
    assert clamped(limits(per_second, burst))[:2] == expected


def starts(gaps: list[float], rate: Limits) -> list[float]:
    """When calls start that are asked for at these distances."""
    now, full, found = NOW, 0.0, []
    for gap in gaps:
        now += gap
        slot = next_slot(now, full, rate)
        full = slot.full
        found.append(slot.start)
    return found


@given(CONFIGURED, st.lists(st.one_of(st.just(0.0), st.floats(0, 0.5), st.floats(0, 100)), max_size=60))
@example(limits(2.5, 10), [0.0] * 20)
@example(limits(1.0, 10), [0.0] * 20)
@example(limits(1.9999999, 10), [0.0] * 20)
def test_no_second_sees_more_starts_than_gong_allows(configured: Limits, gaps: list[float]) -> None:
    found = starts(gaps, clamped(configured))
    assert found == sorted(found)
    for first, fourth in zip(found, found[GONG_CALLS_PER_SECOND:], strict=False):
        assert fourth - first > 1


def test_without_the_clamp_a_burst_breaks_gongs_window() -> None:
    found = starts([0.0] * 20, limits(2.5, 10))
    assert sum(start < NOW + 1 for start in found) == 12


@given(CONFIGURED, st.integers(2, 50))
def test_a_rate_that_is_asked_for_all_the_time_is_reached(configured: Limits, count: int) -> None:
    rate = clamped(configured)
    found = starts([0.0] * count, rate)
    assert found[-1] - NOW == pytest.approx(max(0, count - rate.burst) / rate.per_second, abs=1e-3)


@given(CONFIGURED, st.floats(0, 1e9), st.lists(st.just(0.0), max_size=5))
def test_no_slot_is_given_within_a_pause_which_lasts_a_day_at_most(
    configured: Limits, seconds: float, before: list[float]
) -> None:
    rate = clamped(configured)
    full = 0.0
    for _ in before:
        full = next_slot(NOW, full, rate).full
    slot = next_slot(NOW, paused(NOW, full, seconds, rate), rate)
    assert slot.start - NOW >= min(seconds, DAY_SECONDS) - 1e-3
    assert slot.start - NOW <= max(min(seconds, DAY_SECONDS), len(before) / rate.per_second) + 1e-3


def test_enrichment_leaves_the_reserve() -> None:
    assert budget(Purpose.ENRICH, limits(2.5, 1)) == 9000
    assert budget(Purpose.RECONCILE, limits(2.5, 1)) == 10_000


@pytest.mark.parametrize(
    ("remaining", "seconds_left", "expected"),
    [
        (10_000, DAY_SECONDS, 5.0),
        (5000, DAY_SECONDS / 2, 5.0),
        (9999, DAY_SECONDS / 2, 5.0),
        # 1,000 calls, 2 a batch, for 12 hours
        (1000, DAY_SECONDS / 2, DAY_SECONDS / 2 / 500),
        (1, DAY_SECONDS, LONGEST_PACE_SECONDS),
        (0, DAY_SECONDS, LONGEST_PACE_SECONDS),
        (-5, DAY_SECONDS, LONGEST_PACE_SECONDS),
        (0, 0, 5.0),
    ],
)
def test_batches_come_slower_once_the_budget_would_not_last(
    remaining: int, seconds_left: float, expected: float
) -> None:
    assert pace(remaining, 10_000, seconds_left, calls_per_batch=2, minimum=5.0) == pytest.approx(expected)


@given(st.integers(-10, 20_000), st.floats(0, DAY_SECONDS), st.floats(0.1, 10), st.floats(0, 60))
def test_a_pace_is_never_below_the_minimum_nor_above_the_longest(
    remaining: int, seconds_left: float, calls: float, minimum: float
) -> None:
    assert minimum <= pace(remaining, 10_000, seconds_left, calls, minimum) <= LONGEST_PACE_SECONDS


@given(st.integers(100, 9000), st.floats(1000, DAY_SECONDS))
def test_the_pace_never_spends_more_than_is_left(remaining: int, seconds_left: float) -> None:
    wait = pace(remaining, 10_000, seconds_left, calls_per_batch=2, minimum=0.0)
    assert wait == 0 or 2 * seconds_left / wait <= remaining + 2 * seconds_left / LONGEST_PACE_SECONDS
