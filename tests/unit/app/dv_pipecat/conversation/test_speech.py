"""Spoken conversations: real voice detection, and a stand-in for who hears and who speaks."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pipecat.frames.protobufs import frames_pb2

from app.dv_pipecat.conversation.pipeline import Pipecat
from app.dv_pipecat.settings import Settings
from app.environment import Secret
from tests.servers.openai import StandIn
from tests.servers.openai_faults import Fault
from tests.servers.speaking import silence, speech
from tests.servers.websocket import PATIENCE, Client, eventually
from tests.unit.app.dv_pipecat.conversation.conftest import Start

pytestmark = pytest.mark.anyio

Frames: Any = frames_pb2
# a microphone's
CHUNK_BYTES = 3_200


def chunks() -> Iterator[bytes]:
    """Somebody says something, and listens."""
    sound = silence(0.3) + speech(1.5) + silence(1.5)
    for start in range(0, len(sound), CHUNK_BYTES):
        yield sound[start : start + CHUNK_BYTES]


def audio(sound: bytes, hertz: int = 16_000, channels: int = 1) -> bytes:
    frame = Frames.AudioRawFrame(audio=sound, sample_rate=hertz, num_channels=channels)
    return bytes(Frames.Frame(audio=frame).SerializeToString())


def raw_audio(sound: bytes, hertz: int = 16_000) -> dict[str, Any]:
    return {"base64Audio": base64.b64encode(sound).decode(), "sampleRate": hertz, "numChannels": 1}


async def until_audio(client: Client) -> list[str]:
    """The types of the messages that come before the first audio, which is checked."""
    types: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while True:
            frame = Frames.Frame.FromString(await client.websocket.recv(decode=False))
            if frame.WhichOneof("frame") == "audio":
                assert (frame.audio.sample_rate, frame.audio.num_channels) == (24_000, 1)
                return types
            if frame.WhichOneof("frame") == "message":
                types.append(json.loads(frame.message.data)["type"])


async def test_what_is_spoken_is_answered_in_speech(start: Start, standin: StandIn) -> None:
    client = await (await start(speech="openai")).client()
    for chunk in chunks():
        await client.websocket.send(audio(chunk))
    types = await until_audio(client)
    assert {"user-started-speaking", "user-stopped-speaking", "bot-llm-started", "bot-llm-text"} <= set(types)
    assert standin.asked[-1]["messages"][-1] == {"role": "user", "content": standin.heard}
    assert standin.spoken[0].startswith("Turn 1")
    assert b"RIFF" in standin.sounds[0]


async def test_what_is_spoken_in_json_is_answered_in_text(start: Start, standin: StandIn) -> None:
    client = await (await start(speech="openai")).client()
    for chunk in chunks():
        await client.send("raw-audio", raw_audio(chunk))
    assert "".join(await client.reply()) == f"Turn 1: you said {standin.heard}."


async def test_audio_of_another_form_ends_a_session_of_protobuf(start: Start) -> None:
    client = await (await start(speech="openai")).client()
    await client.websocket.send(audio(b"\0\0", hertz=4_000_000_000))
    assert await client.closed() == (1003, "audio must be PCM of 16 bits, 16000 Hz, one channel")


async def test_audio_of_another_form_is_refused_in_json(start: Start) -> None:
    client = await (await start(speech="openai")).client()
    await client.send("raw-audio", raw_audio(b"\0\0", hertz=48_000))
    refused = await client.next()
    assert refused["data"]["error"] == "audio must be PCM of 16 bits, 16000 Hz, one channel"
    assert await client.turn("hello") == "Turn 1: you said hello."


async def test_audio_that_nobody_could_have_spoken_yet_ends_the_session(start: Start) -> None:
    client = await (await start(speech="openai")).client()
    for _ in range(30):
        await client.websocket.send(audio(silence(1.9)))
    assert await client.closed() == (4002, "audio comes faster than it can be spoken")


@pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.UNAUTHORIZED, Fault.LIMITED])
async def test_where_nothing_is_heard_text_goes_on_working(start: Start, standin: StandIn, fault: Fault) -> None:
    client = await (await start(speech="openai")).client()
    standin.speech_fault = fault
    for chunk in chunks():
        await client.send("raw-audio", raw_audio(chunk))
    error = await client.until("error")
    assert error["data"]["error"].startswith("the speech service")
    assert error["data"]["fatal"] is False
    assert await client.turn("hello") == "Turn 1: you said hello."


async def test_where_nothing_is_spoken_text_goes_on_working(start: Start, standin: StandIn) -> None:
    client = await (await start(speech="openai")).client()
    standin.speech_fault = Fault.BROKEN
    await client.send("send-text", {"content": "hello", "options": {"audio_response": True}})
    assert (await client.until("error"))["data"]["error"].startswith("the speech service")
    assert await client.turn("again") == "Turn 2: you said again."


async def test_a_client_that_wants_no_audio_costs_none(start: Start, standin: StandIn) -> None:
    client = await (await start(speech="openai")).client()
    await client.turn("hello")
    assert not standin.spoken


async def test_a_silent_reply_that_is_interrupted_leaves_the_next_one_its_voice(start: Start, standin: StandIn) -> None:
    client = await (await start(speech="openai", model_seconds=3600.0)).client()
    standin.faults.append(Fault.STALLED)
    await client.say("silently")
    await client.until("bot-llm-text")
    await client.send("send-text", {"content": "aloud", "options": {"audio_response": True}})
    await eventually(lambda: standin.spoken)
    assert "aloud" in standin.spoken[0]


def test_speech_of_google_needs_nothing_but_the_file_of_its_account(tmp_path: Path) -> None:
    pytest.importorskip("google.genai", exc_type=ImportError)
    key = rsa.generate_private_key(65_537, 2_048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {"type": "service_account", "project_id": "p", "private_key": key.decode(), "client_email": "a@b.c"}
    file = tmp_path / "account.json"
    file.write_text(json.dumps(account | {"token_uri": "http://127.0.0.1:9/"}))
    settings = {"conversation": "pipecat", "speech": "google", "google_application_credentials": str(file)}
    assert "raw-audio" in Pipecat(Settings(openai_api_key=Secret("sk"), **settings)).takes  # type: ignore[arg-type]
