"""Serves conversations on websockets of the loopback, as the service does, in the event loop of the test."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.dv_pipecat.closing import Close, Reason
from app.dv_pipecat.connection import Connection
from app.dv_pipecat.conversation import Conversation
from app.dv_pipecat.metrics import Metrics
from app.dv_pipecat.model import Build, Message
from app.dv_pipecat.session import Limits, Session
from tests.servers.counted import counted

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

ABOUT = {"track": "canary", "version": "1.2.3", "pod": "pod-a", "conversation": "pipecat"}
LIMITS = Limits(idle=300.0, length=3600.0, message_bytes=65_536, messages_per_second=1_000)
# no test waits that long but one that fails
PATIENCE = 120.0


class Service:
    """`remembered`: what each turn told it; `closes`: how sessions ended; `errors`: what a conversation raised."""

    def __init__(self, conversation: Conversation, *, limits: Limits = LIMITS, history: Sequence[Message] = ()) -> None:
        self.conversation = conversation
        self.limits = limits
        self.history = history
        self.metrics = Metrics(Build(**ABOUT))
        self.remembered: list[Sequence[Message]] = []
        self.connections: list[Connection] = []
        self.closes: list[Close] = []
        self.errors: list[Exception] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = Session(self.limits, time.monotonic())
        connection = Connection(scope, receive, send, session, self.metrics)
        connection.takes, connection.binary = self.conversation.takes, self.conversation.binary
        connection.history, connection.remember = self.history, self.remembered.append
        await connection.accept()
        session.connected(time.monotonic())
        self.connections.append(connection)
        close = Close(Reason.DRAINED, "this pod stops; reconnect to go on")
        try:
            with connection.interruptible():
                await self.conversation.hold(connection, dict(ABOUT))
            close = Close(Reason.FINISHED, "the conversation is over")
        except Exception as error:  # noqa: BLE001  the test decides
            self.errors.append(error)
            close = Close(Reason.BUG, "a bug")
        finally:
            await connection.finish(close)
            self.closes.append(session.end(close))

    def metric(self, series: str) -> float:
        """Zero where there is none."""
        return counted(self.metrics.scrape().decode()).get(series, 0.0)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """The URL of its websockets."""
    config = uvicorn.Config(
        app,
        port=0,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE):
        while not server.started:
            assert not task.done(), "the server ended"
            await asyncio.sleep(0.002)
    try:
        yield f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


class Client:
    """What a page does, in RTVI."""

    def __init__(self, websocket: ClientConnection) -> None:
        self.websocket = websocket
        self.got: list[dict[str, Any]] = []

    async def send(self, kind: str, data: Mapping[str, Any] | None = None, message_id: str = "1") -> None:
        message = {"label": "rtvi-ai", "type": kind, "id": message_id} | ({} if data is None else {"data": data})
        await self.websocket.send(json.dumps(message))

    async def say(self, words: str) -> None:
        options = {"run_immediately": True, "audio_response": False}
        await self.send("send-text", {"content": words, "options": options})

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            message: dict[str, Any] = json.loads(await self.websocket.recv())
        self.got.append(message)
        return message

    async def until(self, kind: str) -> dict[str, Any]:
        while (message := await self.next())["type"] != kind:
            pass
        return message

    async def reply(self) -> list[str]:
        """The pieces of the next whole one."""
        await self.until("bot-llm-started")
        pieces: list[str] = []
        while (message := await self.next())["type"] != "bot-llm-stopped":
            if message["type"] == "bot-llm-text":
                pieces.append(message["data"]["text"])
        return pieces

    async def turn(self, words: str) -> str:
        await self.say(words)
        return "".join(await self.reply())

    async def closed(self) -> tuple[int, str]:
        """The code and the words that the connection is closed with, once it is."""
        try:
            while True:
                await self.next()
        except ConnectionClosed as over:
            return (over.rcvd.code, over.rcvd.reason) if over.rcvd else (1006, "")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    async with connect(url, compression=None, open_timeout=PATIENCE) as websocket:
        yield Client(websocket)


async def eventually(true: Any) -> None:
    """Waits until it is."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110  of any condition
            await asyncio.sleep(0.005)
