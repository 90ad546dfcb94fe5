"""The webhook behind its real server: what only bytes on a socket can do."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from app.gong_webhook import sample
from tests.servers import signing
from tests.servers.receiver import LIMIT, PATH, Receiver, listening

BODY = sample.body("7782342274025937895")
TIMEOUT_SECONDS = 0.3
DEADLINE_SECONDS = 10.0


class Served:
    def __init__(self, receiver: Receiver, address: tuple[str, int]) -> None:
        self.receiver = receiver
        self.address = address

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=DEADLINE_SECONDS)

    def send(self, *parts: bytes) -> bytes:
        """All that is answered until the server closes, or there is one whole answer."""
        with closing(self.connect()) as connection:
            for part in parts:
                connection.sendall(part)
            return answered(connection)

    def queued(self) -> list[str]:
        return [delivery.call_id for delivery in self.receiver.queue.deliveries]


def answered(connection: socket.socket) -> bytes:
    received = b""
    while not whole(received):
        try:
            chunk = connection.recv(65536)
        except ConnectionResetError:
            return received
        if not chunk:
            return received
        received += chunk
    return received


def whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(end and lengths) and len(body) >= int(lengths[0])


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def head(*lines: str, body: bytes = BODY) -> bytes:
    """Rightly signed for `body`."""
    first = [f"POST {PATH} HTTP/1.1", "Host: receiver", f"Authorization: {signing.headers(body)['authorization']}"]
    return "\r\n".join([*first, *lines, "", ""]).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    receiver = Receiver(tmp_path_factory.mktemp("metrics"), timeout=TIMEOUT_SECONDS)
    with listening(receiver) as address:
        yield Served(receiver, address)


@pytest.fixture
def served(server: Served) -> Iterator[Served]:
    """After each test it still takes a call."""
    server.receiver.queue.deliveries.clear()
    yield server
    last = sample.body("999")
    assert status(server.send(head(f"Content-Length: {len(last)}", body=last), last)) == 202


def test_a_body_may_come_in_chunks_of_any_size(served: Served) -> None:
    chunks = [chunk(BODY[start : start + 1000]) for start in range(0, len(BODY), 1000)]
    answer = served.send(head("Transfer-Encoding: chunked"), *chunks, b"0\r\n\r\n")
    assert (status(answer), served.queued()) == (202, ["7782342274025937895"])


def test_chunks_without_end_are_read_to_the_limit_alone(served: Served) -> None:
    with closing(served.connect()) as connection:
        connection.sendall(head("Transfer-Encoding: chunked"))
        sent = 0
        connection.settimeout(DEADLINE_SECONDS)
        try:
            while sent < 200 * LIMIT:
                connection.sendall(chunk(b" " * LIMIT))
                sent += LIMIT
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert sent < 200 * LIMIT
    assert served.queued() == []


def test_a_body_announced_as_huge_is_refused_before_it_comes(served: Served) -> None:
    assert status(served.send(head("Content-Length: 99999999999"))) == 413


def test_a_body_that_stops_coming_is_given_up(served: Served) -> None:
    answer = served.send(head(f"Content-Length: {len(BODY)}"), BODY[:-1])
    assert status(answer) == 408
    assert "did not arrive" in json.loads(answer.partition(b"\r\n\r\n")[2])["error"]


def test_a_stranger_is_refused_before_it_may_send_its_body(served: Served) -> None:
    lines = [f"POST {PATH} HTTP/1.1", "Host: receiver", "Expect: 100-continue", "Content-Length: 1000", "", ""]
    answer = served.send("\r\n".join(lines).encode())
    assert status(answer) == 401
    assert b"100 Continue" not in answer


def test_gong_may_ask_before_it_sends(served: Served) -> None:
    with closing(served.connect()) as connection:
        connection.sendall(head("Expect: 100-continue", f"Content-Length: {len(BODY)}"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        connection.sendall(BODY)
        assert status(answered(connection)) == 202


def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing_behind(served: Served) -> None:
    with closing(served.connect()) as connection:
        connection.sendall(head(f"Content-Length: {len(BODY)}") + BODY[:100])
    assert status(served.send(head(f"Content-Length: {len(BODY)}"), BODY)) == 202
    assert served.queued() == ["7782342274025937895"]


def test_a_sender_that_does_not_wait_for_the_answer_has_its_call_queued(served: Served) -> None:
    with closing(served.connect()) as connection:
        connection.sendall(head(f"Content-Length: {len(BODY)}") + BODY)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not served.queued():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_refused_body_is_not_read_as_the_next_request(served: Served) -> None:
    """Request smuggling: what follows a 401 on the same connection is the body, whatever it looks like."""
    smuggled = head(f"Content-Length: {len(BODY)}") + BODY
    lines = [f"POST {PATH} HTTP/1.1", "Host: receiver", f"Content-Length: {len(smuggled)}", "", ""]
    assert status(served.send("\r\n".join(lines).encode() + smuggled)) == 401
    assert served.queued() == []


def test_requests_on_one_connection_are_answered_in_turn(served: Served) -> None:
    with closing(served.connect()) as connection:
        for number in range(3):
            body = sample.body(str(number))
            connection.sendall(head(f"Content-Length: {len(body)}", body=body) + body)
            assert status(answered(connection)) == 202
    assert served.queued() == ["0", "1", "2"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\r\n\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /webhooks/gong\r\n\r\n",
        b"POST /webhooks/gong HTTP/9.9\r\nHost: a\r\n\r\n",
        b"POST /webhooks/gong HTTP/1.1\r\nHost a\r\n\r\n",
        b"POST /webhooks/gong HTTP/1.1\r\nHost: a\r\nAuthorization: \x00\r\n\r\n",
        b"POST /webhooks/gong HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /webhooks/gong HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /webhooks/gong HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST /webhooks/gong HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        b"POST http://evil.example/webhooks/gong HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        b"POST * HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        b"POST /%ff%00 HTTP/1.1\r\nHost: \xff\r\nContent-Length: 0\r\n\r\n",
        b"GET /health?%ff=%zz&;&=&ready=%00 HTTP/1.1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"POST /webhooks/gong HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 200_000 + b"\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_bytes_that_are_no_good_request_get_no_500_and_reach_no_queue(served: Served, request_bytes: bytes) -> None:
    with closing(served.connect()) as connection:
        connection.sendall(request_bytes)
        connection.shutdown(socket.SHUT_WR)
        assert status(answered(connection)) in {0, 200, 400, 401, 404, 413, 431}
    assert served.queued() == []


@pytest.mark.parametrize("bad", [b"zz\r\n", b"-1\r\n", b"ffffffffffffffffff\r\n", b"5\r\nabc", b"1;" + b"x" * 70_000])
def test_broken_chunks_of_a_signed_body_are_refused(served: Served, bad: bytes) -> None:
    with closing(served.connect()) as connection:
        connection.sendall(head("Transfer-Encoding: chunked") + bad)
        assert status(answered(connection)) in {0, 400, 408}
    assert served.queued() == []


def test_many_senders_who_stop_midway_do_not_keep_others_out(served: Served) -> None:
    stuck = [served.connect() for _ in range(50)]
    for connection in stuck:
        connection.sendall(head(f"Content-Length: {len(BODY)}") + BODY[:10])
    assert status(served.send(head(f"Content-Length: {len(BODY)}"), BODY)) == 202
    for connection in stuck:
        connection.close()


def test_threads_of_senders_with_the_same_call_leave_one(served: Served) -> None:
    answers: list[int] = []

    def deliver() -> None:
        answers.append(status(served.send(head(f"Content-Length: {len(BODY)}"), BODY)))

    threads = [threading.Thread(target=deliver) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers, len(served.queued())) == ([202] * 20, 1)
