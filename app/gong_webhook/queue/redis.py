"""The queue in Redis: for several pods. As durable as the server's append-only file, hence `warning`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from redis.exceptions import ResponseError

from app.gong_webhook.errors import Full
from app.gong_webhook.model import DeadLetter, Delivery, Depth, Job, Postponed
from app.gong_webhook.queue import DEDUPE_SECONDS, job_id, reason_to_keep, scripts
from app.gong_webhook.queue.packing import UNREADABLE_REASON, packed, unpacked, unreadable
from app.redis import Client, Script, answer

DEDUPE_MILLISECONDS = int(DEDUPE_SECONDS * 1000)


class RedisQueue:
    def __init__(self, client: Client, limit: int) -> None:
        self._client = client
        self._limit = limit
        self._put = Script(client, scripts.PUT)
        self._take = Script(client, scripts.TAKE)
        self._renew = Script(client, scripts.RENEW)
        self._done = Script(client, scripts.DONE)
        self._postpone = Script(client, scripts.POSTPONE)
        self._bury = Script(client, scripts.BURY)
        self._holds = Script(client, scripts.HOLDS)
        self._depth = Script(client, scripts.DEPTH)
        self._dead_letters = Script(client, scripts.DEAD_LETTERS)
        self._replay = Script(client, scripts.REPLAY)
        self._ping = Script(client, scripts.PING)

    async def put(self, deliveries: Sequence[Delivery]) -> list[bool]:
        entries = [part for one in deliveries for part in (job_id(one), one.received_at, packed(one))]
        answers = await self._put(self._limit, DEDUPE_MILLISECONDS, *entries)
        if answers is None:
            raise Full(f"the queue holds as many calls as it may: {self._limit}")
        return [new == 1 for new in answers]

    async def take(self, most: int, lease: float) -> list[Job]:
        token = secrets.token_hex(16)
        jobs = [
            Job(key.decode(), unpacked(delivery), token, int(attempts), int(waits), int(takes))
            for key, delivery, attempts, waits, takes in await self._take(most, lease, token)
        ]
        if lost := unreadable(jobs):
            await self.bury(lost, UNREADABLE_REASON)
        return [job for job in jobs if job not in lost]

    async def renew(self, jobs: Sequence[Job], lease: float) -> list[Job]:
        answers = await self._renew(lease, *_leases(jobs))
        return [job for job, held in zip(jobs, answers, strict=True) if held]

    async def done(self, jobs: Sequence[Job]) -> int:
        return int(await self._done(*_leases(jobs)))

    async def postpone(self, postponed: Sequence[Postponed]) -> int:
        entries = [(one.job.id, one.job.lease, one.delay, one.attempts, one.waits) for one in postponed]
        return int(await self._postpone(*(part for entry in entries for part in entry)))

    async def bury(self, jobs: Sequence[Job], reason: str) -> int:
        return int(await self._bury(reason_to_keep(reason), *_leases(jobs)))

    async def depth(self) -> Depth:
        jobs, oldest_seconds, dead = await self._depth()
        return Depth(jobs, float(oldest_seconds), dead)

    async def holds(self, call_ids: Sequence[str]) -> set[str]:
        answers = await self._holds(*call_ids)
        return {call_id for call_id, held in zip(call_ids, answers, strict=True) if held}

    async def dead_letters(self, most: int) -> list[DeadLetter]:
        return [
            DeadLetter(key.decode(), unpacked(delivery), reason.decode(), float(died_at), int(attempts))
            for key, died_at, delivery, reason, attempts in await self._dead_letters(most)
        ]

    async def replay(self, ids: Sequence[str]) -> int:
        return int(await self._replay(*ids))

    async def ping(self) -> None:
        await self._ping()

    async def warning(self) -> str | None:
        """Asks INFO and not CONFIG, which many a managed Redis forbids."""
        persistence = await answer(self._client, _info(self._client, "persistence"))
        memory = await answer(self._client, _info(self._client, "memory"))
        return _warning(persistence.get("aof_enabled"), memory.get("maxmemory_policy"))


async def _info(client: Client, section: str) -> dict[str, Any]:
    """Empty where even INFO is forbidden."""
    try:
        found: dict[str, Any] = await client.info(section)
    except ResponseError:
        return {}
    return found


def _warning(append_only: int | None, policy: str | None) -> str | None:
    if append_only is None:
        return "Redis does not say whether it keeps an append-only file: without one a restart loses calls"
    if not append_only:
        return "Redis keeps no append-only file (appendonly no): a restart loses the calls that wait"
    if policy not in {None, "noeviction"}:
        return f"Redis may evict calls that wait: maxmemory-policy is {policy}, and should be noeviction"
    return None


def _leases(jobs: Sequence[Job]) -> list[str]:
    return [part for job in jobs for part in (job.id, job.lease)]
