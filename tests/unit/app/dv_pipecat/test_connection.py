"""A connection, with the two callables that a server hands an application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from app.dv_pipecat import connection as module
from app.dv_pipecat import rtvi
from app.dv_pipecat.closing import Close, Reason
from app.dv_pipecat.connection import ABORT, Connection
from app.dv_pipecat.metrics import Metrics
from app.dv_pipecat.model import Build
from app.dv_pipecat.session import Limits, Session
from app.dv_pipecat.tokens import issue

pytestmark = pytest.mark.anyio

LIMITS = Limits(idle=60.0, length=60.0, message_bytes=1_000, messages_per_second=100)
CONNECT = {"type": "websocket.connect"}
FINISHED = Close(Reason.FINISHED, "over")


class Server:
    """`sent`: what the application has said; `before`: may wait or raise."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = [CONNECT, *events]
        self.sent: list[dict[str, Any]] = []
        self.aborted = 0
        self.before: Callable[[], Any] = asyncio.Event().set
        self.metrics = Metrics(Build("stable", "1", "pod", "echo"))

    async def connection(self) -> Connection:
        scope = {
            "type": "websocket",
            "path": "/",
            "headers": [],
            "query_string": b"",
            "extensions": {ABORT: self.abort},
        }
        session = Session(LIMITS, 0.0)
        found = Connection(scope, self.receive, self.send, session, self.metrics)
        found.takes = {rtvi.SAY}
        await found.accept()
        session.connected(0.0)
        return found

    async def receive(self) -> dict[str, Any]:
        return self.events.pop(0)

    async def send(self, message: Any) -> None:
        waiting = self.before()
        if waiting is not None:
            await waiting
        self.sent.append(dict(message))

    def abort(self) -> None:
        self.aborted += 1


def broken() -> None:
    raise OSError


def said(text: str) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": text}


async def test_what_was_wrong_with_a_frame_is_the_reason_even_if_a_reply_met_it_first() -> None:
    server = Server({"type": "websocket.disconnect", "code": 1002, "reason": "invalid opcode"})
    connection = await server.connection()
    server.before = broken
    await connection.send_text("a reply")
    await connection.send_text("more of it")
    assert (await connection.receive())["type"] == "websocket.disconnect"
    assert connection.lifetime.close == Close(Reason.MALFORMED, "closed with 1002", 1002)


async def test_what_is_sent_after_the_end_goes_nowhere() -> None:
    server = Server()
    connection = await server.connection()
    await connection.finish(FINISHED)
    await connection.send_text("late")
    await connection.finish(FINISHED)
    assert [each["type"] for each in server.sent] == ["websocket.accept", "websocket.close"]
    assert (await connection.receive())["type"] == "websocket.disconnect"


async def test_words_fit_a_close_frame_whatever_their_letters() -> None:
    server = Server()
    connection = await server.connection()
    await connection.finish(Close(Reason.MODEL, "é" * 200))
    assert server.sent[-1]["reason"] == "é" * 61


async def test_only_who_may_go_on_is_told_the_token() -> None:
    for reason, told in ((Reason.DRAINED, True), (Reason.FLOOD, False)):
        server = Server()
        connection = await server.connection()
        connection.token = issue()
        await connection.finish(Close(reason, "why"))
        assert server.sent[-1]["reason"] == (f"why; resume={connection.token}" if told else "why")


async def test_a_client_that_takes_no_close_frame_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSING_SECONDS", 0.01)
    server = Server()
    connection = await server.connection()
    server.before = asyncio.Event().wait
    await connection.finish(FINISHED)
    assert server.aborted == 1


async def test_a_session_can_be_cut_short_while_its_client_reads_nothing() -> None:
    server = Server()
    connection = await server.connection()
    server.before = asyncio.Event().wait

    async def talk() -> None:
        with connection.interruptible():
            await connection.send_text("a reply")

    talking = asyncio.create_task(talk())
    await asyncio.sleep(0)
    connection.interrupt(Close(Reason.STALLED, "nothing was read"))
    connection.interrupt(FINISHED)
    await talking
    assert connection.lifetime.close == Close(Reason.STALLED, "nothing was read")


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (said("x" * 1_001), Reason.OVERSIZED),
        (said("é" * 501), Reason.OVERSIZED),
        (said("{"), Reason.MALFORMED),
        ({"type": "websocket.receive", "bytes": b"a"}, Reason.UNSUPPORTED),
        ({"type": "websocket.receive", "bytes": b"a" * 1_001}, Reason.OVERSIZED),
    ],
)
async def test_what_may_not_be_said_ends_the_session(event: dict[str, Any], reason: Reason) -> None:
    server = Server(event)
    connection = await server.connection()
    assert (await connection.receive())["type"] == "websocket.disconnect"
    assert connection.lifetime.close is not None
    assert connection.lifetime.close.reason is reason
    assert server.sent[-1]["code"] == connection.lifetime.close.code
