"""Jobs that were given up, on both stores: kept with their reason, listed, and taken up again."""

from __future__ import annotations

import time

import pytest

from app.gong_webhook.model import Postponed
from app.gong_webhook.queue import LONGEST_REASON, Queue
from tests.servers.stores import AT_ONCE, LONG, Stores, delivery, put_and_take

pytestmark = pytest.mark.anyio


async def test_dead_letters_take_no_room_and_may_be_replayed_into_a_full_queue(stores: Stores) -> None:
    queue = stores.queue(limit=1)
    (dead,) = await put_and_take(queue, "1")
    await queue.bury([dead], "no")
    assert await queue.put([delivery("2")]) == [True]
    assert await queue.replay([dead.id]) == 1
    assert (await queue.depth()).jobs == 2


async def test_a_buried_job_is_a_dead_letter_with_its_reason(queue: Queue) -> None:
    before = time.time()
    (job,) = await put_and_take(queue, "1")
    await queue.postpone([Postponed(job, AT_ONCE, 4, 0)])
    (job,) = await queue.take(1, LONG)
    assert await queue.bury([job], "Gong says: nie ma 🎧 \0") == 1
    (letter,) = await queue.dead_letters(10)
    assert (letter.id, letter.delivery, letter.attempts) == (job.id, job.delivery, 4)
    assert letter.reason == "Gong says: nie ma 🎧 \0"
    # another clock than Redis' may be a little off
    assert abs(letter.died_at - before) < 60
    assert await queue.depth() == (0, 0.0, 1)
    assert await queue.take(1, LONG) == []
    assert await queue.done([job]) == 0


async def test_a_reason_of_any_text_and_length_can_be_kept(queue: Queue) -> None:
    jobs = await put_and_take(queue, "1")
    await queue.bury(jobs, "\ud83d half a character " + "x" * 100_000)
    (letter,) = await queue.dead_letters(1)
    assert letter.reason.startswith("? half a character x")
    assert len(letter.reason) == LONGEST_REASON


async def test_dead_letters_are_listed_latest_first_and_no_more_than_asked_for(queue: Queue) -> None:
    for job in await put_and_take(queue, "1", "2", "3"):
        await queue.bury([job], "no")
    assert [letter.delivery.call_id for letter in await queue.dead_letters(2)] == ["3", "2"]
    assert await queue.dead_letters(0) == []


async def test_a_replayed_dead_letter_starts_anew(queue: Queue) -> None:
    (job,) = await put_and_take(queue, "1")
    await queue.postpone([Postponed(job, AT_ONCE, 2, 3)])
    (job,) = await queue.take(1, LONG)
    await queue.bury([job], "no")
    assert await queue.replay([job.id, job.id, "unknown"]) == 1
    assert await queue.dead_letters(10) == []
    (again,) = await queue.take(1, LONG)
    assert (again.delivery, again.attempts, again.waits, again.takes) == (job.delivery, 0, 0, 1)
    assert await queue.depth() != (0, 0.0, 0)


async def test_a_job_that_is_not_dead_is_not_replayed(queue: Queue) -> None:
    (job,) = await put_and_take(queue, "1")
    assert await queue.replay([job.id]) == 0
    assert await queue.take(1, LONG) == []


async def test_what_cannot_be_read_is_a_dead_letter_and_holds_up_nobody(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = stores.queue()
    for store in ("sqlite", "redis"):
        monkeypatch.setattr(f"app.gong_webhook.queue.{store}.packed", lambda _: b"of a later version")
    await queue.put([delivery("1")])
    monkeypatch.undo()
    await queue.put([delivery("2")])
    assert [job.delivery.call_id for job in await queue.take(10, LONG)] == ["2"]
    (letter,) = await queue.dead_letters(10)
    assert letter.id.startswith("1:")
    assert "cannot read" in letter.reason
    assert await queue.replay([letter.id]) == 1


async def test_a_call_is_held_until_its_last_delivery_is_done(queue: Queue) -> None:
    await queue.put([delivery("1"), delivery("1", b"other"), delivery("12")])
    jobs = {job.id: job for job in await queue.take(10, LONG)}
    first, second = (job for job in jobs.values() if job.delivery.call_id == "1")
    assert await queue.holds(["1", "12", "2", ""]) == {"1", "12"}
    await queue.done([first])
    assert await queue.holds(["1"]) == {"1"}
    await queue.bury([second], "no")
    assert await queue.holds(["1"]) == {"1"}, "as a dead letter"
    await queue.replay([second.id])
    (again,) = await queue.take(10, LONG)
    await queue.done([again])
    assert await queue.holds(["1", "12"]) == {"12"}
    assert await queue.holds([]) == set()
