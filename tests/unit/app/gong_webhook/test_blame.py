"""Who is tried with whom, and whose fault a failure is."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.gong_webhook.blame import BATCH, Blame
from app.gong_webhook.model import Job
from tests.servers.stores import delivery

JOBS = [Job(str(number), delivery(str(number)), lease="token") for number in range(BATCH)]


def test_jobs_that_nothing_is_known_of_are_tried_together() -> None:
    assert Blame().company(JOBS) == JOBS


def test_after_a_failure_one_is_taken_and_twice_as_many_after_each_success() -> None:
    blame = Blame()
    blame.failed(JOBS)
    sizes = []
    for job in JOBS[:8]:
        sizes.append(blame.size)
        blame.succeeded([job])
    assert sizes == [1, 2, 4, 8, 16, 32, 64, BATCH]


def test_while_nothing_gets_through_nobody_is_at_fault() -> None:
    blame = Blame()
    for _ in range(10):
        blame.failed(JOBS[:1])
    assert not blame.is_own_fault(JOBS[0])
    assert blame.company(JOBS[:5]) == JOBS[:5]


def test_who_failed_alone_is_at_fault_once_another_gets_through() -> None:
    blame = Blame()
    blame.failed(JOBS[:1])
    blame.succeeded(JOBS[1:2])
    assert blame.is_own_fault(JOBS[0])
    assert blame.company(JOBS[:5]) == JOBS[:1]
    blame.succeeded(JOBS[:1])
    assert not blame.is_own_fault(JOBS[0])


def test_the_end_of_workers_halves_the_company_down_to_one() -> None:
    taken = [[replace(job, takes=takes) for job in JOBS] for takes in range(1, 11)]
    assert [len(Blame().company(jobs)) for jobs in taken] == [100, 100, 50, 25, 12, 6, 3, 1, 1, 1]


@given(guilty=st.integers(0, BATCH - 1), seed=st.integers(0, 2**32))
def test_among_many_the_one_at_fault_is_found_and_nobody_else_is_blamed(guilty: int, seed: int) -> None:
    blame, waiting, at_fault = Blame(), list(JOBS), JOBS[guilty]
    chance = random.Random(seed)
    for number in range(5 * BATCH):
        if blame.is_own_fault(at_fault):
            break
        chance.shuffle(waiting)
        company = blame.company(waiting[: blame.size])
        assert not any(blame.is_own_fault(job) for job in company)
        if at_fault in company:
            blame.failed(company)
        else:
            blame.succeeded(company)
            waiting = [job for job in waiting if job not in company]
        if waiting == [at_fault]:
            waiting.append(Job(f"new {number}", delivery(str(number)), lease="token"))
    assert blame.is_own_fault(at_fault)
