"""A client's websocket, held to the limits of its session: what a conversation listens and talks to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from app.dv_pipecat import rtvi
from app.dv_pipecat.closing import MOST_WORDS, Close, Reason
from app.dv_pipecat.model import Message
from app.dv_pipecat.session import NO_STATUS, NORMAL, Session

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from app.dv_pipecat.metrics import Metrics
    from app.dv_pipecat.rtvi import Incoming
    from app.dv_pipecat.tokens import Token

# that a client may take to answer a close frame before its socket is dropped
CLOSING_SECONDS = 2.0
# in the scope's extensions: drops the socket, whatever is still to be sent
ABORT = "dv_pipecat.abort"

Remember = Callable[[Sequence[Message]], None]
Event = dict[str, Any]


class Connection(WebSocket):
    """`takes`: the kinds of RTVI messages that go through; `binary`: whether binary frames do.

    What is sent after the end goes nowhere, and no method raises because the client has gone: a conversation learns it
    from `receive`, like the end of the session.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, session: Session, metrics: Metrics) -> None:
        super().__init__(scope, receive, send)
        self.lifetime = session
        self.token: Token | None = None
        self.history: Sequence[Message] = ()
        self.takes: Collection[str] = ()
        self.binary = False
        self.remember: Remember = _ignore
        # called once, when the session has ended and before its client is told
        self.on_end: Callable[[], None] = _nothing
        # how a client that speaks in binary frames is told what others are told in text
        self.wrap: Callable[[str], bytes] | None = None
        self._metrics = metrics
        self._clock = time.monotonic
        self._abort: Callable[[], None] = self.scope.get("extensions", {}).get(ABORT, _nothing)
        self._asked: float | None = None
        self._replied = False
        self._task: asyncio.Task[Any] | None = None
        # or told why: nothing more is to be sent
        self._gone = False
        self._interrupted = False

    @property
    def is_over(self) -> bool:
        return self.lifetime.close is not None

    async def receive(self) -> Event:
        """The next event of ASGI that the conversation takes; one with text has the message in `said`."""
        while True:
            if self.is_over:
                return self._over()
            event = dict(await super().receive())
            if event["type"] == "websocket.disconnect":
                self._gone = True
                self.end(self.lifetime.lost(_said_goodbye(event)))
                return event
            if event["type"] == "websocket.connect" or await self._is_taken(event):
                return event

    async def send(self, message: Any) -> None:
        if self.is_over or self._gone:
            return
        self.lifetime.writing(self._clock())
        try:
            await super().send(message)
        except WebSocketDisconnect:
            # the event that is on its way says why
            self._gone = True
        finally:
            self.lifetime.written(self._clock())

    async def close(self, code: int = 1000, reason: str | None = None) -> None:  # noqa: ARG002  as inherited
        """For a conversation that has come to its end."""
        await self.finish(Close(Reason.FINISHED, "the conversation is over"))

    async def finish(self, close: Close) -> None:
        """Tells the client why, unless it has gone or been told; its socket is closed, whether it listens or not."""
        ended = self.end(close)
        if self._gone:
            return
        self._gone = True
        words = f"{ended.words}; resume={self.token}" if self.lifetime.resumable and self.token else ended.words
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await super().send({"type": "websocket.close", "code": ended.code, "reason": _fitting(words)})
        except (TimeoutError, WebSocketDisconnect):
            self._abort()

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Around what `interrupt` may cut short, without an error."""
        task = self._task = asyncio.current_task()
        try:
            yield
        except asyncio.CancelledError:
            # https://docs.python.org/3/library/asyncio-task.html#asyncio.Task.uncancel
            if not self._interrupted or task is None or task.uncancel():
                raise
        finally:
            self._task = None

    def interrupt(self, close: Close) -> None:
        """Ends the session from outside the task that serves it."""
        self.end(close)
        if self._task is not None and not self._interrupted:
            self._interrupted = True
            self._task.cancel()

    def asked(self) -> None:
        """The client has said something that wants a reply."""
        if self._asked is None:
            self._asked = self._clock()

    def replied(self) -> None:
        """The first of a reply is on its way."""
        if self._asked is not None and not self._replied:
            self._replied = True
            self._metrics.first_reply(self._clock() - self._asked)

    async def tell(self, text: str) -> None:
        """A message of RTVI."""
        await (self.send_text(text) if self.wrap is None else self.send_bytes(self.wrap(text)))

    async def model_failed(self, kind: str, words: str, *, fatal: bool) -> None:
        """`kind` for the metrics, `words` for the client; the session goes on unless it is `fatal`."""
        self._metrics.model_failed(kind)
        await self.tell(rtvi.failed(words, fatal=fatal))
        if fatal:
            await self.finish(Close(Reason.MODEL, words))

    async def _is_taken(self, event: Event) -> bool:
        text, data = event.get("text"), event.get("bytes")
        size = len(data or b"") if text is None else len(text) if text.isascii() else len(text.encode())
        wrong = self.lifetime.received(size, self._clock())
        if wrong is None and text is None:
            wrong = None if self.binary else Close(Reason.UNSUPPORTED, "this service takes text only")
        if wrong is not None:
            await self.finish(wrong)
            return False
        return text is None or await self._is_said(event, text)

    async def _is_said(self, event: Event, text: str) -> bool:
        try:
            said = event["said"] = rtvi.decode(text)
        except rtvi.Malformed as error:
            await self.finish(Close(Reason.MALFORMED, str(error)))
            return False
        wrong = self.refusal(said)
        if wrong:
            await self.send_text(rtvi.refused(said.id, wrong))
            return False
        if said.type == rtvi.SAY:
            self.asked()
        return True

    def refusal(self, said: Incoming) -> str:
        """What is wrong with a message, if anything."""
        if said.type not in self.takes:
            self._metrics.message_refused("unsupported")
            return f"not supported here; what is: {', '.join(sorted(self.takes))}"
        if said.type == rtvi.SAY and said.content is None:
            self._metrics.message_refused("invalid")
            return "send-text needs data.content, a text"
        return ""

    def end(self, close: Close) -> Close:
        """Without telling the client, which `finish` does; the first reason holds."""
        ended = self.lifetime.end(close)
        on_end, self.on_end = self.on_end, _nothing
        on_end()
        return ended

    def _over(self) -> Event:
        self.client_state = WebSocketState.DISCONNECTED
        return {"type": "websocket.disconnect", "code": NO_STATUS}


def _said_goodbye(event: Event) -> int:
    """The code of the client's close frame, where it needs none; that of a connection that was cut is the same."""
    code = int(event.get("code") or NO_STATUS)
    return NORMAL if code == NO_STATUS and "reason" in event else code


def _fitting(words: str) -> str:
    return words.encode()[:MOST_WORDS].decode(errors="ignore")


def _nothing() -> None:
    pass


def _ignore(_: Sequence[Message]) -> None:
    pass
