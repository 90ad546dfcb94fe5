"""What pipecat's own clients send: protobuf, held to the same list as JSON."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipecat.frames.frames import OutputTransportMessageUrgentFrame
from pipecat.frames.protobufs import frames_pb2

from app.dv_pipecat.closing import Reason
from app.dv_pipecat.connection import Connection
from app.dv_pipecat.conversation.serializer import Serializer
from tests.servers.openai import StandIn
from tests.servers.websocket import Client, eventually
from tests.unit.app.dv_pipecat.conversation.conftest import Start

pytestmark = pytest.mark.anyio

Frames: Any = frames_pb2
REACHES_OUT = [
    ("send-file", {"file": {"format": "image/png", "source": {"type": "url", "url": "http://127.0.0.1:9/"}}}),
    ("llm-function-call-result", {"function_name": "f", "tool_call_id": "1", "arguments": {}, "result": "rich"}),
    ("ui-event", {"event": "click", "payload": {}}),
    ("ui-snapshot", {"tree": {}}),
    ("client-message", {"t": "x", "d": {}}),
    ("dtmf", {"buttons": ["1"]}),
    ("raw-audio", {"base64Audio": "AAAA", "sampleRate": 16000, "numChannels": 1}),
    ("raw-audio-batch", {"base64AudioBatch": ["AAAA"], "sampleRate": 16000, "numChannels": 1}),
    ("append-to-context", {}),
    ("no-such-type", {}),
]


def message(kind: str, data: object = None) -> bytes:
    said = {"label": "rtvi-ai", "type": kind, "id": "1", "data": data}
    return wrapped(json.dumps(said))


def wrapped(text: str) -> bytes:
    return bytes(Frames.Frame(message=Frames.MessageFrame(data=text)).SerializeToString())


def wrapless() -> object:
    return SimpleNamespace(wrap=None)


async def heard(client: Client) -> dict[str, Any]:
    """The next that comes, in protobuf."""
    data = await client.websocket.recv(decode=False)
    frame = Frames.Frame.FromString(data)
    assert frame.WhichOneof("frame") == "message"
    found: dict[str, Any] = json.loads(frame.message.data)
    return found


async def test_a_client_that_speaks_protobuf_is_answered_in_protobuf(start: Start) -> None:
    client = await (await start()).client()
    await client.websocket.send(message("client-ready", {"version": "2.0.0"}))
    assert (await heard(client))["type"] == "bot-ready"
    await client.websocket.send(message("send-text", {"content": "hello"}))
    assert (await heard(client))["type"] == "bot-llm-started"
    pieces = []
    # an interruption is a frame of its own only where there is audio
    while (got := await heard(client))["type"] == "bot-llm-text":
        pieces.append(got["data"]["text"])
    assert "".join(pieces) == "Turn 1: you said hello."
    assert got["type"] == "bot-llm-stopped"
    await client.websocket.send(message("disconnect-bot"))
    assert (await client.closed())[0] == 1000


@pytest.mark.parametrize(("kind", "data"), REACHES_OUT, ids=[kind for kind, _ in REACHES_OUT])
@pytest.mark.parametrize("binary", [True, False], ids=["protobuf", "json"])
async def test_what_is_not_on_the_list_is_answered_with_an_error_and_goes_no_further(
    start: Start, standin: StandIn, kind: str, data: object, *, binary: bool
) -> None:
    running = await start()
    client = await running.client()
    if binary:
        await client.websocket.send(message(kind, data))
        refused = await heard(client)
        await client.websocket.send(message("send-text", {"content": "hello"}))
    else:
        await client.send(kind, {} if data is None else data)  # type: ignore[arg-type]  # any JSON
        refused = await client.next()
        await client.say("hello")
    assert (refused["type"], refused["id"]) == ("error-response", "1")
    assert refused["data"]["error"].startswith("not supported here")
    await eventually(lambda: standin.asked)
    assert [each["role"] for each in standin.asked[0]["messages"]] == ["system", "user"]
    assert "tools" not in standin.asked[0]


async def test_a_send_text_without_a_text_is_answered_with_an_error(start: Start, standin: StandIn) -> None:
    client = await (await start()).client()
    await client.websocket.send(message("send-text", {"content": ["not", "a", "text"]}))
    assert (await heard(client))["data"]["error"] == "send-text needs data.content, a text"
    assert not standin.asked


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\xff\xff", Reason.MALFORMED),
        (b"", Reason.MALFORMED),
        (wrapped("{"), Reason.MALFORMED),
        (wrapped('{"label": "other", "type": "send-text"}'), Reason.MALFORMED),
        (wrapped("[" * 60_000), Reason.MALFORMED),
        (Frames.Frame(text=Frames.TextFrame(text="say this")).SerializeToString(), Reason.UNSUPPORTED),
        (Frames.Frame(transcription=Frames.TranscriptionFrame(text="hi")).SerializeToString(), Reason.UNSUPPORTED),
        (Frames.Frame(interruption=Frames.InterruptionFrame(id=1)).SerializeToString(), Reason.UNSUPPORTED),
        (
            Frames.Frame(
                audio=Frames.AudioRawFrame(audio=b"\0\0", sample_rate=16_000, num_channels=1)
            ).SerializeToString(),
            Reason.UNSUPPORTED,
        ),
    ],
)
async def test_what_no_client_may_send_ends_the_session(
    start: Start, standin: StandIn, data: bytes, reason: Reason
) -> None:
    running = await start()
    client = await running.client()
    await client.websocket.send(data)
    await client.closed()
    await eventually(lambda: running.service.closes)
    assert running.service.closes[0].reason is reason
    assert not standin.asked


async def test_audio_is_refused_in_words_where_no_speech_service_is_configured(start: Start) -> None:
    client = await (await start()).client()
    await client.websocket.send(Frames.Frame(audio=Frames.AudioRawFrame(audio=b"\0\0")).SerializeToString())
    assert await client.closed() == (1003, "this service takes no audio: SPEECH is not set")


async def left() -> None:
    pass


async def test_a_message_waits_until_the_one_before_is_dealt_with() -> None:
    pace = asyncio.Semaphore(1)
    serializer = Serializer(cast("Connection", None), pace, left, None)
    said = '{"label": "rtvi-ai", "type": "send-text", "data": {"content": "hello"}}'
    assert await serializer.deserialize(said)
    waiting = asyncio.create_task(serializer.deserialize(said))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not waiting.done()
    pace.release()
    assert await waiting


@pytest.mark.parametrize("kind", ["error", "bot-transcription", "bot-tts-text", "metrics", "system-log", None])
async def test_what_clients_have_no_use_for_is_kept_from_them(kind: str | None) -> None:
    serializer = Serializer(cast("Connection", wrapless()), asyncio.Semaphore(1), left, None)
    frame = OutputTransportMessageUrgentFrame(message={"label": "rtvi-ai", "type": kind, "data": {"error": "secret"}})
    assert await serializer.serialize(frame) is None


async def test_random_bytes_end_the_session_and_nothing_else(start: Start) -> None:
    running = await start()
    samples: list[bytes] = []

    @given(st.binary(max_size=64))
    def collect(data: bytes) -> None:
        samples.append(data)

    collect()
    for data in samples:
        client = await running.client()
        await client.websocket.send(data)
        code, _ = await client.closed()
        assert code in {1003, 1007}
    assert not running.service.errors
