"""HTTP, and the handshake that makes a websocket of it."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.dv_pipecat.closing import Reason
from app.dv_pipecat.protocol import Door

# from the first byte, or the connection, to the whole answer
REQUEST_SECONDS = 10.0
REQUEST_BYTES = 16 * 1024
# answers when no session is left
DRAIN_PATH = b"/pc/v1/drain"
# of what a client has not read, in the kernel, which doubles it; left to itself it takes megabytes
SEND_BYTES = 64 * 1024
# after which the kernel gives up a client that acknowledges nothing, or reads nothing of what is there for it
SILENT_MILLISECONDS = 20_000
_BODY = b"this pod is full; connect again\n"
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\nconnection: close\r\nretry-after: 1\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class BoundedHttp(HttpToolsProtocol):
    """One connection, until it becomes a websocket."""

    def __init__(self, door: Door, **given: Any) -> None:
        super().__init__(**given)
        self._door = door
        self._size = 0
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _bound(transport.get_extra_info("socket"))
        self._await_request()
        self._door.idles(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._late is None:
            self._await_request()
        self._size += len(data)
        if self._size > REQUEST_BYTES:
            self.drop()
        else:
            super().data_received(data)

    def on_headers_complete(self) -> None:
        if self._is_answering:
            # it does not wait for its turn, and could have any number of answers waiting
            self.cycle.keep_alive = False
            return
        self._door.is_busy(self)
        if self.url.partition(b"?")[0] == DRAIN_PATH:
            self._forget()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        self._forget()
        self._door.idles(self)
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            # behind what the kernel holds for a client that reads nothing
            self._await_request()

    def handle_websocket_upgrade(self) -> None:
        if self._is_answering or self.transport.get_write_buffer_size():
            # the websocket would not know that the transport asks for a pause
            self.drop()
            return
        self._forget()
        if self._door.websockets < self._door.most_websockets:
            super().handle_websocket_upgrade()
            return
        self._door.on_refusal(Reason.FULL)
        self.transport.write(FULL)
        self.transport.close()

    def drop(self) -> None:
        self._door.on_refusal(Reason.DROPPED)
        self._forget()
        self.transport.abort()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_request(self) -> None:
        self._size = 0
        self._late = self.loop.call_later(REQUEST_SECONDS, self.drop)

    def _forget(self) -> None:
        self._door.is_busy(self)
        if self._late is not None:
            self._late.cancel()
            self._late = None


def _bound(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_MILLISECONDS)
