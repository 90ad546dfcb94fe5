"""Both queues against a plain model, in any order of calls: nothing is lost, nothing doubled, a stale holder powerless.

Leases and delays last no time or very long, so that no example has to wait.
"""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from app.gong_webhook.errors import Full
from app.gong_webhook.model import Delivery, Job, Postponed
from app.gong_webhook.queue import Queue, job_id
from app.gong_webhook.sqlite import Database
from tests.property.machines import AskingMachine, run, run_on_redis
from tests.servers.redis import RedisServer
from tests.servers.stores import RedisStores, SqliteStores, Stores, delivery

LIMIT = 6
TIMES = st.sampled_from([0.0, 1e6])
COUNTS = st.integers(0, 1)
DELIVERY = st.builds(delivery, st.sampled_from("abcde"), st.sampled_from([b"", b"\x00\xff{}"]))
DELIVERIES = st.lists(DELIVERY, min_size=1, max_size=4)
# the latest that were handed out, many times as often as older ones
PICKS = st.lists(st.integers(0, 5) | st.integers(0, 50), min_size=1, max_size=3)
REASONS = st.text(max_size=20)


class Known:
    """What the model knows of a job. `due`: its place in the order of those that may be taken, or None."""

    def __init__(self, delivery: Delivery, due: int) -> None:
        self.delivery = delivery
        self.due: int | None = due
        self.lease: str | None = None
        self.attempts = self.waits = self.takes = 0
        self.reason: str | None = None


class QueueMachine(AskingMachine):
    def __init__(self, stores: Stores, close: Callable[[], Awaitable[None]]) -> None:
        super().__init__(close)
        self.stores = stores
        self.queue: Queue = self.stores.queue(LIMIT)
        self.seen: set[str] = set()
        self.jobs: dict[str, Known] = {}
        self.handed: list[Job] = []
        self.clock = 0

    def due(self, seconds: float) -> int | None:
        self.clock += 1
        return None if seconds else self.clock

    def live(self) -> dict[str, Known]:
        return {key: job for key, job in self.jobs.items() if job.reason is None}

    def held(self, job: Job) -> Known | None:
        known = self.jobs.get(job.id)
        return known if known is not None and known.lease == job.lease else None

    def picked(self, picks: list[int]) -> list[Job]:
        return [self.handed[-1 - pick % len(self.handed)] for pick in picks]

    # a queue that is just full would refuse nearly all of them; one that a replay made too full still knows duplicates
    @precondition(lambda self: len(self.live()) != LIMIT)
    @rule(deliveries=DELIVERIES)
    def put(self, deliveries: list[Delivery]) -> None:
        keys = [job_id(one) for one in deliveries]
        expected = [key not in self.seen and key not in keys[:at] for at, key in enumerate(keys)]
        if any(expected) and len(self.live()) + sum(expected) > LIMIT:
            with pytest.raises(Full):
                self.ask(self.queue.put(deliveries))
            return
        assert self.ask(self.queue.put(deliveries)) == expected
        self.clock += 1
        self.jobs |= {job_id(one): Known(one, self.clock) for one, new in zip(deliveries, expected, strict=True) if new}
        self.seen |= set(keys)

    @precondition(lambda self: self.jobs)
    @rule(most=st.integers(0, 5), lease=TIMES)
    def take(self, most: int, lease: float) -> None:
        waiting = sorted((job.due, key) for key, job in self.live().items() if job.due is not None)
        jobs = self.ask(self.queue.take(most, lease))
        # jobs that became due at the same moment may come in any order
        assert [self.jobs[job.id].due for job in jobs] == [due for due, _ in waiting[:most]]
        assert len({job.id for job in jobs}) == len(jobs)
        due = self.due(lease)
        for job in jobs:
            known = self.jobs[job.id]
            known.lease, known.due, known.takes = job.lease, due, known.takes + 1
            assert job == Job(job.id, known.delivery, job.lease, known.attempts, known.waits, known.takes)
        self.handed += jobs

    @precondition(lambda self: self.handed)
    @rule(picks=PICKS, lease=TIMES)
    def renew(self, picks: list[int], lease: float) -> None:
        jobs = self.picked(picks)
        assert self.ask(self.queue.renew(jobs, lease)) == [job for job in jobs if self.held(job)]
        due = self.due(lease)
        for job in jobs:
            if known := self.held(job):
                known.due = due

    @precondition(lambda self: self.handed)
    @rule(picks=PICKS)
    def done(self, picks: list[int]) -> None:
        jobs = self.picked(picks)
        mine = {job.id for job in jobs if self.held(job)}
        assert self.ask(self.queue.done(jobs)) == len(mine)
        for key in mine:
            del self.jobs[key]

    @precondition(lambda self: self.handed)
    @rule(picks=PICKS, delay=TIMES, added=st.tuples(COUNTS, COUNTS))
    def postpone(self, picks: list[int], delay: float, added: tuple[int, int]) -> None:
        jobs = {job.id: job for job in self.picked(picks)}.values()
        postponed = [Postponed(job, delay, job.attempts + added[0], job.waits + added[1]) for job in jobs]
        mine = [one for one in postponed if self.held(one.job)]
        assert self.ask(self.queue.postpone(postponed)) == len(mine)
        due = self.due(delay)
        for job, _, attempts, waits in mine:
            known = self.jobs[job.id]
            known.takes = 0 if any(added) else known.takes - 1
            known.lease, known.due, known.attempts, known.waits = None, due, attempts, waits

    @precondition(lambda self: self.handed)
    @rule(picks=PICKS, reason=REASONS)
    def bury(self, picks: list[int], reason: str) -> None:
        jobs = self.picked(picks)
        mine = {job.id for job in jobs if self.held(job)}
        assert self.ask(self.queue.bury(jobs, reason)) == len(mine)
        for key in mine:
            self.jobs[key].lease, self.jobs[key].reason = None, reason

    @precondition(lambda self: self.handed)
    @rule(picks=PICKS)
    def replay(self, picks: list[int]) -> None:
        jobs = self.picked(picks)
        mine = {job.id for job in jobs if job.id in self.jobs and self.jobs[job.id].reason is not None}
        assert self.ask(self.queue.replay([job.id for job in jobs])) == len(mine)
        self.clock += 1
        self.jobs |= {key: Known(self.jobs[key].delivery, self.clock) for key in mine}

    @rule()
    def another_process(self) -> None:
        self.queue = self.stores.queue(LIMIT)

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        depth = self.ask(self.queue.depth())
        dead = {key: job for key, job in self.jobs.items() if job.reason is not None}
        assert (depth.jobs, depth.dead) == (len(self.live()), len(dead))
        assert {
            letter.id: (letter.delivery, letter.reason, letter.attempts)
            for letter in self.ask(self.queue.dead_letters(100))
        } == {key: (job.delivery, job.reason, job.attempts) for key, job in dead.items()}


def test_the_sqlite_queue_is_as_its_model(tmp_path: Path) -> None:
    def machine() -> QueueMachine:
        database = Database(Path(tempfile.mkdtemp(dir=tmp_path)) / "queue.db")
        return QueueMachine(SqliteStores(database), database.close)

    run(machine)


def test_the_redis_queue_is_as_its_model(redis_server: RedisServer) -> None:
    run_on_redis(redis_server, lambda client, close: QueueMachine(RedisStores(client), close))
