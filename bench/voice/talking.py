"""What sessions say and should hear, as bytes: the load has a core to itself, and must not be what is measured."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal, cast

from app.dv_pipecat import rtvi

Kind = Literal["ours", "peer"]
WORDS = "how are you today"
SAID = rtvi.encode("send-text", {"content": WORDS}, "1").encode()
# what comes back for each message: of the service, and of a bare echo
REPLIES: dict[Kind, tuple[bytes, ...]] = {
    "ours": tuple(text.encode() for text in (rtvi.STARTED, rtvi.text(WORDS), rtvi.STOPPED)),
    "peer": (SAID,),
}
# messages of the server before anybody has said anything
GREETINGS: dict[Kind, int] = {"ours": 1, "peer": 0}
HANDSHAKE = (
    b"GET /pc/v1/ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
# RFC 6455, 5.2: the opcodes with FIN; a length from 126 on stands in two bytes more
TEXT, PING, PONG = 0x81, 0x89, 0x8A
SHORT = 126
MASKED = 0x80
MASK = bytes(4)


def frame(opcode: int, payload: bytes) -> bytes:
    """A short one of a client's: masked with zeros, which to a server are as good as any mask."""
    assert len(payload) < SHORT
    return bytes([opcode, MASKED | len(payload)]) + MASK + payload


SAY = frame(TEXT, SAID)


class Session(asyncio.Protocol):
    """One session. `on_reply`: called with the time at which what has been answered now was due to be said.

    `wrong`: what the server did that it should not; no figure is worth anything then.
    """

    def __init__(self, kind: Kind, on_reply: Callable[[float], None]) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.said = self.answered = 0
        self.wrong = ""
        self._replies: Sequence[bytes] = REPLIES[kind]
        self._greetings = GREETINGS[kind]
        self._on_reply = on_reply
        self._due: deque[float] = deque()
        self._heard = 0
        self._rest = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no asyncio.Transport, they only behave like one
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(HANDSHAKE)

    def say(self, due: float) -> None:
        self.said += 1
        self._due.append(due)
        if not self.wrong:
            self._transport.write(SAY)

    def close(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        if not self._is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            if not head.startswith(b"HTTP/1.1 101 "):
                self._fail(head.decode())
                return
            self._is_open = True
            self._greeted()
        self._rest = self._take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the connection was closed: {exc}")

    def _fail(self, words: str) -> None:
        self.wrong = self.wrong or words
        self._transport.abort()
        if not self.ready.done():
            self.ready.set_result(None)

    def _take(self, data: bytes) -> bytes:
        """What is left of `data` when all whole frames are taken."""
        at = 0
        while len(data) >= at + 2:
            size, start = data[at + 1], at + 2
            if size == SHORT:
                size, start = int.from_bytes(data[start : start + 2]), start + 2
            end = start + size
            if len(data) < max(start, end):
                break
            self._hear(data[at], data[start:end])
            at = end
        return data[at:]

    def _hear(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._transport.write(frame(PONG, payload))
        elif opcode != TEXT:
            self._fail(f"a frame of kind {opcode:#x}: {payload!r}")
        elif self._greetings:
            self._greetings -= 1
            self._greeted()
        elif payload != self._replies[self._heard]:
            self._fail(f"{payload!r} where {self._replies[self._heard]!r} should be")
        else:
            self._heard = (self._heard + 1) % len(self._replies)
            if not self._heard:
                self.answered += 1
                self._on_reply(self._due.popleft())

    def _greeted(self) -> None:
        if not self._greetings and not self.ready.done():
            self.ready.set_result(None)
