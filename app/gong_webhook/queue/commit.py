"""Deliveries that come in while one write is under way share the next: many requests for the price of one write."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from app.errors import Unavailable
from app.gong_webhook.errors import Full
from app.gong_webhook.model import Delivery
from app.gong_webhook.queue import Queue

BATCH_DELIVERIES = 16
# while one batch is on its way the next is made up; larger batches, or more of them, acknowledge fewer calls a second
WRITERS = 2
# more than a store takes that answers at all
CLOSE_SECONDS = 5.0
BATCH_BYTES = 1024 * 1024
"""Redis serves nobody else while it takes a batch."""


class _Waiting(NamedTuple):
    delivery: Delivery
    answer: asyncio.Future[bool]


class GroupCommit:
    """`backlog`: how many deliveries may wait for a write, beyond which `put` raises Full."""

    def __init__(self, queue: Queue, backlog: int) -> None:
        self._queue = queue
        self._backlog = backlog
        self._waiting: deque[_Waiting] = deque()
        self._writers = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def put(self, delivery: Delivery) -> bool:
        """As `Queue.put` for one. A caller that is cancelled hinders nobody; its delivery is written all the same."""
        if len(self._waiting) >= self._backlog:
            raise Full(f"as many calls wait to be written as may: {self._backlog}")
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(delivery, answer))
        if self._writers < WRITERS:
            self._writers += 1
            task = asyncio.create_task(self._write())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def close(self) -> None:
        """Returns when all that was put is written or refused, or a store that hangs has had its time.

        Nobody was told that what is left then is safe.
        """
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()

    async def _write(self) -> None:
        while self._waiting:
            await self._commit(self._next_batch())
        # at once: a delivery that comes before this task is seen to have ended needs a writer
        self._writers -= 1

    def _next_batch(self) -> list[_Waiting]:
        batch = [self._waiting.popleft()]
        size = len(batch[0].delivery.body)
        while self._waiting and len(batch) < BATCH_DELIVERIES:
            size += len(self._waiting[0].delivery.body)
            if size > BATCH_BYTES:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        """What is wrong with one delivery, or does not fit any more, is found by halves and keeps out nothing else."""
        try:
            answers = await self._queue.put([waiting.delivery for waiting in batch])
        except Unavailable as error:
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 - raised again where it belongs: in the caller of that delivery
            if len(batch) == 1:
                _fail(batch, error)
                return
            await self._commit(batch[: len(batch) // 2])
            await self._commit(batch[len(batch) // 2 :])
        else:
            for waiting, new in zip(batch, answers, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(new)


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)
