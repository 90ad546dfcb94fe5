"""Kills the service's processes while calls come in, and counts what became of each call.

`python -m tests.chaos.gong_webhook redis` (three processes, Redis, which is killed once too) or `sqlite` (one process).
Every process receives and works; whatever is killed is started again at once. Exit status 1 if a call was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import NamedTuple

import httpx2

from app.gong_webhook import sample
from tests.servers import signing
from tests.servers.gong import KEY, StandIn
from tests.servers.loopback import serving
from tests.servers.processes import Process
from tests.servers.redis import RedisServer
from tests.servers.unlimited import ENVIRONMENT

KILL_EVERY_SECONDS = 0.5
LEASE_SECONDS = 2.0
# a sender that gets no 202 tries again so soon
SEND_AGAIN_SECONDS = 0.2
GIVE_UP_SECONDS = 180.0
# tells of every write of a row, those of processes that were killed right after included
COUNT_WRITES = """
CREATE TABLE writes (call_id TEXT NOT NULL);
CREATE TRIGGER write_of_new AFTER INSERT ON calls BEGIN INSERT INTO writes VALUES (new.call_id); END;
CREATE TRIGGER write_of_old AFTER UPDATE ON calls BEGIN INSERT INTO writes VALUES (new.call_id); END;
"""


class Report(NamedTuple):
    """Calls, but for the kills. `twice`: written more than once to the warehouse, where one row stays.

    `rows_too_many`: of participants, sentences and trackers, whose tables have no key that would keep them out.
    """

    sent: int
    acknowledged: int
    stored: int
    lost: int
    rows_too_many: int
    twice: int
    dead: int
    waiting: int
    kills: int
    redis_kills: int
    seconds: float

    def is_well(self) -> bool:
        """Each call that was acknowledged is stored once, in spite of kills."""
        whole = self.sent == self.acknowledged == self.stored
        return whole and self.kills > 0 and not (self.lost or self.rows_too_many or self.dead or self.waiting)

    def __str__(self) -> str:
        return (
            f"{self.sent} calls sent, {self.acknowledged} acknowledged, {self.stored} stored, {self.lost} lost, "
            f"{self.rows_too_many} rows too many, {self.twice} processed more than once, {self.dead} dead letters, "
            f"{self.waiting} still waiting; "
            f"{self.kills} processes killed, Redis killed {self.redis_kills} times; {self.seconds:.0f} s"
        )


class Chaos:
    def __init__(self, folder: Path, processes: Sequence[Process], redis: RedisServer | None) -> None:
        self._folder = folder
        self._processes = processes
        self._redis = redis
        self._acknowledged: set[str] = set()
        self._kills = 0
        self._redis_kills = 0

    async def run(self, calls: int, per_second: float) -> Report:
        start = time.monotonic()
        async with httpx2.AsyncClient(timeout=5.0) as client:
            await self._answering(client)
            self._count_writes()
            ids = [str(10**18 + number) for number in range(calls)]
            bodies = {call_id: sample.body(call_id) for call_id in ids}
            headers = {call_id: signing.headers(body) for call_id, body in bodies.items()}
            start = time.monotonic()
            killer = asyncio.create_task(self._kill(client))
            breaker = asyncio.create_task(self._break_redis(calls / per_second / 2))
            async with asyncio.TaskGroup() as sending:
                for number, call_id in enumerate(ids):
                    await asyncio.sleep(max(0.0, start + number / per_second - time.monotonic()))
                    sending.create_task(self._send(client, call_id, bodies[call_id], headers[call_id]))
            await breaker
            await self._drained(set(ids))
            killer.cancel()
            with suppress(asyncio.CancelledError):
                await killer
            await self._answering(client)
            return self._report(ids, time.monotonic() - start, await self._left(client))

    async def _send(self, client: httpx2.AsyncClient, call_id: str, body: bytes, headers: dict[str, str]) -> None:
        """As a sender does that tries again until it is told 202."""
        while call_id not in self._acknowledged:
            url = f"http://127.0.0.1:{random.choice(self._processes).port}/webhooks/gong"
            try:
                answer = await client.post(url, content=body, headers=headers)
            except httpx2.HTTPError:
                answer = None
            if answer is not None and answer.status_code == httpx2.codes.ACCEPTED:
                self._acknowledged.add(call_id)
            else:
                await asyncio.sleep(SEND_AGAIN_SECONDS)

    async def _kill(self, client: httpx2.AsyncClient) -> None:
        """With one process, half a second after it is ready: it would never be, otherwise."""
        while True:
            if len(self._processes) == 1:
                await self._answering(client)
            await asyncio.sleep(KILL_EVERY_SECONDS)
            victim = random.choice(self._processes)
            victim.kill()
            victim.start()
            self._kills += 1

    async def _break_redis(self, after: float) -> None:
        if self._redis is None:
            return
        await asyncio.sleep(after)
        self._redis.kill()
        await asyncio.to_thread(self._redis.start)
        self._redis_kills += 1

    async def _answering(self, client: httpx2.AsyncClient) -> None:
        for process in self._processes:
            while True:
                try:
                    if (await client.get(f"http://127.0.0.1:{process.port}/health?ready")).is_success:
                        break
                except httpx2.HTTPError:
                    pass
                await asyncio.sleep(0.02)

    def _count_writes(self) -> None:
        with closing(sqlite3.connect(self._folder / "data" / "warehouse.sqlite")) as connection:
            connection.executescript(COUNT_WRITES)

    def _rows(self, table: str) -> Counter[str]:
        with closing(sqlite3.connect(self._folder / "data" / "warehouse.sqlite", timeout=30)) as connection:
            return Counter(row[0] for row in connection.execute(f"SELECT call_id FROM {table}"))  # noqa: S608  our own

    def _doubled(self, table: str) -> int:
        query = f"SELECT count(*) - count(DISTINCT call_id || ':' || position) FROM {table}"  # noqa: S608  our own
        with closing(sqlite3.connect(self._folder / "data" / "warehouse.sqlite", timeout=30)) as connection:
            found: int = connection.execute(query).fetchone()[0]
            return found

    async def _drained(self, ids: set[str]) -> None:
        """The kills go on meanwhile."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            if not ids - set(self._rows("calls")) or time.monotonic() > deadline:
                return
            await asyncio.sleep(0.5)

    async def _left(self, client: httpx2.AsyncClient) -> dict[str, int]:
        """What the queue still holds, once leases of the killed have run out and what they held is done."""
        deadline = time.monotonic() + 10 * LEASE_SECONDS
        while True:
            text = (await client.get(f"http://127.0.0.1:{self._processes[0].port}/metrics")).text
            left = {
                name: int(float(line.split()[1]))
                for line in text.splitlines()
                for name in ("gong_webhook_queue_depth", "gong_webhook_dead_letters")
                if line.startswith(f"{name} ")
            }
            if (len(left) > 1 and not left["gong_webhook_queue_depth"]) or time.monotonic() > deadline:
                return left
            await asyncio.sleep(0.2)

    def _report(self, ids: Sequence[str], seconds: float, left: Mapping[str, int]) -> Report:
        rows, writes = self._rows("calls"), self._rows("writes")
        children = [self._doubled(table) for table in ("participants", "transcripts", "trackers")]
        return Report(
            sent=len(ids),
            acknowledged=len(self._acknowledged),
            stored=len(rows),
            lost=len(self._acknowledged - set(rows)),
            rows_too_many=sum(children),
            twice=sum(1 for count in writes.values() if count > 1),
            dead=left["gong_webhook_dead_letters"],
            waiting=left["gong_webhook_queue_depth"],
            kills=self._kills,
            redis_kills=self._redis_kills,
            seconds=seconds,
        )


