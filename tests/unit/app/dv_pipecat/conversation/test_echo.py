"""The conversation that needs no language model, over real websockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from app.dv_pipecat.closing import Reason
from app.dv_pipecat.conversation.echo import MOST_MESSAGES, Echo
from app.dv_pipecat.model import Message
from tests.servers.websocket import ABOUT, Client, Service, connected, eventually, serving

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def echoing(history: Sequence[Message] = ()) -> AsyncIterator[tuple[Service, Client]]:
    async with AsyncExitStack() as stack:
        service = Service(Echo(), history=history)
        url = await stack.enter_async_context(serving(service))
        yield service, await stack.enter_async_context(connected(url))


async def test_what_is_said_comes_back_as_a_reply() -> None:
    async with echoing() as (service, client):
        await client.send("client-ready", {"version": "2.0.0"}, message_id="seven")
        ready = await client.next()
        assert (ready["type"], ready["id"], ready["data"]["about"]) == ("bot-ready", "seven", ABOUT)
        assert await client.turn("hello <b>there</b>") == "hello <b>there</b>"
        assert service.metric('dv_pipecat_first_reply_seconds_count{track="canary"}') == 1


async def test_each_turn_is_remembered_after_what_was_said_on_another_pod() -> None:
    before = [Message("user", "a"), Message("assistant", "a")]
    async with echoing(before) as (service, client):
        await client.turn("b")
        after = [*before, Message("user", "b"), Message("assistant", "b")]
        await eventually(lambda: service.remembered)
        assert list(service.remembered[0]) == after


async def test_no_more_is_remembered_than_the_latest_messages() -> None:
    async with echoing([Message("user", str(number)) for number in range(MOST_MESSAGES)]) as (service, client):
        await client.turn("new")
        await eventually(lambda: service.remembered)
        (remembered,) = service.remembered
        assert len(remembered) == MOST_MESSAGES
        assert [message.content for message in remembered[:1]] == ["2"]


async def test_it_ends_when_its_client_says_so_or_leaves() -> None:
    async with echoing() as (service, client):
        await client.send("disconnect-bot")
        assert await client.closed() == (1000, "the conversation is over")
        await eventually(lambda: service.closes)
        assert service.closes[0].reason is Reason.FINISHED


async def test_it_takes_text_only() -> None:
    async with echoing() as (_, client):
        await client.websocket.send(b"\0")
        assert await client.closed() == (1003, "this service takes text only")
