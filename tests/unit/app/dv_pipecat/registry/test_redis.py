"""What is peculiar to the registry in Redis: kill -9, memory that is full, strangers' keys, and what is kept."""

from __future__ import annotations

import pytest

from app import redis
from app.dv_pipecat.errors import Stale
from app.dv_pipecat.registry import TOMBSTONE_SECONDS, Saved
from app.dv_pipecat.registry.redis import RedisRegistry
from app.dv_pipecat.tokens import Token, issue
from app.errors import Unavailable
from tests.servers.redis import RedisServer
from tests.servers.registries import (
    CLAIMABLE_SECONDS,
    PREFIX,
    RESUME_SECONDS,
    TimedRedis,
    hanging,
    held,
    kept,
    save,
    why_not,
)

pytestmark = pytest.mark.anyio
WORDS = b"what people said"


@pytest.fixture
def registry(client: redis.Client) -> RedisRegistry:
    return RedisRegistry(client, RESUME_SECONDS)


@pytest.fixture
def own_registry(own_client: redis.Client) -> RedisRegistry:
    return RedisRegistry(own_client, RESUME_SECONDS)


def keys(token: Token) -> tuple[str, str]:
    return f"{PREFIX}{{{token.session_id}}}:session", f"{PREFIX}{{{token.session_id}}}:state"


async def everything(client: redis.Client) -> bytes:
    dumps = [key + (await client.dump(key)) async for key in client.scan_iter()]
    return b"\n".join(dumps)


async def test_all_keys_of_a_session_share_a_slot_and_name_it(
    registry: RedisRegistry, client: redis.Client, token: Token
) -> None:
    await save(registry, token)
    await registry.claim(token, token.renewed())
    assert sorted([key.decode() async for key in client.scan_iter()]) == sorted(keys(token))


async def test_no_key_stays_for_ever(registry: RedisRegistry, client: redis.Client, token: Token) -> None:
    session, state = keys(token)
    ended = issue()
    await registry.save([kept(token), kept(ended)])
    await registry.end([held(ended)])
    claimable, known = CLAIMABLE_SECONDS, CLAIMABLE_SECONDS + TOMBSTONE_SECONDS
    times = [await client.ttl(key) for key in (state, session, keys(ended)[0], keys(ended)[1])]
    assert times == [pytest.approx(each, abs=60) for each in (claimable, known, TOMBSTONE_SECONDS)] + [-2]
    await registry.claim(token, token.renewed())
    times = [await client.ttl(key) for key in (state, session)]
    assert times == [pytest.approx(each, abs=60) for each in (claimable, known)]


async def test_redis_knows_no_secret_and_no_words_after_their_time_or_the_end(
    registry: RedisRegistry, client: redis.Client, token: Token
) -> None:
    renewed, ended = token.renewed(), issue()
    await registry.save([kept(token, WORDS), kept(ended, WORDS)])
    await registry.claim(token, renewed)
    found = await everything(client)
    assert found.count(WORDS) == 2
    assert not any(each.secret.encode() in found for each in (token, renewed, ended))
    await registry.end([held(ended)])
    await TimedRedis(client).passes(CLAIMABLE_SECONDS)
    found = await everything(client)
    assert WORDS not in found
    assert {each.session_id.encode() in found for each in (token, ended)} == {True, False}


async def test_a_resume_time_of_no_length_is_the_shortest_that_redis_takes(client: redis.Client, token: Token) -> None:
    registry = RedisRegistry(client, 1e-9)
    assert await save(registry, token) == Saved([], [])


async def test_a_claim_whose_answer_was_lost_gives_the_same_answer_again(
    registry: RedisRegistry, client: redis.Client, token: Token
) -> None:
    """redis-py sends a script again when the connection breaks before the answer."""
    renewed = token.renewed()
    await save(registry, token)
    for _ in range(3):
        assert await registry.claim(token, renewed) == b"state"
    assert await client.hget(keys(token)[0], "used") == token.digest.encode() + b" "
    assert await why_not(registry, token) is Stale.USED


