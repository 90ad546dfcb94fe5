"""What both registries promise."""

from __future__ import annotations

import asyncio

import pytest

from app.dv_pipecat.errors import NotResumable, Stale
from app.dv_pipecat.registry import MOST_USED, SAVED_EVERY, TOMBSTONE_SECONDS, Registry, Saved
from app.dv_pipecat.tokens import Token, issue
from tests.servers.registries import (
    CLAIMABLE_SECONDS,
    RESUME_SECONDS,
    Timed,
    TimedMemory,
    TimedRedis,
    held,
    kept,
    save,
    why_not,
)

pytestmark = pytest.mark.anyio
KEPT = Saved([], [])


@pytest.fixture(params=["memory", "redis"])
def timed(request: pytest.FixtureRequest) -> Timed:
    return TimedMemory() if request.param == "memory" else TimedRedis(request.getfixturevalue("client"))


@pytest.fixture
def registry(timed: Timed) -> Registry:
    return timed.registry


async def test_what_was_saved_last_is_what_is_claimed(registry: Registry, token: Token) -> None:
    state = bytes(range(256)) * 256
    assert await save(registry, token, b"old") == KEPT
    assert await save(registry, token, state) == KEPT
    assert await registry.claim(token, token.renewed()) == state


async def test_an_empty_state_is_a_state(registry: Registry, token: Token) -> None:
    await save(registry, token, b"")
    assert await registry.claim(token, token.renewed()) == b""


async def test_a_batch_is_kept_whole_and_each_session_for_itself(registry: Registry) -> None:
    tokens = [issue() for _ in range(50)]
    assert await registry.save([kept(each, each.session_id.encode()) for each in tokens]) == KEPT
    for each in tokens:
        assert await registry.claim(each, each.renewed()) == each.session_id.encode()


async def test_an_empty_batch_is_kept_and_ended(registry: Registry) -> None:
    assert await registry.save([]) == KEPT
    await registry.end([])


async def test_a_session_nobody_has_heard_of_is_unknown(registry: Registry, token: Token) -> None:
    assert await why_not(registry, token) is Stale.UNKNOWN


async def test_a_secret_that_a_session_never_had_is_unknown_in_whatever_state_it_is(
    timed: Timed, registry: Registry, token: Token
) -> None:
    forged = token.renewed()
    await save(registry, token)
    assert await why_not(registry, forged) is Stale.UNKNOWN
    await timed.passes(CLAIMABLE_SECONDS)
    assert await why_not(registry, forged) is Stale.UNKNOWN
    await registry.end([held(token)])
    assert await why_not(registry, forged) is Stale.UNKNOWN


async def test_a_forged_token_changes_nothing(registry: Registry, token: Token) -> None:
    await save(registry, token)
    await why_not(registry, token.renewed())
    await registry.end([held(token.renewed())])
    assert await save(registry, token.renewed(), b"forged") == Saved([token.session_id], [])
    assert await registry.claim(token, token.renewed()) == b"state"


async def test_a_token_works_once_and_its_renewed_one_works_after_it(registry: Registry, token: Token) -> None:
    renewed = token.renewed()
    await save(registry, token)
    await registry.claim(token, renewed)
    assert await why_not(registry, token) is Stale.USED
    assert await registry.claim(renewed, renewed.renewed()) == b"state"


async def test_of_fifty_who_claim_at_once_one_gets_it_and_the_others_learn_why_not(
    registry: Registry, token: Token
) -> None:
    await save(registry, token)
    renewed = [token.renewed() for _ in range(50)]
    claims = [registry.claim(token, each) for each in renewed]
    outcomes = await asyncio.gather(*claims, return_exceptions=True)
    winners = [each for each, outcome in zip(renewed, outcomes, strict=True) if outcome == b"state"]
    assert [each.why for each in outcomes if isinstance(each, NotResumable)] == [Stale.USED] * 49
    assert len(winners) == 1
    assert await registry.claim(winners[0], token.renewed()) == b"state"


async def test_who_was_replaced_learns_it_from_its_next_save_and_changes_nothing(
    registry: Registry, token: Token
) -> None:
    other, renewed = issue(), token.renewed()
    await registry.save([kept(token), kept(other)])
    await registry.claim(token, renewed)
    assert await registry.save([kept(token, b"mine"), kept(other, b"new")]) == Saved([token.session_id], [])
    assert await save(registry, token, None) == Saved([token.session_id], [])
    await registry.end([held(token)])
    assert await save(registry, renewed, None) == KEPT
    assert await registry.claim(renewed, renewed.renewed()) == b"state"
    assert await registry.claim(other, other.renewed()) == b"new"


