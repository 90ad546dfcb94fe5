"""The bounds of one connection: how long a request may take, and what becomes of what is said to who does not read."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from app.dv_pipecat import protocol
from app.dv_pipecat.protocol import Door, http, websocket
from app.dv_pipecat.protocol.websocket import BoundedWebSocket
from tests.servers.inside import Inside
from tests.servers.raw import CLOSE, PATH, PATIENCE, PING, PONG, TEXT, UPGRADE, Raw, frame, request
from tests.servers.websocket import eventually

pytestmark = pytest.mark.anyio

Start = Callable[..., Inside]
HEALTH = request("/pc/v1/healthcheck")
# shorter than a bound that is waited for, and long enough to come in a segment of its own
A_MOMENT = 0.02
OFTEN = 1_000
# what the loop reads at once is 256 KB: messages of this size are few
SIZE = 10_000


class Held:
    """A websocket in the test's own loop, with the test for its application, and at its other end a bare socket."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ours, self._theirs = socket.socketpair()
        self._ours.settimeout(0)
        self._began, self._over = asyncio.Event(), asyncio.Event()

    async def open(self) -> None:
        door = Door(sessions=1, messages=100, waiting=0, files=10_000, on_refusal=lambda _: None)
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            log_config=None,
            proxy_headers=False,
            ws_per_message_deflate=False,
            ws_ping_interval=600,
        )
        config.load()
        _, self.found = await self._loop.connect_accepted_socket(
            lambda: BoundedWebSocket(door, config=config, server_state=ServerState(), app_state={}), self._theirs
        )
        await self.sends(request(PATH, *UPGRADE))
        await asyncio.wait_for(self._began.wait(), PATIENCE)
        await self.receive()
        await self.send({"type": "websocket.accept"})
        await self.reads(b"\r\n\r\n")

    async def close(self) -> None:
        self._over.set()
        self.found.cut()
        await eventually(lambda: self.found.disconnected and not self.found.tasks)
        self._ours.close()

    async def say(self, words: str) -> None:
        await self.send({"type": "websocket.send", "text": words})

    async def sends(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._ours, data)

    async def reads(self, end: bytes) -> bytes:
        """Until these bytes, or without any to the end of the stream."""
        read = b""
        async with asyncio.timeout(PATIENCE):
            while not (end and read.endswith(end)):
                chunk = await self._loop.sock_recv(self._ours, 65_536)
                if not chunk:
                    assert not end, read
                    break
                read += chunk
        return read

    async def leaves_unread(self) -> None:
        """Until something is left in the process, less than what it takes for a pause."""
        while not self.found.transport.get_write_buffer_size():
            await self.say("x" * 1_000)
            await asyncio.sleep(0)
        assert self.found.writable.is_set()

    async def _app(self, _: Any, receive: Any, send: Any) -> None:
        self.receive, self.send = receive, send
        self._began.set()
        await self._over.wait()


@pytest.fixture
async def held() -> AsyncIterator[Held]:
    held = Held()
    await held.open()
    yield held
    await held.close()


def drips(client: Raw, data: bytes) -> bool:
    """Whether it is dropped for it."""
    client.socket.settimeout(A_MOMENT)
    try:
        client.send(data)
        return client.socket.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


@pytest.mark.parametrize("answered", [False, True])
def test_a_byte_now_and_then_wins_a_request_no_time(
    start: Start, monkeypatch: pytest.MonkeyPatch, *, answered: bool
) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", 600.0 if answered else 0.5)
    with Raw(start().port) as client:
        if answered:
            client.send(HEALTH)
            client.until(b"}")
            monkeypatch.setattr(http, "REQUEST_SECONDS", 0.5)
        client.send(b"GET / HTTP/1.1\r\nX: ")
        assert any(drips(client, b"a") for _ in range(OFTEN))


