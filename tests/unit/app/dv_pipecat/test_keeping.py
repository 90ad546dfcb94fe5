"""Who holds a session, and what a client finds that goes on with its session here or on another pod."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from app.dv_pipecat.errors import NotResumable, Stale
from app.dv_pipecat.model import Message
from app.dv_pipecat.registry import Kept
from app.dv_pipecat.registry.memory import MemoryRegistry
from app.dv_pipecat.tokens import issue
from tests.servers.pods import LIMIT, SAID, STARTED, Pod

pytestmark = pytest.mark.anyio


async def why_not(resuming: Awaitable[object]) -> Stale:
    with pytest.raises(NotResumable) as raised:
        await resuming
    return raised.value.why


async def test_a_session_goes_on_on_another_pod_where_it_was(pod: Pod, other: Pod) -> None:
    token = pod.begin()
    said = [*SAID, Message("user", "żądanie \0 🎧")]
    pod.keeper.remember(token, said)
    pod.keeper.release(token)
    await pod.kept()
    resumed = await other.keeper.resume(token)
    assert (resumed.token.session_id, resumed.started_at, resumed.history) == (token.session_id, STARTED, said)
    assert await why_not(pod.keeper.resume(token)) is Stale.USED
    assert (await pod.keeper.resume(resumed.token)).history == said


async def test_a_session_that_has_ended_cannot_be_resumed_here_at_once_and_elsewhere_soon(pod: Pod, other: Pod) -> None:
    saved, unsaved = pod.begin(), pod.begin()
    await pod.kept()
    unsaved = pod.begin()
    for token in (saved, unsaved):
        pod.keeper.end(token)
        assert await why_not(pod.keeper.resume(token)) is Stale.ENDED
    assert await why_not(pod.keeper.resume(saved.renewed())) is Stale.UNKNOWN
    async with pod.running():
        pass
    for token in (saved, unsaved):
        assert await why_not(other.keeper.resume(token)) is Stale.ENDED


async def test_who_is_replaced_from_another_pod_is_told_with_the_next_save_once(pod: Pod, other: Pod) -> None:
    token, stays = pod.begin(), pod.begin()
    await pod.kept()
    resumed = await other.keeper.resume(token)
    assert pod.replaced == []
    for _ in range(2):
        pod.keeper.remember(token, [])
        pod.keeper.remember(stays, [])
        await pod.kept()
    assert pod.replaced == [token.session_id]
    assert other.replaced == []
    assert (await pod.keeper.resume(resumed.token)).history == SAID


async def test_who_is_replaced_on_the_same_pod_is_told_at_once_and_is_powerless_from_then_on(
    pod: Pod, other: Pod
) -> None:
    old = pod.begin()
    new = (await pod.keeper.resume(old)).token
    assert pod.replaced == [old.session_id]
    pod.keeper.remember(old, [])
    pod.keeper.release(old)
    pod.keeper.end(old)
    pod.keeper.remember(new, [*SAID, *SAID])
    await pod.kept()
    assert (await other.keeper.resume(new)).history == [*SAID, *SAID]
    assert pod.replaced == [old.session_id]


async def test_an_answer_that_is_about_the_old_token_does_not_touch_the_new_one(pod: Pod) -> None:
    old = pod.begin()
    await pod.kept()
    pod.keeper.remember(old, [])
    pod.registry.open.clear()
    pod.registry.begun.clear()
    flushing = asyncio.create_task(pod.keeper.flush(LIMIT))
    await pod.registry.begun.wait()
    renewed = old.renewed()
    await pod.registry.claim(old, renewed)
    resuming = asyncio.create_task(pod.keeper.resume(renewed))
    new = (await asyncio.wait_for(resuming, LIMIT)).token
    pod.registry.open.set()
    assert await flushing
    assert pod.replaced == [old.session_id]
    pod.keeper.remember(new, [*SAID, *SAID])
    assert (await pod.keeper.resume(new)).history == [*SAID, *SAID]


async def test_nobody_is_told_of_a_session_whose_client_had_gone(pod: Pod, other: Pod) -> None:
    token = pod.begin()
    await pod.kept()
    pod.keeper.release(token)
    await other.keeper.resume(token)
    await pod.kept()
    again = pod.begin()
    pod.keeper.release(again)
    await pod.keeper.resume(again)
    assert pod.replaced == []


async def test_a_client_that_comes_back_to_the_same_pod_finds_its_last_words_though_they_were_not_saved_yet(
    pod: Pod,
) -> None:
    token = pod.begin()
    pod.keeper.remember(token, [*SAID, *SAID])
    assert (await pod.keeper.resume(token)).history == [*SAID, *SAID]


async def test_a_forged_token_disturbs_nobody(pod: Pod) -> None:
    token = pod.begin()
    assert await why_not(pod.keeper.resume(token.renewed())) is Stale.UNKNOWN
    assert pod.replaced == []
    assert pod.registry.batches == []
    assert (await pod.keeper.resume(token)).history == SAID


async def test_of_fifty_who_resume_at_once_one_goes_on(pod: Pod, other: Pod) -> None:
    token = pod.begin()
    await pod.kept()
    resuming = [each.keeper.resume(token) for each in (pod, other) for _ in range(25)]
    outcomes = await asyncio.gather(*resuming, return_exceptions=True)
    assert [each.why for each in outcomes if isinstance(each, NotResumable)] == [Stale.USED] * 49


async def test_a_state_that_cannot_be_read_is_unknown_and_quoted_nowhere(
    pod: Pod, shared: MemoryRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    token = issue()
    await shared.save([Kept(token.session_id, token.digest, b"words of another version")])
    assert await why_not(pod.keeper.resume(token)) is Stale.UNKNOWN
    assert "cannot be read" in caplog.text
    assert "words" not in caplog.text
