"""What is peculiar to the registry in memory: its bounds, and that words go when their time is over."""

from __future__ import annotations

import pytest

from app.dv_pipecat.errors import Stale
from app.dv_pipecat.registry import TOMBSTONE_SECONDS, Held, memory
from app.dv_pipecat.tokens import issue
from tests.servers.registries import CLAIMABLE_SECONDS, TimedMemory, save, why_not

pytestmark = pytest.mark.anyio
MOST = 10


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> TimedMemory:
    monkeypatch.setattr(memory, "MOST_SESSIONS", MOST)
    return TimedMemory()


async def test_of_too_many_sessions_the_one_that_was_saved_longest_ago_is_forgotten_first(timed: TimedMemory) -> None:
    tokens = [issue() for _ in range(MOST)]
    for token in tokens:
        await save(timed.registry, token)
    await save(timed.registry, tokens[0], None)
    for _ in range(MOST // 2):
        await save(timed.registry, issue())
    forgotten = [await why_not(timed.registry, token) for token in tokens]
    assert forgotten == [None] + [Stale.UNKNOWN] * (MOST // 2) + [None] * (MOST // 2 - 1)


async def test_of_too_many_sessions_that_are_over_the_oldest_is_forgotten_first(timed: TimedMemory) -> None:
    tokens = [issue() for _ in range(2 * MOST)]
    for token in tokens:
        await timed.registry.end([Held(token.session_id, token.digest)])
    assert [await why_not(timed.registry, token) for token in tokens] == [Stale.UNKNOWN] * MOST + [Stale.ENDED] * MOST


async def test_words_go_with_any_call_after_their_time_and_the_rest_when_it_is_forgotten(timed: TimedMemory) -> None:
    for _ in range(3):
        await save(timed.registry, issue(), b"words")
    assert held_words(timed) == [b"words"] * 3
    await timed.passes(CLAIMABLE_SECONDS)
    await timed.registry.save([])
    assert held_words(timed) == [None] * 3
    await timed.passes(TOMBSTONE_SECONDS)
    await timed.registry.save([])
    assert held_words(timed) == []


async def test_a_session_that_comes_back_is_there_once(timed: TimedMemory) -> None:
    token = issue()
    await save(timed.registry, token, b"words")
    await timed.passes(CLAIMABLE_SECONDS)
    await save(timed.registry, token, b"words again")
    assert held_words(timed) == [b"words again"]


def held_words(timed: TimedMemory) -> list[bytes | None]:
    registry = timed.registry
    assert isinstance(registry, memory.MemoryRegistry)
    return [known.state for sessions in (registry._live, registry._gone) for known in sessions.values()]  # noqa: SLF001
