"""When the time to the first reply begins: with what wants one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.protobufs import frames_pb2

from app.dv_pipecat.connection import Connection
from tests.servers.speaking import HERTZ, silence, speech
from tests.servers.websocket import eventually
from tests.unit.app.dv_pipecat.conversation.conftest import Start

pytestmark = pytest.mark.anyio

Frames: Any = frames_pb2
CHUNK_SECONDS = 0.1
SILENCE_SECONDS = 2.0
# of audio that the voice detection looks at together
WINDOW = 512


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each beginning of the clock, and each look of the voice detection, as they come."""
    made: list[str] = []
    asked, confidence = Connection.asked, SileroVADAnalyzer.voice_confidence

    def spied(connection: Connection) -> None:
        made.append("asked")
        asked(connection)

    def looked(analyzer: SileroVADAnalyzer, buffer: bytes) -> float:
        made.append("looked")
        return confidence(analyzer, buffer)

    monkeypatch.setattr(Connection, "asked", spied)
    monkeypatch.setattr(SileroVADAnalyzer, "voice_confidence", looked)
    return made


def framed(kind: str, data: object) -> bytes:
    text = json.dumps({"label": "rtvi-ai", "type": kind, "id": "1", "data": data})
    return bytes(Frames.Frame(message=Frames.MessageFrame(data=text)).SerializeToString())


def audio(sound: bytes) -> list[bytes]:
    size = int(CHUNK_SECONDS * HERTZ) * 2
    chunks = [sound[start : start + size] for start in range(0, len(sound), size)]
    return [
        bytes(
            Frames.Frame(audio=Frames.AudioRawFrame(audio=each, sample_rate=HERTZ, num_channels=1)).SerializeToString()
        )
        for each in chunks
    ]


async def test_a_text_in_protobuf_begins_it_and_being_ready_does_not(start: Start, calls: list[str]) -> None:
    running = await start()
    client = await running.client()
    await client.websocket.send(framed("client-ready", {"version": "2.0.0"}))
    await client.websocket.recv()
    assert not calls
    await client.websocket.send(framed("send-text", {"content": "hello"}))
    await eventually(lambda: running.service.metric('dv_pipecat_first_reply_seconds_count{track="canary"}') == 1)
    assert calls == ["asked"]


async def test_being_ready_in_json_does_not_begin_it(start: Start, calls: list[str]) -> None:
    client = await (await start()).client()
    await client.send("client-ready", {"version": "2.0.0"})
    await client.until("bot-ready")
    assert not calls


async def test_what_is_refused_does_not_begin_it(start: Start, calls: list[str]) -> None:
    client = await (await start()).client()
    await client.websocket.send(framed("send-text", {"content": ["not", "a", "text"]}))
    await client.websocket.recv()
    assert not calls


async def test_the_end_of_what_is_spoken_begins_it_and_silence_does_not(start: Start, calls: list[str]) -> None:
    running = await start(speech="openai")
    client = await running.client()
    for chunk in audio(silence(SILENCE_SECONDS)):
        await client.websocket.send(chunk)
    await eventually(lambda: calls.count("looked") == int(SILENCE_SECONDS * HERTZ) // WINDOW)
    assert "asked" not in calls
    for chunk in audio(speech(1.5) + silence(1.5)):
        await client.websocket.send(chunk)
    await eventually(lambda: running.service.metric('dv_pipecat_first_reply_seconds_count{track="canary"}') == 1)
    assert calls.count("asked") == 1
