"""A client that sends what no library would, and reads only when it is told to: bytes on a socket."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any, NamedTuple, Self

# no test waits that long but one that fails
PATIENCE = 30.0
PATH = "/pc/v1/ws"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
UPGRADE = ("Connection: Upgrade", "Upgrade: websocket", f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13")


class Frame(NamedTuple):
    opcode: int
    payload: bytes


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """The mask is of zeros, which change nothing."""
    first, mask = fin << 7 | reserved << 4 | opcode, masked << 7
    if len(payload) < 126:
        head = struct.pack("!BB", first, mask | len(payload))
    else:
        head = struct.pack("!BBH", first, mask | 126, len(payload))
    return head + bytes(4 * masked) + payload


def big_frame(size: int) -> bytes:
    return struct.pack("!BBQ", 0x81, 0xFF, size) + bytes(4) + b"x" * size


def rtvi(kind: Any, **fields: Any) -> bytes:
    return frame(TEXT, json.dumps({"label": "rtvi-ai", "type": kind, "id": "1", **fields}).encode())


def say(words: str) -> bytes:
    return rtvi("send-text", data={"content": words})


def request(path: str = PATH, *headers: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: voice", *headers, "", ""]).encode()


class Raw:
    """`room`: bytes that its kernel takes unread, of which Linux makes a few more."""

    def __init__(self, port: int, room: int | None = None) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if room is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.connect(("127.0.0.1", port))
        self._received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send_what_goes(self, data: bytes) -> None:
        """Stops where the server does."""
        try:
            self.socket.sendall(data)
        except (ConnectionError, TimeoutError):
            return

    def upgrade(self, path: str = PATH, *headers: str) -> bytes:
        """The status line of the answer."""
        self.send(request(path, *UPGRADE, *headers))
        return self.until(b"\r\n\r\n").partition(b"\r\n")[0]

    def open(self, path: str = PATH) -> dict[str, Any]:
        """What the service says of the session."""
        assert b" 101 " in self.upgrade(path)
        return self.session()

    def session(self) -> dict[str, Any]:
        found = self.frame()
        assert found.opcode == TEXT, found
        session: dict[str, Any] = json.loads(found.payload)["data"]["session"]
        return session

    def make_room(self) -> None:
        """Reads as others do from now on: what fits into no window comes in pieces, a fifth of a second apart."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024 * 1024)

    def until(self, end: bytes) -> bytes:
        while end not in self._received:
            self._receive()
        found, _, self._received = self._received.partition(end)
        return found

    def frame(self) -> Frame:
        opcode, size = struct.unpack("!BB", self._take(2))
        if size == 126:
            (size,) = struct.unpack("!H", self._take(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._take(8))
        return Frame(opcode & 15, self._take(size))

    def message(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.frame().payload)
        return found

    def closed(self) -> tuple[int, str]:
        """The code and the words of the server's close frame, whatever comes before it."""
        while (found := self.frame()).opcode != CLOSE:
            pass
        return struct.unpack("!H", found.payload[:2])[0], found.payload[2:].decode()

    def rest(self) -> bytes:
        """Until the server closes. Raises ConnectionError where it does so in the middle of something."""
        while chunk := self.socket.recv(65536):
            self._received += chunk
        return self._received

    def wait_until_dropped(self) -> None:
        """However it is done."""
        try:
            self.rest()
        except ConnectionError:
            return

    def _take(self, size: int) -> bytes:
        while len(self._received) < size:
            self._receive()
        taken, self._received = self._received[:size], self._received[size:]
        return taken

    def _receive(self) -> None:
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError(f"closed after {self._received!r}")
        self._received += chunk


def assert_serves(port: int) -> None:
    with Raw(port) as client:
        client.open()
        client.send(say("still here"))
        assert [client.message()["type"] for _ in range(3)] == ["bot-llm-started", "bot-llm-text", "bot-llm-stopped"]
