"""Requests and connections that keep to no rule, against the service in its process: bounded, and no harm to others."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest

from tests.servers.inside import eventually
from tests.servers.raw import KEY, UPGRADE, Raw, assert_serves, request, say
from tests.servers.voice import VoiceProcess

HEALTH = "/pc/v1/healthcheck"
REFUSED = 'dv_pipecat_connections_refused_total{reason="full",track="stable"}'


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request("/pc/v1/ws", *UPGRADE, f"X: {'a' * 9_000}"), 431),
        (request("/pc/v1/ws", *UPGRADE, *["a: b"] * 140), 431),
        (request(f"/pc/v1/ws?{'a' * 9_000}", *UPGRADE), 414),
        (request("/pc/v1/ws", *UPGRADE, "Content-Length: 5", method="POST") + b"hello", 400),
        (request("/pc/v1/ws", *UPGRADE, "Transfer-Encoding: chunked"), 400),
        (request("/pc/v1/ws", *UPGRADE[:2]), 400),
        (request("/pc/v1/ws", *UPGRADE[:2], f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 8"), 400),
        (request("/elsewhere", *UPGRADE), 404),
        (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(160), 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: voice\r\n\r\n", 400),
        (b"CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n", 400),
        (b"GET /pc/v1/healthcheck HTTP/1.0\r\n\r\n", 200),
    ],
)
def test_what_is_no_handshake_is_answered_and_its_connection_closed(
    voice: VoiceProcess, sent: bytes, status: int
) -> None:
    with Raw(voice.port) as client:
        client.send(sent)
        assert client.rest().startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize(
    "sent", [request(HEALTH, "X: " + "a" * 20_000), request(HEALTH, "Content-Length: 90000") + bytes(40_000)]
)
def test_what_is_larger_than_a_request_is_dropped(voice: VoiceProcess, sent: bytes) -> None:
    with Raw(voice.port) as client:
        client.send_what_goes(sent)
        client.wait_until_dropped()


def test_a_client_that_does_not_wait_for_answers_gets_one(voice: VoiceProcess) -> None:
    with Raw(voice.port) as client:
        client.send(request(HEALTH) * 50)
        assert client.rest().count(b"HTTP/1.1 200") == 1


def test_a_websocket_that_does_not_wait_for_the_answer_before_it_is_dropped(voice: VoiceProcess) -> None:
    with Raw(voice.port) as client:
        client.send(request(HEALTH) + request("/pc/v1/ws", *UPGRADE))
        client.wait_until_dropped()


@pytest.mark.parametrize("path", ["/", "/pc", "/metrics/"])
def test_no_answer_leads_to_a_host_that_the_client_has_named(voice: VoiceProcess, path: str) -> None:
    with Raw(voice.port) as client:
        client.send(f"GET {path} HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n".encode())
        assert b"elsewhere" not in client.rest()


def test_refused_clients_that_read_nothing_leave_room_for_others(voice: VoiceProcess) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(Raw(voice.port)).open()
        before = voice.metric(REFUSED)
        for _ in range(400):
            stack.enter_context(Raw(voice.port, room=1)).send_what_goes(request("/pc/v1/ws", *UPGRADE))
        eventually(lambda: voice.metric(REFUSED) == before + 400)
        assert voice.health()["sessions"] == 20


def test_silent_connections_keep_out_neither_probes_nor_clients(voice: VoiceProcess) -> None:
    with ExitStack() as stack:
        talker = stack.enter_context(Raw(voice.port))
        talker.open()
        for _ in range(2_000):
            stack.enter_context(Raw(voice.port))
        assert voice.health()["sessions"] == 1
        talker.send(say("hello"))
        assert json.loads(talker.frame().payload)["type"] == "bot-llm-started"
        assert_serves(voice.port)
