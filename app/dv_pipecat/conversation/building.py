"""What a session's pipeline is made of."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_response_universal import LLMUserAggregator, LLMUserAggregatorParams
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.turns.user_turn_strategies import ExternalUserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from app.dv_pipecat.connection import Connection
from app.dv_pipecat.conversation import processor
from app.dv_pipecat.conversation.context import Context
from app.dv_pipecat.conversation.hearing import Hearing
from app.dv_pipecat.conversation.llm import Model
from app.dv_pipecat.conversation.processor import Processor
from app.dv_pipecat.conversation.replies import Replies
from app.dv_pipecat.conversation.serializer import Serializer
from app.dv_pipecat.conversation.wire import Wire
from app.dv_pipecat.settings import Settings
from app.errors import ConfigError

if TYPE_CHECKING:
    from pipecat.processors.frame_processor import FrameProcessor
    from pipecat.utils.http import AsyncHTTPClient

    from app.dv_pipecat.conversation.speech import Voice

# for a pipeline to let go of what it does
CANCEL_SECONDS = 1.0


class Builder:
    """Raises ConfigError."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # making one takes as long as a turn: all sessions share it
        sender = DefaultAsyncHttpxClient(timeout=settings.model_seconds)
        self._client = _client(settings, sender)
        self._voice = _voices(settings, self._client, sender)
        self.aclose = self._client.close

    @property
    def speaks(self) -> bool:
        return self._voice is not None

    async def build(self, connection: Connection, about: Mapping[str, str]) -> WorkerRunner:
        """What runs one pipeline, which ends when its client leaves, or when the runner is cancelled."""
        runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
        voice = self._voice() if self._voice else None
        pace = asyncio.Semaphore(1)
        hearing = Hearing(time.monotonic) if voice else None
        transport = _transport(connection, Serializer(connection, pace, runner.cancel, hearing), spoken=bool(voice))

        async def left(*_: object) -> None:
            await runner.cancel()

        transport.add_event_handler("on_client_disconnected", left)
        context = Context(connection.history, connection.remember)
        worker = PipelineWorker(
            Pipeline(await self._processors(context, transport, voice)),
            rtvi_processor=Processor(connection, about, pace, context.forget_unanswered),
            rtvi_observer_params=processor.observed(spoken=bool(voice)),
            enable_turn_tracking=False,
            idle_timeout_secs=None,
            cancel_timeout_secs=CANCEL_SECONDS,
        )
        await runner.add_workers(worker)
        return runner

    async def _processors(
        self, context: Context, transport: FastAPIWebsocketTransport, voice: Voice | None
    ) -> list[FrameProcessor]:
        asks = LLMUserAggregator(context, params=await _turns(spoken=bool(voice)))
        model = Model(self._client, self._settings)
        heard: list[FrameProcessor] = [voice.hears] if voice else []
        spoken: list[FrameProcessor] = [voice.speaks] if voice else []
        return [transport.input(), *heard, asks, model, *spoken, transport.output(), Replies(context)]


def _voices(settings: Settings, client: AsyncOpenAI, sender: AsyncHTTPClient) -> Callable[[], Voice] | None:
    """Raises ConfigError."""
    if not settings.speech:
        return None
    # 100 MB that text does not need
    from app.dv_pipecat.conversation import speech

    return speech.voices(settings, client, sender)


async def _turns(*, spoken: bool) -> LLMUserAggregatorParams:
    if spoken:
        from app.dv_pipecat.conversation import speech

        return await speech.turns()
    # by default pipecat loads two models to know when a text ends
    return LLMUserAggregatorParams(user_turn_strategies=ExternalUserTurnStrategies())


def _client(settings: Settings, sender: AsyncHTTPClient) -> AsyncOpenAI:
    """Raises ConfigError."""
    key, base_url = settings.openai_api_key.reveal(), settings.openai_base_url
    if not key:
        raise ConfigError("CONVERSATION=pipecat needs OPENAI_API_KEY")
    if not _is_url(base_url):
        raise ConfigError("OPENAI_BASE_URL must be a URL such as https://api.openai.com/v1")
    # trying again is the business of who knows how long the client has waited
    return AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0, http_client=sender)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _transport(connection: Connection, serializer: Serializer, *, spoken: bool) -> FastAPIWebsocketTransport:
    params = FastAPIWebsocketParams(
        serializer=serializer,
        # the service has checked it, and pipecat would look into the environment
        allowed_origins=[],
        audio_in_enabled=spoken,
        audio_out_enabled=spoken,
        audio_out_end_silence_secs=0,
    )
    return FastAPIWebsocketTransport(Wire(connection), params)  # type: ignore[arg-type]  # it needs no more of it