async def test_the_resume_time_counts_from_the_last_time_that_a_pod_would_have_saved(
    timed: Timed, registry: Registry, token: Token
) -> None:
    await save(registry, token)
    await timed.passes(RESUME_SECONDS * (1 + SAVED_EVERY))
    await registry.claim(token, token.renewed())


async def test_a_session_lives_on_with_the_state_that_it_has_while_it_is_saved_without(
    timed: Timed, registry: Registry, token: Token
) -> None:
    await save(registry, token, b"words")
    for _ in range(5):
        await timed.passes(CLAIMABLE_SECONDS * 0.9)
        assert await save(registry, token, None) == KEPT
    assert await registry.claim(token, token.renewed()) == b"words"


async def test_a_claim_gives_its_session_all_of_the_time_again(timed: Timed, registry: Registry, token: Token) -> None:
    renewed = token.renewed()
    await save(registry, token)
    await timed.passes(CLAIMABLE_SECONDS * 0.9)
    await registry.claim(token, renewed)
    await timed.passes(CLAIMABLE_SECONDS * 0.9)
    assert await registry.claim(renewed, renewed.renewed()) == b"state"


async def test_a_session_expires_and_is_forgotten_after_that(timed: Timed, registry: Registry, token: Token) -> None:
    await save(registry, token)
    await timed.passes(CLAIMABLE_SECONDS)
    assert await why_not(registry, token) is Stale.EXPIRED
    await timed.passes(TOMBSTONE_SECONDS * 0.9)
    assert await why_not(registry, token) is Stale.EXPIRED
    await timed.passes(TOMBSTONE_SECONDS * 0.1)
    assert await why_not(registry, token) is Stale.UNKNOWN


async def test_a_used_token_is_used_even_after_the_session_has_expired_or_ended(
    timed: Timed, registry: Registry, token: Token
) -> None:
    renewed = token.renewed()
    await save(registry, token)
    await registry.claim(token, renewed)
    await timed.passes(CLAIMABLE_SECONDS)
    assert await why_not(registry, token) is Stale.USED
    await registry.end([held(renewed)])
    assert await why_not(registry, token) is Stale.USED


async def test_the_last_sixteen_used_tokens_are_known(registry: Registry, token: Token) -> None:
    tokens = [token]
    await save(registry, token)
    for _ in range(MOST_USED + 1):
        tokens.append(token.renewed())
        await registry.claim(tokens[-2], tokens[-1])
    forgotten, *used, current = tokens
    assert await why_not(registry, forgotten) is Stale.UNKNOWN
    assert [await why_not(registry, each) for each in used] == [Stale.USED] * MOST_USED
    assert await registry.claim(current, token.renewed()) == b"state"


async def test_a_session_that_has_ended_cannot_be_claimed_or_saved_until_it_is_forgotten(
    timed: Timed, registry: Registry, token: Token
) -> None:
    other = issue()
    await registry.save([kept(token), kept(other)])
    await registry.end([held(token), held(other)])
    assert await why_not(registry, token) is Stale.ENDED
    assert await why_not(registry, other) is Stale.ENDED
    assert await save(registry, token, None) == Saved([token.session_id], [])
    assert await save(registry, token, b"late") == Saved([token.session_id], [])
    await timed.passes(TOMBSTONE_SECONDS * 0.9)
    assert await why_not(registry, token) is Stale.ENDED
    await timed.passes(TOMBSTONE_SECONDS * 0.1)
    assert await why_not(registry, token) is Stale.UNKNOWN


async def test_a_save_that_comes_after_the_end_of_a_session_never_saved_before_brings_nothing_back(
    registry: Registry, token: Token
) -> None:
    await registry.end([held(token)])
    assert await save(registry, token, b"late") == Saved([token.session_id], [])
    assert await why_not(registry, token) is Stale.ENDED


async def test_what_is_gone_is_told_lost_and_comes_back_with_its_state(
    timed: Timed, registry: Registry, token: Token
) -> None:
    lost = Saved([], [token.session_id])
    assert await save(registry, token, None) == lost
    assert await why_not(registry, token) is Stale.UNKNOWN
    assert await save(registry, token, b"first") == KEPT
    await timed.passes(CLAIMABLE_SECONDS)
    assert await save(registry, token, None) == lost
    assert await why_not(registry, token) is Stale.EXPIRED
    assert await save(registry, token, b"again") == KEPT
    assert await save(registry, token, None) == KEPT
    assert await registry.claim(token, token.renewed()) == b"again"
