"""pipecat's end of RTVI: one message at a time, and errors in words of our own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipecat.frames.frames import ErrorFrame, Frame, LLMTextFrame
from pipecat.processors.frameworks.rtvi import RTVIObserver, RTVIObserverParams, RTVIProcessor
from pipecat.processors.frameworks.rtvi.models import BotLLMTextMessage, TextMessageData

from app.dv_pipecat.connection import Connection
from app.dv_pipecat.conversation import failures
from app.dv_pipecat.conversation.llm import Model

if TYPE_CHECKING:
    from pipecat.processors.frame_processor import FrameDirection
    from pipecat.processors.frameworks.rtvi.models import Message

log = logging.getLogger(__name__)

TEXT = RTVIObserverParams(
    # the deprecated bot-llm-text is in it; what replaces it goes only to clients that say they are of 2.2
    bot_llm_enabled=True,
    bot_output_enabled=False,
    bot_tts_enabled=False,
    bot_speaking_enabled=False,
    user_llm_enabled=False,
    user_speaking_enabled=False,
    user_mute_enabled=False,
    user_input_enabled=False,
    metrics_enabled=False,
)
SPEECH = replace(
    TEXT,
    bot_tts_enabled=True,
    bot_speaking_enabled=True,
    user_speaking_enabled=True,
)


def observed(*, spoken: bool) -> RTVIObserverParams:
    """What clients are told of a pipeline."""
    return replace(SPEECH if spoken else TEXT)


class Observer(RTVIObserver):
    """Tells of each piece once, and looks for no ends of sentences in all that came before it."""

    async def _handle_llm_text_frame(self, frame: LLMTextFrame) -> None:
        await self.send_rtvi_message(BotLLMTextMessage(data=TextMessageData(text=frame.text)))


class Processor(RTVIProcessor):
    """`pace` has one permit, taken by who hands a message over: a client that floods waits at its socket.

    `forget`: called when a turn has failed before anything was replied, and its client is asked to say it again.
    """

    def __init__(
        self,
        connection: Connection,
        about: Mapping[str, str],
        pace: asyncio.Semaphore,
        forget: Callable[[], None],
    ) -> None:
        super().__init__()
        self._connection = connection
        self._about = about
        self._pace = pace
        self._forget = forget

    def create_rtvi_observer(self, *, params: RTVIObserverParams | None = None, **kwargs: Any) -> RTVIObserver:
        return Observer(self, params=params, **kwargs)

    async def set_bot_ready(self, about: Mapping[str, Any] | None = None) -> None:
        await super().set_bot_ready(about or self._about)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, ErrorFrame):
            await self._tell(frame)
        else:
            await super().process_frame(frame, direction)

    async def _handle_message(self, message: Message, user_id: str | None = None) -> None:
        try:
            await super()._handle_message(message, user_id)
        finally:
            self._pace.release()

    async def _tell(self, frame: ErrorFrame) -> None:
        model = frame.processor if isinstance(frame.processor, Model) else None
        kind, words, fatal = failures.of_model(frame.exception) if model else failures.of_speech(frame)
        if model and model.is_silent:
            self._forget()
        error = type(frame.exception).__name__ if frame.exception else None
        log.warning("a model failed", extra={"kind": kind, "error": error})
        await self._connection.model_failed(kind, words, fatal=fatal)
