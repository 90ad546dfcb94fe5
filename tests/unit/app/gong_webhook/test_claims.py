"""Who is first, on both stores."""

from __future__ import annotations

import asyncio
import time

import pytest

from app.gong_webhook.claims import Claims
from tests.servers.stores import Stores

pytestmark = pytest.mark.anyio
LONG = 1e6


@pytest.fixture
def claims(stores: Stores) -> Claims:
    return stores.claims()


async def test_one_of_many_is_the_first(claims: Claims) -> None:
    answers = await asyncio.gather(*(claims.claim("a name: 🎧 \0", LONG) for _ in range(20)))
    assert sorted(answers) == [False] * 19 + [True]


async def test_claims_by_other_names_are_not_in_the_way(claims: Claims) -> None:
    assert [await claims.claim(name, LONG) for name in ["a", "b", "a"]] == [True, True, False]


@pytest.mark.parametrize("seconds", [0.03, 0.0])
async def test_a_claim_ends_with_its_time(claims: Claims, seconds: float) -> None:
    assert await claims.claim("a", seconds)
    deadline = time.monotonic() + 10
    while not await claims.claim("a", LONG):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    assert not await claims.claim("a", LONG)


async def test_a_later_claim_does_not_prolong_the_first(claims: Claims) -> None:
    assert await claims.claim("a", 0.03)
    deadline = time.monotonic() + 10
    while not await claims.claim("a", 0.03):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.001)
