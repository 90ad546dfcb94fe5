"""Sessions that try to last longer than they may, and a pod that has to go while its clients behave badly."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.raw import PING, UPGRADE, Raw, frame, request, rtvi, say
from tests.servers.voice import running


def test_a_session_that_says_nothing_is_ended(tmp_path: Path) -> None:
    with running(tmp_path, IDLE_SECONDS="0.2") as voice, Raw(voice.port) as client:
        client.open()
        client.send(frame(PING))
        assert client.closed() == (4000, "nothing was said for 0.2 s")


def test_coming_back_over_and_over_makes_no_session_longer(tmp_path: Path) -> None:
    with running(tmp_path, MAX_SESSION_SECONDS="2") as voice:
        with Raw(voice.port) as client:
            token = client.open()["resume"]
            began = time.time()
        while time.time() < began + 2:
            time.sleep(0.01)
        with Raw(voice.port) as client:
            client.upgrade(f"/pc/v1/ws?resume={token}")
            # nothing is said before it, nor answered
            assert client.frame().payload[2:] == b"a session may last 2 s"
        with Raw(voice.port) as client:
            client.upgrade(f"/pc/v1/ws?resume={token}")
            assert client.closed()[0] == 4005


def test_pages_of_other_origins_are_refused(tmp_path: Path) -> None:
    with running(tmp_path, ALLOWED_ORIGINS="https://a.example, https://b.example") as voice:
        for origin in ("https://b.example.evil", "https://b.example:8443", "http://a.example", "null", "", "*"):
            with Raw(voice.port) as client:
                client.upgrade("/pc/v1/ws", f"Origin: {origin}")
                assert client.closed() == (1008, "pages of this origin may not connect: ALLOWED_ORIGINS"), origin
        for allowed in (("Origin: https://b.example",), ()):
            with Raw(voice.port) as client:
                client.upgrade("/pc/v1/ws", *allowed)
                assert client.session()["id"]
        assert voice.metric('dv_pipecat_connections_refused_total{reason="origin",track="stable"}') == 6


@pytest.mark.parametrize("drained", [False, True])
def test_a_pod_that_goes_tells_who_listens_whatever_the_others_do(tmp_path: Path, *, drained: bool) -> None:
    with running(tmp_path, DRAIN_LAG_SECONDS="0") as voice, ExitStack() as stack:
        listener, deaf, flooder = (stack.enter_context(Raw(voice.port, room)) for room in (None, 1, None))
        token = listener.open()["resume"]
        for client in (deaf, flooder):
            client.open()
        for sent in (b"", b"GET / HT", request("/pc/"), request("/pc/v1/ws", *UPGRADE)[:-2], request("/pc/") * 300):
            stack.enter_context(Raw(voice.port, room=1)).send_what_goes(sent)
        deaf.socket.settimeout(0.2)
        deaf.send_what_goes(say("x" * 40_000) * 20)
        flooder.send(rtvi("client-ready") * 90)
        if drained:
            assert voice.run("drain", "--timeout", "0").returncode == 0
        voice.terminate()
        assert listener.closed() == (1012, f"this pod stops; reconnect to go on; resume={token}")
        assert flooder.closed()[0] == 1012
        voice.wait()
        assert not [line for line in voice.lines if line["level"] == "ERROR" and "exception" in line]
