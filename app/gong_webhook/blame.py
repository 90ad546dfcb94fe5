"""Who is tried with whom, and whose fault a failure is: the call's only if it fails alone while others get through.

Pure: the worker tells what failed and what succeeded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.gong_webhook.model import Job

# what one page of Gong's API answers: a batch costs two calls of the day's budget, however many it holds
BATCH = 100
# a job that was taken this often without an outcome may be what ends its worker
TAKES_BEFORE_HALVING = 2
# jobs that failed may be settled by another worker: what is known of them is not kept for ever
MOST_REMEMBERED = 10_000


class _Failure(NamedTuple):
    """How many batches had succeeded when a job failed, and in a company of how many."""

    successes: int
    size: int


class Blame:
    """`size`: how many jobs to take next."""

    def __init__(self) -> None:
        self.size = BATCH
        self._successes = 0
        self._failures: dict[str, _Failure] = {}

    def company(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Those of `jobs` to try together now. The smallest company first: who is at fault is to be found soon."""
        size = min(self._size_for(job) for job in jobs)
        return [job for job in jobs if self._size_for(job) == size][:size]

    def is_own_fault(self, job: Job) -> bool:
        """What to make of it if `job` fails alone now."""
        failure = self._failures.get(job.id)
        return failure is not None and failure.size == 1 and failure.successes < self._successes

    def failed(self, jobs: Sequence[Job]) -> None:
        """From here on one job is taken at a time, and twice as many after each success."""
        self.size = 1
        if len(self._failures) > MOST_REMEMBERED:
            self._failures.clear()
        self._failures |= {job.id: _Failure(self._successes, len(jobs)) for job in jobs}

    def succeeded(self, jobs: Sequence[Job]) -> None:
        self._successes += 1
        self.size = min(BATCH, 2 * self.size)
        for job in jobs:
            self._failures.pop(job.id, None)

    def _size_for(self, job: Job) -> int:
        """Half as many each time that workers ended with it, or that it failed and others did not."""
        size = BATCH >> max(0, job.takes - TAKES_BEFORE_HALVING)
        failure = self._failures.get(job.id)
        if failure and failure.successes < self._successes:
            size = min(size, failure.size // 2)
        return max(1, size)
