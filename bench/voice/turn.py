"""A turn of a conversation through pipecat, beside the same question asked of the model directly."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from openai import AsyncOpenAI

from app.dv_pipecat.conversation.pipeline import Pipecat
from app.dv_pipecat.settings import Settings
from app.environment import Secret
from bench.measure import Row, Timing
from bench.servers import standin
from tests.servers.openai import KEY
from tests.servers.websocket import Client, Service, connected, serving

# a conversation, of which the first turn is not counted: it connects
TURNS, CONVERSATIONS = 11, 20


class Turn(NamedTuple):
    """Seconds from the question."""

    first: float
    whole: float


def rows() -> Iterator[Row]:
    ours, peer = asyncio.run(_measured())
    for name, piece in (("first piece", "first"), ("whole reply", "whole")):
        mine, direct = (Timing(tuple(sorted(getattr(turn, piece) for turn in turns))) for turns in (ours, peer))
        added = 1e3 * (mine.median - direct.median)
        yield Row(f"a turn by pipecat: {name}", mine, direct, f"openai's client alone; the service adds {added:.2f} ms")


async def _measured() -> tuple[list[Turn], list[Turn]]:
    ours: list[Turn] = []
    peer: list[Turn] = []
    with standin("openai.py") as base_url:
        for _ in range(CONVERSATIONS):
            async with _ours(base_url) as ask, _directly(base_url) as ask_directly:
                for number in range(TURNS):
                    for turns, asked in ((ours, ask), (peer, ask_directly)):
                        turn = await asked(f"question {number}")
                        if number:
                            turns.append(turn)
    return ours, peer


Ask = Callable[[str], Awaitable[Turn]]


@asynccontextmanager
async def _ours(base_url: str) -> AsyncIterator[Ask]:
    """The service in this process: what it adds is the same, and no core has to be shared with it."""
    pipecat = Pipecat(Settings(openai_api_key=Secret(KEY), openai_base_url=base_url))
    async with serving(Service(pipecat)) as url, connected(url) as client:
        yield lambda words: _turn(client, words)
    await pipecat.aclose()


async def _turn(client: Client, words: str) -> Turn:
    start = time.perf_counter()
    await client.say(words)
    await client.until("bot-llm-text")
    first = time.perf_counter() - start
    await client.until("bot-llm-stopped")
    return Turn(first, time.perf_counter() - start)


@asynccontextmanager
async def _directly(base_url: str) -> AsyncIterator[Ask]:
    said: list[Any] = []
    async with AsyncOpenAI(api_key=KEY, base_url=base_url) as client:
        yield lambda words: _completion(client, said, words)


async def _completion(client: AsyncOpenAI, said: list[Any], words: str) -> Turn:
    said.append({"role": "user", "content": words})
    reply = ""
    start, first = time.perf_counter(), 0.0
    async for chunk in await client.chat.completions.create(model="m", messages=said, stream=True):
        first = first or time.perf_counter() - start
        reply += chunk.choices[0].delta.content or ""
    whole = time.perf_counter() - start
    said.append({"role": "assistant", "content": reply})
    return Turn(first, whole)
