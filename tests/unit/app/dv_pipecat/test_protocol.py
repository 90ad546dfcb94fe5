"""What uvicorn leaves unbounded is bounded: real sockets, with bounds that a test can wait for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from app.dv_pipecat import parts, protocol, service
from app.dv_pipecat.protocol import Door, http, websocket
from app.dv_pipecat.protocol.websocket import BoundedWebSocket
from app.dv_pipecat.session import Limits
from tests.servers.inside import Inside, eventually
from tests.servers.raw import CLOSE, PING, UPGRADE, Raw, big_frame, frame, request, say

Start = Callable[..., Inside]
# the least that the kernel gives
NO_ROOM = 1


@pytest.fixture
def patient_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not it, but the service gives a client up."""
    monkeypatch.setattr(http, "SILENT_MILLISECONDS", 600_000)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", 0.2)
    monkeypatch.setattr(websocket, "CLOSING_SECONDS", 0.2)


def ask_until_unread(voice: Inside, client: Raw) -> None:
    """Whole answers, one after the other, until one is left in the process."""
    state = voice.server.server_state
    while not any(each.transport.get_write_buffer_size() for each in voice.connections):
        answered = state.total_requests + 1
        client.send(request("/pc/"))
        eventually(partial(lambda number: state.total_requests >= number, answered))


class Talker:
    """Says one thing after the other, each when the service asks for more, or can say no more itself."""

    def __init__(self, voice: Inside, client: Raw, patch: pytest.MonkeyPatch) -> None:
        self._voice = voice
        self._client = client
        self._asked = 0
        self._said = 0
        receive = BoundedWebSocket.receive

        def count(websocket: BoundedWebSocket) -> Any:
            self._asked += 1
            return receive(websocket)

        patch.setattr(BoundedWebSocket, "receive", count)
        client.open()
        # the first time for the handshake's event
        eventually(lambda: self._asked == 2)

    def until(self, true: Callable[[BoundedWebSocket], bool], size: int) -> BoundedWebSocket:
        found = self._voice.websocket
        while not true(found):
            self._said += 1
            self._client.send(say("x" * size))
            eventually(lambda: self._asked == self._said + 2 or is_deaf(found))
        return found


def is_deaf(found: BoundedWebSocket) -> bool:
    return not found.writable.is_set()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("sent", [b"", b"GET / HT", request("/pc/v1/ws", *UPGRADE)[:-2]])
def test_a_request_has_to_come_in_time(start: Start, sent: bytes) -> None:
    voice = start()
    with Raw(voice.port) as client:
        client.send(sent)
        assert client.rest() == b""
    assert voice.metric('dv_pipecat_connections_refused_total{reason="dropped",track="stable"}') == 1


@pytest.mark.usefixtures("impatient")
def test_so_has_a_body_that_nobody_wants(start: Start) -> None:
    with Raw(start().port) as client:
        client.send(request("/metrics", "Content-Length: 100", method="POST"))
        assert b" 405 " in client.until(b"\r\n")
        client.send(b"a")
        client.wait_until_dropped()


@pytest.mark.usefixtures("impatient", "patient_kernel")
def test_an_answer_has_to_be_read_in_time(start: Start) -> None:
    voice = start()
    with Raw(voice.port, NO_ROOM) as client:
        ask_until_unread(voice, client)
        client.send_what_goes(request("/pc/") * 10)
        eventually(lambda: not voice.connections)


@pytest.mark.usefixtures("patient_kernel")
def test_a_websocket_does_not_begin_behind_answers_that_are_not_read(start: Start) -> None:
    voice = start()
    with Raw(voice.port, NO_ROOM) as client:
        ask_until_unread(voice, client)
        client.send(request("/pc/v1/ws", *UPGRADE))
        eventually(lambda: not voice.connections)


@pytest.mark.usefixtures("impatient", "patient_kernel")
@pytest.mark.parametrize(("last", "reason"), [(frame(CLOSE, b"\x03\xe8"), "client"), (frame(3), "malformed")])
def test_a_client_that_reads_nothing_to_its_end_is_dropped(
    start: Start, monkeypatch: pytest.MonkeyPatch, last: bytes, reason: str
) -> None:
    voice = start(max_messages_per_second=100_000)
    with Raw(voice.port, NO_ROOM) as client:
        Talker(voice, client, monkeypatch).until(lambda found: found.transport.get_write_buffer_size() > 0, 3_000)
        client.send(last)
        eventually(lambda: not voice.connections)
        assert voice.closed(reason) == 1