def chaos(store: str, *, calls: int, per_second: float, redis_server: Path = Path("redis-server")) -> Report:
    """`store`: redis or sqlite."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        gong = parts.enter_context(serving(StandIn(per_second=None, daily=None)))
        environment = {
            **ENVIRONMENT,
            "GONG_API_BASE_URL": gong,
            "GONG_API_KEY": KEY,
            "RECONCILE_EVERY_SECONDS": "0",
            "GONG_WEBHOOK_SECRETS": signing.public_base64(),
            "PUBLIC_WEBHOOK_URL": signing.URL,
            "LEASE_SECONDS": str(LEASE_SECONDS),
        }
        redis = None
        if store == "redis":
            redis = RedisServer(redis_server, folder)
            parts.callback(redis.stop)
            environment["REDIS_URL"] = redis.url
        processes = [
            Process("all", folder, environment | {"RUN_DIR": str(folder / f"run-{number}")}, "tests.servers.unlimited")
            for number in range(3 if redis else 1)
        ]
        for process in processes:
            parts.callback(process.wait)
            parts.callback(process.terminate)
        return asyncio.run(Chaos(folder, processes, redis).run(calls, per_second))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stores", nargs="*", default=["redis", "sqlite"], metavar="redis|sqlite")
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--per-second", type=float, default=250.0)
    given = parser.parse_args()
    reports = []
    for store in given.stores:
        reports.append(chaos(store, calls=given.calls, per_second=given.per_second))
        print(f"{store}: {reports[-1]}", flush=True)
    sys.exit(not all(report.is_well() for report in reports))


if __name__ == "__main__":
    main()
