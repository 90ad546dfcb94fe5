"""What goes between a client and pipecat: RTVI in JSON, or that and audio in pipecat's protobuf. Nothing else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InputTransportMessageFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
)
from pipecat.frames.protobufs import frames_pb2
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.protobuf import ProtobufFrameSerializer

from app.dv_pipecat import rtvi
from app.dv_pipecat.closing import Close, Reason
from app.dv_pipecat.connection import Connection
from app.dv_pipecat.conversation.hearing import CHANNELS, HERTZ, Hearing, Inaudible, TooFast

PIECE, SPOKEN = "bot-llm-text", "user-stopped-speaking"
# that clients get of what pipecat has to say
GIVES = frozenset({
    "bot-ready", "bot-llm-started", PIECE, "bot-llm-stopped", "bot-tts-started", "bot-tts-stopped",
    "bot-started-speaking", "bot-stopped-speaking", "bot-interrupted",
    "user-started-speaking", SPOKEN, "user-transcription",
})  # fmt: skip
# what pipecat quotes in its own words are a client's, or an exception's
NOT_TAKEN = f"not understood; this service speaks RTVI {rtvi.PROTOCOL_VERSION}"
NO_AUDIO = "this service takes no audio: SPEECH is not set"
_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){2}", re.ASCII)


class Serializer(FrameSerializer):
    """`hearing` is None where no speech service is configured. `pace`: see Processor."""

    def __init__(
        self,
        connection: Connection,
        pace: asyncio.Semaphore,
        leave: Callable[[], Awaitable[None]],
        hearing: Hearing | None,
    ) -> None:
        super().__init__()
        self._connection = connection
        self._pace = pace
        self._leave = leave
        self._hearing = hearing
        self._protobuf = ProtobufFrameSerializer()

    async def serialize(self, frame: Frame) -> str | bytes | None:
        if isinstance(frame, (OutputTransportMessageFrame, OutputTransportMessageUrgentFrame)):
            text = self._given(frame.message)
            wrap = self._connection.wrap
            return wrap(text) if wrap and text else text
        if self._hearing is None or self._connection.wrap is None:
            return None
        if not isinstance(frame, (OutputAudioRawFrame, InterruptionFrame)):
            return None
        if isinstance(frame, OutputAudioRawFrame):
            self._connection.replied()
        return await self._protobuf.serialize(frame)

    async def deserialize(self, data: str | bytes) -> Frame | None:
        if isinstance(data, str):
            # the connection has let it through
            return await self._taken(rtvi.decode(data))
        self._connection.wrap = _wrapped
        try:
            return await self._unwrapped(frames_pb2.Frame.FromString(data))  # type: ignore[attr-defined]  # generated
        except (DecodeError, rtvi.Malformed):
            return await self._end(Reason.MALFORMED, "not a frame of pipecat's protobuf with a message of RTVI")
        except TooFast as fast:
            return await self._end(Reason.FLOOD, str(fast))
        except Inaudible as inaudible:
            return await self._end(Reason.UNSUPPORTED, str(inaudible))

    def _given(self, message: dict[str, Any]) -> str | None:
        kind = message.get("type")
        if kind == "error-response":
            return rtvi.refused(str(message.get("id", "")), NOT_TAKEN)
        if kind not in GIVES:
            return None
        if kind == SPOKEN:
            self._connection.asked()
        if kind == PIECE:
            self._connection.replied()
        return rtvi.encode(kind, message.get("data"), message.get("id"))

    async def _unwrapped(self, frame: Any) -> Frame | None:
        kind = frame.WhichOneof("frame")
        if kind == "message":
            said = rtvi.decode(frame.message.data)
            wrong = self._connection.refusal(said)
            if not wrong:
                if said.type == rtvi.SAY:
                    self._connection.asked()
                return await self._taken(said)
            await self._connection.tell(rtvi.refused(said.id, wrong))
            return None
        if kind == "audio":
            if self._hearing is None:
                return await self._end(Reason.UNSUPPORTED, NO_AUDIO)
            sound = frame.audio
            return _frame(self._hearing.check(sound.audio, sound.sample_rate, sound.num_channels))
        if kind is None:
            return await self._end(Reason.MALFORMED, "a frame of pipecat's protobuf with nothing in it")
        return await self._end(Reason.UNSUPPORTED, f"a client sends messages and audio, and no {kind} frames")

    async def _taken(self, said: rtvi.Incoming) -> Frame | None:
        """Raises TooFast."""
        if said.type == rtvi.LEAVE:
            await self._leave()
            return None
        if said.type == rtvi.AUDIO:
            return await self._heard(said)
        data = self._ready(said) if said.type == rtvi.READY else self._say(said)
        await self._pace.acquire()
        return InputTransportMessageFrame(
            message={"label": said.label, "type": said.type, "id": str(said.id), "data": data}
        )

    async def _heard(self, said: rtvi.Incoming) -> Frame | None:
        assert self._hearing is not None  # noqa: S101  or the connection had not let it through
        try:
            return _frame(self._hearing.unpack(said.data))
        except TooFast as fast:
            return await self._end(Reason.FLOOD, str(fast))
        except Inaudible as inaudible:
            await self._connection.tell(rtvi.refused(said.id, str(inaudible)))
            return None

    def _ready(self, said: rtvi.Incoming) -> dict[str, Any]:
        version = (said.data or {}).get("version")
        known = isinstance(version, str) and _VERSION.fullmatch(version)
        return {"version": version if known else rtvi.PROTOCOL_VERSION}

    def _say(self, said: rtvi.Incoming) -> dict[str, Any]:
        options = (said.data or {}).get("options")
        silent = isinstance(options, dict) and options.get("audio_response") is False
        # where nothing is spoken anyway, pipecat need not be told so before and after each turn
        audible = self._hearing is None or not silent
        return {"content": said.content, "options": {"run_immediately": True, "audio_response": audible}}

    async def _end(self, reason: Reason, words: str) -> Frame | None:
        await self._connection.finish(Close(reason, words))
        return None


def _frame(audio: bytes) -> InputAudioRawFrame:
    return InputAudioRawFrame(audio=audio, sample_rate=HERTZ, num_channels=CHANNELS)


def _wrapped(text: str) -> bytes:
    message = frames_pb2.MessageFrame(data=text)  # type: ignore[attr-defined]  # generated
    frame = frames_pb2.Frame(message=message)  # type: ignore[attr-defined]  # generated
    return bytes(frame.SerializeToString())