@pytest.mark.parametrize("which", [0, 1])
async def test_what_somebody_else_put_under_a_key_opens_nothing_and_is_overwritten(
    registry: RedisRegistry, client: redis.Client, token: Token, which: int
) -> None:
    other = issue()
    await registry.save([kept(token), kept(other)])
    await client.delete(keys(token)[which])
    await client.rpush(keys(token)[which], "a list")
    assert await why_not(registry, token) is [Stale.UNKNOWN, Stale.EXPIRED][which]
    await client.delete(keys(token)[which])
    await client.rpush(keys(token)[which], "a list")
    assert await registry.save([kept(token, b"mine"), kept(other, b"other")]) == Saved([], [])
    assert await registry.claim(token, token.renewed()) == b"mine"
    assert await registry.claim(other, other.renewed()) == b"other"


@pytest.mark.parametrize("which", [0, 1])
async def test_a_session_can_be_ended_whatever_somebody_else_put_under_its_keys(
    registry: RedisRegistry, client: redis.Client, token: Token, which: int
) -> None:
    await client.sadd(keys(token)[which], "a set")
    await registry.end([held(token)])
    assert await why_not(registry, token) is Stale.ENDED


async def test_a_hash_of_somebody_else_is_no_session(
    registry: RedisRegistry, client: redis.Client, token: Token
) -> None:
    await client.hset(keys(token)[0], "name", "value")
    assert await why_not(registry, token) is Stale.UNKNOWN
    assert await save(registry, token, None) == Saved([], [token.session_id])
    assert await save(registry, token) == Saved([], [])
    assert await registry.claim(token, token.renewed()) == b"state"


async def test_what_redis_forbids_is_told_and_not_taken_for_a_session_that_is_unknown(
    own_server: RedisServer, own_registry: RedisRegistry, token: Token
) -> None:
    await save(own_registry, token)
    client = redis.connect(own_server.url)
    await client.acl_setuser("default", enabled=True, commands=["-hmget"])
    with pytest.raises(Unavailable):
        await own_registry.claim(token, token.renewed())
    await client.acl_setuser("default", enabled=True, commands=["+hmget"])
    await client.aclose()
    assert await own_registry.claim(token, token.renewed()) == b"state"


async def test_a_redis_that_is_full_takes_no_words_but_sessions_can_be_claimed_and_ended(
    own_server: RedisServer, own_registry: RedisRegistry, token: Token
) -> None:
    ended = issue()
    await own_registry.save([kept(token), kept(ended)])
    own_server.configure("maxmemory", "1")
    with pytest.raises(Unavailable):
        await save(own_registry, issue())
    renewed = token.renewed()
    assert await own_registry.claim(token, renewed) == b"state"
    await own_registry.end([held(ended)])
    own_server.configure("maxmemory", "0")
    assert await save(own_registry, renewed, None) == Saved([], [])
    assert await why_not(own_registry, ended) is Stale.ENDED


async def test_a_redis_that_was_killed_is_unavailable_and_knows_its_sessions_when_it_is_back(
    own_server: RedisServer, own_registry: RedisRegistry, token: Token
) -> None:
    own_server.configure("appendfsync", "always")
    await save(own_registry, token)
    own_server.kill()
    with pytest.raises(Unavailable):
        await save(own_registry, token)
    with pytest.raises(Unavailable):
        await own_registry.claim(token, token.renewed())
    with pytest.raises(Unavailable):
        await own_registry.end([held(token)])
    own_server.start()
    assert await save(own_registry, token, None) == Saved([], [])
    assert await own_registry.claim(token, token.renewed()) == b"state"


async def test_a_redis_that_has_forgotten_everything_is_told_apart_from_one_that_has_not(
    own_server: RedisServer, own_registry: RedisRegistry, token: Token
) -> None:
    other = issue()
    await own_registry.save([kept(token), kept(other)])
    own_server.flush()
    lost = Saved([], [token.session_id])
    assert await own_registry.save([kept(token, None), kept(other, b"other")]) == lost
    assert await why_not(own_registry, token) is Stale.UNKNOWN
    assert await own_registry.claim(other, other.renewed()) == b"other"


async def test_a_redis_that_hangs_is_unavailable_and_no_words_are_in_the_error(
    own_server: RedisServer, token: Token
) -> None:
    client = redis.connect(own_server.url, timeout=0.2)
    registry = RedisRegistry(client, RESUME_SECONDS)
    with hanging(own_server), pytest.raises(Unavailable) as raised:
        await save(registry, token, WORDS)
    assert WORDS.decode() not in str(raised.value)
    await client.aclose()
