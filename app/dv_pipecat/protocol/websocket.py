"""A websocket, from its handshake on."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.dv_pipecat.closing import CODES, Reason
from app.dv_pipecat.connection import ABORT, CLOSING_SECONDS
from app.dv_pipecat.protocol import Door

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent
    from websockets.frames import Frame
    from websockets.http11 import Request

# of one message: frames without content cost a sender nothing
MOST_FRAGMENTS = 1_000
# of what was received, before it is looked at whether that was too much
PIECE_BYTES = 4 * 1024
# of what is still on its way from a client that has been told why this is the end
MOST_IGNORED_BYTES = 1024 * 1024
# that wait for more to be said
TOGETHER_BYTES = 64 * 1024
# SO_LINGER: on, for no second
_DROP = struct.pack("ii", 1, 0)
_WORDS = b"not the handshake of a websocket: a GET without a body\n"
NO_HANDSHAKE = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
    % (len(_WORDS), _WORDS)
)


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """`door`: what it shares with the others."""

    def __init__(self, door: Door, **given: Any) -> None:
        super().__init__(**given)
        self._door = door
        self._frames_left = float(door.most_frames)
        self._counted = self.loop.time()
        # told what is wrong with its frames: nothing more of it is looked at
        self._failed = False
        self._ignored = 0
        # bytes of text that the library has not been asked for yet
        self._unwritten = 0
        self._cutting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._door.websockets += 1
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.websockets -= 1
        if self._cutting is not None:
            self._cutting.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.close_sent:
            self._ignore(len(data))
        for start in range(0, len(data), PIECE_BYTES):
            if self._failed or self.transport.is_closing():
                return
            super().data_received(data[start : start + PIECE_BYTES])
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(b"".join(self.conn.data_to_send()) or NO_HANDSHAKE)
            self.transport.close()

    def handle_events(self) -> None:
        now = self.loop.time()
        most = self._door.most_frames
        self._frames_left = min(self._frames_left + (now - self._counted) * most, most) - len(self.conn.events)
        self._counted = now
        if self._frames_left < 0:
            self._fail(CODES[Reason.FLOOD], f"more than {most} frames a second")
        else:
            super().handle_events()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"][ABORT] = self.cut  # type: ignore[assignment]

    def handle_cont(self, event: Frame) -> None:
        super().handle_cont(event)
        if len(self.frames) > MOST_FRAGMENTS:
            self._fail(CODES[Reason.OVERSIZED], f"a message may have {MOST_FRAGMENTS} fragments")

    def handle_ping(self) -> None:
        if self._unwritten or (self.writable.is_set() and not self.close_sent and not self._failed):
            super().handle_ping()
        else:
            # who does not read is not owed an answer: RFC 6455, 5.5.3
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        """Stops reading when the next message is waiting too: to stop and start for each one costs as much as it."""
        data, self.frames = b"".join(self.frames), []
        if self.close_sent:
            return
        if self.curr_msg_data_type == "bytes":
            self.queue.put_nowait({"type": "websocket.receive", "bytes": data})
        else:
            try:
                self.queue.put_nowait({"type": "websocket.receive", "text": data.decode()})
            except UnicodeDecodeError:
                self._fail(CODES[Reason.MALFORMED], "a text message must be UTF-8")
                return
        if not self.read_paused and self.queue.qsize() > 1:
            self.read_paused = True
            self.transport.pause_reading()

    def handle_parser_exception(self) -> None:
        """Listens for a moment: a socket that is closed on data unread takes back what it was to say."""
        close = self.conn.close_sent
        assert close is not None  # noqa: S101  as in the method that this replaces
        self._failed = self.close_sent = True
        self._unwritten = 0
        self.queue.put_nowait({"type": "websocket.disconnect", "code": close.code, "reason": close.reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.write_eof()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        # what else would close it when the application has ended
        self.close_timer = self.close_timer or self._cut_soon()

    def shutdown(self) -> None:
        """Who has been told why keeps its moment to hear it: closed on data unread, the socket would take it back."""
        if self.close_sent and not self.transport.is_closing():
            self.stop_keepalive()
            self._cut_soon()
        else:
            super().shutdown()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._cut_soon()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        if not self.disconnected:
            self._cut_soon()

    async def send(self, message: ASGISendEvent) -> None:
        await self.writable.wait()
        if self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        text = message.get("text") if message["type"] == "websocket.send" else None
        if text is not None:
            self._write_soon(text.encode())
            return
        await super().send(message)
        if self.close_sent:
            # uvicorn takes an HTTP response instead of a handshake for a handshake that was forgotten
            self.handshake_complete = True
            self._cut_soon()

    def _write_soon(self, text: bytes) -> None:
        """With what else is said before the loop goes on: a write costs more than all before it."""
        self.conn.send_text(text)
        if not self._unwritten:
            self.loop.call_soon(self._write)
        self._unwritten += len(text)
        if self._unwritten > TOGETHER_BYTES:
            self._write()

    def _write(self) -> None:
        self._unwritten = 0
        data = b"".join(self.conn.data_to_send())
        if data and not self.transport.is_closing():
            self.transport.write(data)

    def cut(self) -> None:
        """Drops the socket, and what is still to be sent, here and in the kernel."""
        if not self.disconnected:
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP)
            self.transport.abort()

    def _cut_soon(self) -> asyncio.TimerHandle:
        """What is still to be sent would otherwise be waited for as long as TCP does."""
        if self._cutting is None:
            self._cutting = self.loop.call_later(CLOSING_SECONDS, self.cut)
        return self._cutting

    def _ignore(self, size: int) -> None:
        self._ignored += size
        if self._ignored > MOST_IGNORED_BYTES:
            self.cut()

    def _fail(self, code: int, words: str) -> None:
        self.frames = []
        self.conn.events_received()
        if self._failed:
            return
        if self.close_sent:
            self.cut()
            return
        self.conn.fail(code, words)
        self.handle_parser_exception()
