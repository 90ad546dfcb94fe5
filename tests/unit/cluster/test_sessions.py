"""The client of voice sessions counts whatever a service does that it should not, and goes on where it may."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.cluster.standins.sessions import MOST_TURNS, Counts, OverError, Session

pytestmark = pytest.mark.anyio
Script = Callable[[ServerConnection], Coroutine[Any, Any, None]]
ABOUT = {"track": "stable", "version": "1", "conversation": "echo"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def greet(websocket: ServerConnection, turns: int = 0, **about: str) -> None:
    """With a token that says which one was shown."""
    asked = websocket.request.path.partition("?resume=")[2] if websocket.request else ""
    session = ABOUT | {"pod": "a", "resume": f"{asked}+"} | about
    await send(websocket, "server-message", {"session": session | {"resumed": bool(asked), "turns": turns}})


async def send(websocket: ServerConnection, kind: str, data: object = None) -> None:
    await websocket.send(json.dumps({"label": "rtvi-ai", "type": kind, "data": data}))


async def answer(websocket: ServerConnection, *, instead: str = "") -> None:
    said = json.loads(await websocket.recv())
    await send(websocket, "bot-llm-started")
    await send(websocket, "bot-llm-text", {"text": instead or said["data"]["content"]})
    await send(websocket, "bot-llm-stopped")


@asynccontextmanager
async def against(*scripts: Script) -> AsyncIterator[tuple[Session, Counts]]:
    """A session with a service whose connections go by these scripts, one after the other; all of them are used."""
    left = list(scripts)

    async def follow(websocket: ServerConnection) -> None:
        await (left.pop(0) if left else closing(4005, greeting=False))(websocket)

    async with serve(follow, "127.0.0.1", 0, close_timeout=1) as server:
        counts = Counts()
        port = server.sockets[0].getsockname()[1]
        yield Session(f"ws://127.0.0.1:{port}/pc/v1/ws", "client", counts), counts
        assert left == []


def answering(turns: int, answers: int = 1) -> Script:
    async def script(websocket: ServerConnection) -> None:
        await greet(websocket, turns, pod="b")
        for _ in range(answers):
            await answer(websocket)
        await websocket.recv()

    return script


def closing(code: int, answers: int = 0, *, greeting: bool = True) -> Script:
    async def script(websocket: ServerConnection) -> None:
        if greeting:
            await greet(websocket)
        for _ in range(answers):
            await answer(websocket)
        await websocket.close(code, "as the script says")

    return script


async def test_a_turn_that_is_answered_whole_is_counted_and_nothing_else() -> None:
    async with against(answering(0, 2)) as (session, counts):
        await session.open()
        await session.turn()
        await session.turn()
        await session.leave()
    assert counts == Counts(
        opened=1,
        sent=2,
        answered=2,
        pods=counts.pods,
        tracks=counts.tracks,
        versions=counts.versions,
    )
    assert (counts.pods, counts.tracks, counts.versions) == ({"b": 1}, {"stable": 1}, {"1": 1})
    assert not session.is_open


@pytest.mark.parametrize("instead", ["something else", "client, turn 1.client, turn 1."])
async def test_an_answer_that_is_another_or_comes_twice_is_wrong(instead: str) -> None:
    async def other(websocket: ServerConnection) -> None:
        await greet(websocket)
        await answer(websocket, instead=instead)
        await websocket.recv()

    async with against(other) as (session, counts):
        await session.open()
        await session.turn()
        await session.leave()
    assert len(counts.wrong) == 1


async def test_what_comes_after_the_last_answer_is_wrong() -> None:
    async def late(websocket: ServerConnection) -> None:
        await greet(websocket)
        await websocket.recv()
        await send(websocket, "bot-llm-text", {"text": "and another thing"})
        await websocket.recv()

    async with against(late) as (session, counts):
        await session.open()
        await session.leave()
    assert ["and another thing" in each for each in counts.wrong] == [True]


@pytest.mark.parametrize("code", [1012, 1011, 1001, 4003])
async def test_who_is_asked_to_move_goes_on_elsewhere_with_the_newest_token_and_says_it_again(code: int) -> None:
    shown: list[str] = []

    async def last(websocket: ServerConnection) -> None:
        shown.append(websocket.request.path if websocket.request else "")
        await answering(0)(websocket)

    async with against(closing(code, 1), closing(code), last) as (session, counts):
        await session.open()
        await session.turn()
        await session.turn()
        await session.leave()
    assert (counts.sent, counts.answered, counts.reconnects) == (2, 2, {str(code): 2})
    assert shown == ["/pc/v1/ws?resume=++"]
    # the pod in the middle said that it knew of none
    assert counts.forgotten == 1


async def test_a_connection_that_is_cut_in_the_middle_of_an_answer_is_lost_and_the_answer_cut() -> None:
    async def cut(websocket: ServerConnection) -> None:
        await greet(websocket)
        await websocket.recv()
        await send(websocket, "bot-llm-started")
        websocket.transport.abort()

    async with against(cut, answering(0)) as (session, counts):
        await session.open()
        await session.turn()
        await session.leave()
    assert (counts.cut, counts.reconnects, counts.answered, counts.wrong) == (1, {"lost": 1}, 1, [])


async def test_a_turn_that_the_next_pod_knows_without_its_answer_having_come_is_unheard() -> None:
    async with against(closing(1012), answering(1, 1)) as (session, counts):
        await session.open()
        await session.turn()
        await session.turn()
        await session.leave()
    assert (counts.sent, counts.answered, counts.unheard, counts.forgotten) == (2, 1, 1, 0)


async def test_an_echo_is_not_asked_for_more_turns_than_it_keeps() -> None:
    answers = MOST_TURNS + 3
    async with against(closing(1012, answers), answering(MOST_TURNS)) as (session, counts):
        await session.open()
        for _ in range(answers + 1):
            await session.turn()
        await session.leave()
    assert (counts.answered, counts.forgotten, counts.unheard) == (answers + 1, 0, 0)


async def test_a_model_is_asked_for_every_turn() -> None:
    async def keeps_all_but_one(websocket: ServerConnection) -> None:
        await greet(websocket, MOST_TURNS + 2, conversation="pipecat")
        await answer(websocket)
        await websocket.recv()

    answers = MOST_TURNS + 3
    async with against(closing(1012, answers), keeps_all_but_one) as (session, counts):
        await session.open()
        for _ in range(answers + 1):
            await session.turn()
        await session.leave()
    assert counts.forgotten == 1


async def test_who_is_refused_waits_and_tries_again_with_the_same_token() -> None:
    shown: list[str] = []

    async def full(websocket: ServerConnection) -> None:
        shown.append(websocket.request.path if websocket.request else "")
        await websocket.close(1013, "full")

    async with against(closing(1012), full, full, answering(0)) as (session, counts):
        await session.open()
        await session.turn()
        await session.leave()
    assert counts.refused == {"1013": 2}
    assert shown == ["/pc/v1/ws?resume=+"] * 2


@pytest.mark.parametrize("code", [4000, 4002, 1007, 1000])
async def test_a_session_that_is_closed_for_good_is_over(code: int) -> None:
    async with against(closing(code)) as (session, counts):
        await session.open()
        with pytest.raises(OverError, match=str(code)):
            await session.turn()
    assert counts.answered == 0


async def test_a_token_that_is_refused_is_the_end_of_the_session() -> None:
    async with against(closing(1012), closing(4005, greeting=False)) as (session, counts):
        await session.open()
        with pytest.raises(OverError, match="4005"):
            await session.turn()
    assert counts.refused == {"4005": 1}


async def test_a_token_that_leads_to_a_new_session_is_the_end_of_the_old_one() -> None:
    async def new(websocket: ServerConnection) -> None:
        session = ABOUT | {"pod": "c", "resume": "other", "resumed": False, "turns": 0}
        await send(websocket, "server-message", {"session": session})
        await websocket.wait_closed()

    async with against(closing(1012), new) as (session, _):
        await session.open()
        with pytest.raises(OverError, match="led to a new session"):
            await session.turn()
