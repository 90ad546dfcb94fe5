"""When a call is tried again, and when it is given up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.gong_webhook import retries
from app.gong_webhook.model import Job
from app.gong_webhook.retries import Rules
from tests.servers.stores import delivery

RULES = Rules(
    max_attempts=5,
    initial_delay=1.0,
    longest_delay=300.0,
    not_ready_initial=300.0,
    not_ready_longest=4 * 3600.0,
    not_ready_for=3 * 24 * 3600.0,
)
JOB = Job("1", delivery("1"), lease="token")


def test_failures_wait_1_2_4_and_8_seconds_and_the_fifth_is_the_last() -> None:
    job, delays = JOB, []
    while (again := retries.failed(job, RULES, chance=1.0)) is not None:
        delays.append(again.delay)
        job = replace(job, attempts=again.attempts)
    assert delays == [1.0, 2.0, 4.0, 8.0]


def test_gong_is_asked_for_three_days_at_intervals_of_up_to_four_hours() -> None:
    job, delays = JOB, []
    while (again := retries.not_ready(job, RULES, chance=1.0)) is not None:
        delays.append(again.delay)
        job = replace(job, waits=again.waits)
    assert delays[:7] == [300.0, 600.0, 1200.0, 2400.0, 4800.0, 9600.0, 14400.0]
    assert max(delays) == RULES.not_ready_longest
    assert RULES.not_ready_for <= sum(delays) < RULES.not_ready_for + RULES.not_ready_longest


def test_neither_schedule_uses_up_the_other() -> None:
    tired = replace(JOB, attempts=3, waits=4)
    assert retries.failed(tired, RULES, chance=0.5) == (tired, retries.backoff(1.0, 300.0, 3, 0.5), 4, 4)
    again = retries.not_ready(tired, RULES, chance=0.5)
    assert again is not None
    assert (again.attempts, again.waits) == (3, 5)


def test_an_outage_counts_nothing() -> None:
    assert retries.outage(JOB, 12.0) == (JOB, 12.0, 0, 0)


@given(step=st.integers(0, 10_000), chance=st.floats(0, 1))
def test_a_delay_never_exceeds_the_longest_and_keeps_its_lower_half(step: int, chance: float) -> None:
    whole = retries.backoff(1.0, 300.0, step, chance=1.0)
    assert whole / 2 <= retries.backoff(1.0, 300.0, step, chance) <= whole <= 300.0


@pytest.mark.parametrize("asked_for", [1.0, 300.0])
def test_gong_is_asked_once_more_however_short_the_time(asked_for: float) -> None:
    rules = RULES._replace(not_ready_for=asked_for)
    assert retries.not_ready(JOB, rules, chance=0.0) is not None
    assert retries.not_ready(replace(JOB, waits=1), rules, chance=0.0) is None
