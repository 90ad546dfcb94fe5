"""When a call is tried again, and when it is given up: pure, and the only home of these rules.

Two schedules. A failure of the call itself counts an attempt, and after `max_attempts` the call is a dead letter.
Gong's "not processed yet" counts a wait: its lag is hours, so that schedule is long, and a call is not at fault.
An outage counts neither: a dependency that is down must not turn a queue into dead letters.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from app.gong_webhook.model import Job, Postponed

# enough to get from a second to any delay, and few enough for a float
MOST_DOUBLINGS = 64


class Rules(NamedTuple):
    """Delays in seconds. `not_ready_for`: how long Gong is asked in all for what it has not processed yet."""

    max_attempts: int
    initial_delay: float
    longest_delay: float
    not_ready_initial: float
    not_ready_longest: float
    not_ready_for: float


def backoff(initial: float, longest: float, step: int, chance: float) -> float:
    """Seconds before try number `step` + 2: doubled each time; of it, the upper half is left to `chance` (0 to 1).

    Without that, what failed together would come back together.
    """
    whole = longest if step > MOST_DOUBLINGS else min(longest, initial * 2**step)
    return whole * (0.5 + 0.5 * chance)


def failed(job: Job, rules: Rules, chance: float) -> Postponed | None:
    """None: given up."""
    attempts = job.attempts + 1
    if attempts >= rules.max_attempts:
        return None
    delay = backoff(rules.initial_delay, rules.longest_delay, job.attempts, chance)
    return Postponed(job, delay, attempts, job.waits)


def not_ready(job: Job, rules: Rules, chance: float) -> Postponed | None:
    """None: Gong was asked for long enough. Counted in waits, not by the clock, so that a replay starts anew."""
    if job.waits >= most_waits(rules):
        return None
    delay = backoff(rules.not_ready_initial, rules.not_ready_longest, job.waits, chance)
    return Postponed(job, delay, job.attempts, job.waits + 1)


def outage(job: Job, delay: float) -> Postponed:
    return Postponed(job, delay, job.attempts, job.waits)


def unchanged(job: Job) -> Postponed:
    """Handed back as it was, to be taken again at once."""
    return outage(job, 0.0)


def most_waits(rules: Rules) -> int:
    """How many waits of full length fill `not_ready_for`; at least one."""
    waits, total, delay = 0, 0.0, rules.not_ready_initial
    while delay < rules.not_ready_longest and total < rules.not_ready_for:
        waits, total, delay = waits + 1, total + delay, 2 * delay
    return max(1, waits + ceil((rules.not_ready_for - total) / rules.not_ready_longest))
