"""When a keeper writes, and what: changes together, each session in time, and no more than a write may have."""

from __future__ import annotations

import asyncio

import pytest

from app.dv_pipecat import keeping
from app.dv_pipecat.errors import NotResumable, Stale
from app.dv_pipecat.model import Message
from app.dv_pipecat.registry import Kept
from app.dv_pipecat.registry.ledger import BATCH_SESSIONS
from app.dv_pipecat.registry.memory import MemoryRegistry
from app.dv_pipecat.tokens import issue
from tests.servers.pods import LIMIT, SAID, STARTED, Pod, turns, until

pytestmark = pytest.mark.anyio


async def test_whatever_happens_to_a_session_wakes_a_keeper_that_had_nothing_to_do(
    pod: Pod, other: Pod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PAUSE_SECONDS", 0.0)

    async def saved(times: int) -> None:
        await until(lambda: len(pod.registry.batches) == times)
        await turns()

    async with pod.running():
        await turns()
        token, over = pod.begin(), pod.begin()
        await saved(1)
        pod.keeper.remember(token, [*SAID, *SAID])
        await saved(2)
        pod.keeper.release(token)
        await saved(3)
        assert (await other.keeper.resume(token)).history == [*SAID, *SAID]
        tries = pod.registry.tries
        pod.keeper.end(over)
        await until(lambda: pod.registry.tries > tries)
        with pytest.raises(NotResumable, match=Stale.ENDED):
            await other.keeper.resume(over)


async def test_what_changes_during_a_write_shares_the_next_one_and_a_session_is_in_it_once(
    pod: Pod, other: Pod
) -> None:
    pod.registry.open.clear()
    async with pod.running():
        first = pod.begin()
        await pod.registry.begun.wait()
        others = [pod.begin() for _ in range(3)]
        for number in range(100):
            pod.keeper.remember(first, [Message("user", str(number))])
        pod.registry.open.set()
        await pod.kept()
    ids = [{kept.session_id for kept in batch} for batch in pod.registry.batches]
    assert [len(batch) for batch in pod.registry.batches] == [1, 4]
    assert ids == [{first.session_id}, {token.session_id for token in [first, *others]}]
    assert (await other.keeper.resume(first)).history == [Message("user", "99")]


async def test_a_session_that_talks_fast_is_not_saved_at_each_turn(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PAUSE_SECONDS", LIMIT)
    async with pod.running():
        token = pod.begin()
        await until(lambda: len(pod.registry.batches) == 1)
        for _ in range(100):
            pod.keeper.remember(token, SAID)
            await asyncio.sleep(0)
        assert len(pod.registry.batches) == 1


async def test_a_write_is_bounded_in_number_and_in_bytes(pod: Pod) -> None:
    for _ in range(BATCH_SESSIONS + 1):
        pod.begin()
    await pod.kept()
    assert [len(batch) for batch in pod.registry.batches] == [BATCH_SESSIONS, 1]
    for _ in range(20):
        pod.keeper.begin(issue(), STARTED, [Message("user", "x" * 60_000)])
    await pod.kept()
    assert [len(batch) for batch in pod.registry.batches[2:]] == [18, 2]


async def test_each_session_is_saved_again_in_a_third_of_the_resume_time_and_only_its_time_if_nothing_changed(
    shared: MemoryRegistry,
) -> None:
    pod = Pod(shared, resume_seconds=0.3)
    token = pod.begin()
    async with pod.running():
        await until(lambda: len(pod.registry.batches) >= 4)
    first, *later = [kept for batch in pod.registry.batches for kept in batch]
    assert first.state is not None
    assert set(later) == {Kept(token.session_id, token.digest, None)}


async def test_a_released_session_is_saved_once_more_and_then_no_longer(shared: MemoryRegistry) -> None:
    pod = Pod(shared, resume_seconds=0.03)
    released = pod.begin()
    await pod.kept()
    pod.keeper.release(released)
    await pod.kept()
    async with pod.running():
        goes_on = pod.begin()
        await until(lambda: len(pod.registry.batches) > 10)
    saves = [kept.session_id for batch in pod.registry.batches for kept in batch]
    assert saves.count(released.session_id) == 2
    assert saves.count(goes_on.session_id) > 2
