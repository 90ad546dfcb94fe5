"""Clients that keep to no rule, against the service in its process: each is told why, counted, and harms no other."""

from __future__ import annotations

import struct

import pytest

from tests.servers.inside import eventually
from tests.servers.raw import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Raw,
    big_frame,
    frame,
    rtvi,
    say,
)
from tests.servers.voice import VoiceProcess

NOT_RTVI = 'not an RTVI message, such as {"label":"rtvi-ai","type":"send-text","data":{"content":"hello"}}'


def text(words: str) -> bytes:
    return frame(TEXT, words.encode())


def closed(voice: VoiceProcess, reason: str) -> float:
    return voice.metric(f'dv_pipecat_sessions_closed_total{{reason="{reason}",track="stable"}}')


def refused(voice: VoiceProcess, reason: str) -> float:
    return voice.metric(f'dv_pipecat_connections_refused_total{{reason="{reason}",track="stable"}}')


@pytest.mark.parametrize(
    ("sent", "reason", "told"),
    [
        (frame(3), "malformed", (1002, "invalid opcode")),
        (frame(TEXT, reserved=4), "malformed", (1002, "reserved bits must be 0")),
        (frame(TEXT, b"{}", masked=False), "malformed", (1002, "incorrect masking")),
        (frame(PING, bytes(126)), "malformed", (1002, "control frame too long")),
        (frame(PING, fin=False), "malformed", (1002, "fragmented control frame")),
        (frame(0), "malformed", (1002, "unexpected continuation frame")),
        (frame(TEXT, fin=False) + frame(TEXT), "malformed", (1002, "expected a continuation frame")),
        (frame(CLOSE, b"a"), "malformed", (1002, "close frame too short")),
        (
            frame(TEXT, fin=False) + frame(0, fin=False) * 1_001,
            "oversized",
            (1009, "a message may have 1000 fragments"),
        ),
        (frame(PONG) * 2_000, "flood", (4002, "more than 1100 frames a second")),
        (frame(PING) * 2_000, "flood", (4002, "more than 1100 frames a second")),
        (frame(TEXT, b"\xff"), "malformed", (1007, "a text message must be UTF-8")),
        (frame(TEXT, b"\xe2", fin=False) + frame(0, b"\x28"), "malformed", (1007, "a text message must be UTF-8")),
        (frame(TEXT), "malformed", (1007, "not JSON")),
        (text("{"), "malformed", (1007, "not JSON")),
        (text("\0"), "malformed", (1007, "not JSON")),
        (text('{"label":"rtvi-ai","type":"a","data":' + '{"a":' * 9_000), "malformed", (1007, "not JSON")),
        (text('{"label":"rtvi-ai","type":"\\ud800"}'), "malformed", (1007, "not JSON")),
        (text("9" * 60_000), "malformed", (1007, NOT_RTVI)),
        (text("[]"), "malformed", (1007, NOT_RTVI)),
        (rtvi(1), "malformed", (1007, NOT_RTVI)),
        (rtvi("send-text", data=[]), "malformed", (1007, NOT_RTVI)),
        (frame(BINARY, b"{}"), "unsupported", (1003, "this service takes text only")),
        (rtvi("client-ready") * 150, "flood", (4002, "more than 100 messages a second")),
    ],
)
def test_what_is_wrong_is_told_and_counted(
    voice: VoiceProcess, sent: bytes, reason: str, told: tuple[int, str]
) -> None:
    before = closed(voice, reason)
    with Raw(voice.port) as client:
        client.open()
        client.send(sent)
        assert client.closed() == told
    eventually(lambda: closed(voice, reason) == before + 1)


def test_a_client_reads_why_while_it_still_sends(voice: VoiceProcess) -> None:
    with Raw(voice.port) as client:
        client.open()
        client.send(big_frame(500_000))
        assert client.closed() == (1009, "frame with 500000 bytes exceeds limit of 65536 bytes")
        # the end of the stream and no reset, which on some systems takes back what was not read yet
        assert client.rest() == b""


@pytest.mark.parametrize("sent", [rtvi("no-such-type", data={}), rtvi("send-text", data={"content": 1})])
def test_what_is_not_taken_is_refused_and_the_session_goes_on(voice: VoiceProcess, sent: bytes) -> None:
    with Raw(voice.port) as client:
        client.open()
        client.send(sent + say("hello"))
        assert [client.message()["type"] for _ in range(2)] == ["error-response", "bot-llm-started"]


def test_as_many_messages_at_once_as_the_limit_says_are_answered(voice: VoiceProcess) -> None:
    with Raw(voice.port) as client:
        client.open()
        client.send(rtvi("client-ready") * 100)
        assert {client.message()["type"] for _ in range(100)} == {"bot-ready"}


def test_a_character_may_be_cut_by_a_fragment_and_a_message_by_a_ping(voice: VoiceProcess) -> None:
    start, end = '{"label":"rtvi-ai","type":"client-ready","id":"€"}'.encode().split(b"\x82")
    with Raw(voice.port) as client:
        client.open()
        client.send(frame(TEXT, start, fin=False) + frame(PING, b"?") + frame(0, b"\x82" + end))
        assert client.frame() == (PONG, b"?")
        assert client.message()["id"] == "€"


@pytest.mark.parametrize("code", [1000, 1001, 1011, 4002])
def test_a_client_may_close_with_any_code(voice: VoiceProcess, code: int) -> None:
    with Raw(voice.port) as client:
        client.open()
        client.send(frame(CLOSE, struct.pack("!H", code)))
        assert client.closed() == (code, "")


@pytest.mark.parametrize("shown", ["", "a", "a" * 7_000, f"{'a' * 16}.{'b' * 32}", "%00%ff", "é".encode().hex()])
def test_a_token_that_never_was_is_refused(voice: VoiceProcess, shown: str) -> None:
    before = refused(voice, "token")
    with Raw(voice.port) as client:
        assert b" 101 " in client.upgrade(f"/pc/v1/ws?resume={shown}")
        assert client.closed() == (4005, "the resume token is unknown; connect without it for a new session")
    assert refused(voice, "token") == before + 1


def test_a_token_works_once_and_takes_the_session_from_whoever_has_it(voice: VoiceProcess) -> None:
    with Raw(voice.port) as first, Raw(voice.port) as second, Raw(voice.port) as third:
        token = first.open()["resume"]
        session = second.open(f"/pc/v1/ws?resume={token}")
        assert session["resumed"]
        assert first.closed() == (4004, "the session goes on over another connection")
        third.upgrade(f"/pc/v1/ws?resume={token}")
        assert third.closed()[0] == 4005
        second.send(rtvi("client-ready"))
        assert second.message()["type"] == "bot-ready"


def test_a_session_that_has_ended_cannot_be_resumed(voice: VoiceProcess) -> None:
    with Raw(voice.port) as first, Raw(voice.port) as second:
        token = first.open()["resume"]
        first.send(rtvi("disconnect-bot"))
        assert first.closed() == (1000, "the conversation is over")
        second.upgrade(f"/pc/v1/ws?resume={token}")
        assert second.closed() == (4005, "the resume token is ended; connect without it for a new session")