def test_a_request_in_pieces_may_be_no_larger(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", 600.0)
    with Raw(start().port) as client:
        client.send(b"GET / HTTP/1.1\r\nX: ")
        assert any(drips(client, b"a" * 1_000) for _ in range(OFTEN))


def test_of_those_that_wait_after_an_answer_the_oldest_goes(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MOST_IDLE", 2)
    voice = start()
    with Raw(voice.port) as first, Raw(voice.port) as second:
        for client in (second, first):
            client.send(HEALTH)
            client.until(b"}")
        with Raw(voice.port):
            second.wait_until_dropped()
            first.send(HEALTH)
            first.until(b"}")


async def test_who_answers_no_ping_and_reads_nothing_is_dropped(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "CLOSING_SECONDS", 0.05)
    await held.leaves_unread()
    held.found.ping_timeout = 0.0
    held.found.send_keepalive_ping()
    await eventually(lambda: held.found.disconnected)


async def test_who_reads_no_close_frame_is_dropped_even_if_the_conversation_goes_on(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "CLOSING_SECONDS", 0.05)
    await held.leaves_unread()
    await held.send({"type": "websocket.close", "code": 1000})
    await eventually(lambda: held.found.disconnected)


async def test_a_ping_takes_nothing_of_what_is_being_said(held: Held) -> None:
    await held.say("one")
    held.found.data_received(frame(PING, b"?"))
    await held.say("two")
    assert await held.reads(b"two") == b"".join(
        frame(opcode, payload, masked=False) for opcode, payload in ((TEXT, b"one"), (PONG, b"?"), (TEXT, b"two"))
    )


async def test_nor_does_a_ping_of_who_does_not_read(held: Held) -> None:
    await held.say("one")
    held.found.pause_writing()
    held.found.data_received(frame(PING, b"?"))
    held.found.resume_writing()
    await held.say("two")
    assert (await held.reads(b"two")).startswith(frame(TEXT, b"one", masked=False))


async def test_what_is_said_at_once_goes_out_at_once(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    write = held.found.transport.write

    def count(data: bytes) -> None:
        written.append(data)
        write(data)

    monkeypatch.setattr(held.found.transport, "write", count)
    for words in ("one", "two", "three"):
        await held.say(words)
    read = await held.reads(b"three")
    assert written == [read]
    assert read == b"".join(frame(TEXT, words, masked=False) for words in (b"one", b"two", b"three"))


async def test_much_of_it_does_not_wait(held: Held) -> None:
    await held.say("x" * 40_000)
    await held.say("y" * 40_000)
    # without a turn of the loop in between
    assert held._ours.recv(2) == b"\x81\x7e"  # noqa: SLF001  of this file


async def test_of_a_flood_little_is_looked_at(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    handle = BoundedWebSocket.handle_events

    def count(found: BoundedWebSocket) -> None:
        looked_at.append(len(found.conn.events))
        handle(found)

    monkeypatch.setattr(BoundedWebSocket, "handle_events", count)
    held.found.data_received(frame(PONG) * 40_000)
    assert (await held.reads(b"")).endswith(b"more than 1100 frames a second")
    assert sum(looked_at) < 20_000


async def test_of_who_sends_without_end_little_is_taken_until_it_is_wanted(held: Held) -> None:
    reading: Any = held.found.transport
    message = frame(TEXT, b"x" * SIZE)
    await held.sends(message)
    await eventually(lambda: held.found.queue.qsize() == 1)
    assert reading.is_reading()
    sending = asyncio.create_task(held.sends(message * 300))
    await eventually(lambda: held.found.queue.qsize() > 1)
    assert not reading.is_reading()
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert held.found.queue.qsize() < 40
    assert not sending.done()
    async with asyncio.timeout(PATIENCE):
        for _ in range(301):
            assert len((await held.receive())["text"]) == SIZE
        await sending
    assert reading.is_reading()


async def test_a_ping_right_behind_what_is_wrong_does_no_harm(held: Held) -> None:
    await held.say("one")
    held.found.data_received(frame(TEXT, b"\xff") + frame(PING, b"?"))
    read = await held.reads(b"")
    assert read.startswith(frame(TEXT, b"one", masked=False))
    assert read.endswith(frame(CLOSE, b"\x03\xefa text message must be UTF-8", masked=False))