def test_a_client_that_reads_nothing_has_stalled(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "Limits", partial(Limits, stalled=0.2))
    voice = start(max_messages_per_second=100_000)
    with Raw(voice.port, NO_ROOM) as client:
        Talker(voice, client, monkeypatch).until(is_deaf, 60_000)
        # one that says nothing more is found by the pings
        client.send(say("are you there"))
        eventually(lambda: voice.closed("stalled") == 1 and not voice.connections)
        # nor does the kernel go on sending
        with pytest.raises(ConnectionError):
            client.rest()


def test_pings_of_a_client_that_reads_nothing_are_not_answered(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    pings: list[BoundedWebSocket] = []
    answer = BoundedWebSocket.handle_ping

    def count(found: BoundedWebSocket) -> None:
        answer(found)
        pings.append(found)

    monkeypatch.setattr(BoundedWebSocket, "handle_ping", count)
    voice = start(max_messages_per_second=100_000)
    with Raw(voice.port, NO_ROOM) as client:
        found = Talker(voice, client, monkeypatch).until(is_deaf, 60_000)
        size = found.transport.get_write_buffer_size()
        client.send(frame(PING, bytes(125)) * 500)
        eventually(lambda: len(pings) == 500)
        assert found.transport.get_write_buffer_size() <= size


def test_a_reply_that_comes_after_a_bad_frame_goes_nowhere(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "CLOSING_SECONDS", 600.0)
    voice = start(max_messages_per_second=100_000)
    with Raw(voice.port, NO_ROOM) as client:
        found = Talker(voice, client, monkeypatch).until(is_deaf, 60_000)
        client.send(frame(3))
        eventually(lambda: found.close_sent)
        client.make_room()
        assert client.closed() == (1002, "invalid opcode")
        eventually(lambda: voice.closed("malformed") == 1)


def test_who_is_told_and_goes_on_sending_is_dropped(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "CLOSING_SECONDS", 600.0)
    with Raw(start().port) as client:
        client.open()
        message = big_frame(16 * 1024 * 1024)
        with pytest.raises(ConnectionError):
            client.send(message)


def test_connections_without_a_request_go_the_oldest_first(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", 600.0)
    monkeypatch.setattr(protocol, "MOST_IDLE", 5)
    voice = start()
    with ExitStack() as stack:
        clients = [stack.enter_context(Raw(voice.port)) for _ in range(20)]
        for client in clients[:15]:
            client.wait_until_dropped()
        clients[-1].send(request("/pc/v1/healthcheck"))
        assert b" 200 " in clients[-1].until(b"\r\n")


def test_a_client_that_answers_no_ping_is_lost(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PING_SECONDS", 0.1)
    monkeypatch.setattr(service, "PONG_SECONDS", 0.1)
    voice = start()
    with Raw(voice.port) as client:
        client.open()
        assert client.closed() == (1011, "keepalive ping timeout")
        eventually(lambda: voice.closed("lost") == 1 and not voice.connections)


def test_more_websockets_than_can_be_told_why_are_turned_away(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MOST_LEAVING", 0)
    voice = start(max_sessions=1)
    with Raw(voice.port) as client, Raw(voice.port) as late:
        client.open()
        assert b" 503 " in late.upgrade()
        assert late.rest().endswith(b"this pod is full; connect again\n")
    assert voice.metric('dv_pipecat_connections_refused_total{reason="full",track="stable"}') == 1


class Waiting:
    def __init__(self) -> None:
        self.dropped = False

    def drop(self) -> None:
        self.dropped = True


@pytest.mark.parametrize(("files", "kept"), [(1_100, 304), (20_000, 1_000), (100, 1)])
def test_connections_without_a_request_leave_files_for_all_others(files: int, kept: int) -> None:
    door = Door(sessions=20, messages=100, waiting=512, files=files, on_refusal=lambda _: None)
    connections = [Waiting() for _ in range(2_000)]
    for connection in connections:
        door.idles(connection)
        if connection.dropped:
            door.is_busy(connection)
        for each in connections:
            if each.dropped:
                door.is_busy(each)
    assert [each.dropped for each in connections] == [True] * (2_000 - kept) + [False] * kept
