"""What hears and speaks for a session, where a speech service is configured."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.processors.aggregators.llm_response_universal import LLMUserAggregatorParams
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from app.dv_pipecat.conversation.hearing import BYTES_A_SECOND
from app.dv_pipecat.settings import Settings
from app.errors import ConfigError

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from pipecat.frames.frames import InputAudioRawFrame
    from pipecat.processors.frame_processor import FrameDirection
    from pipecat.services.stt_service import STTService
    from pipecat.services.tts_service import TTSService
    from pipecat.utils.http import AsyncHTTPClient

# that are transcribed at once: of somebody who talks on without a pause the last words count
MOST_SECONDS = 60
MOST_BYTES = MOST_SECONDS * BYTES_A_SECOND


class Voice(NamedTuple):
    hears: STTService
    speaks: TTSService


class Ears(OpenAISTTService):
    """One a session; `client` is everybody's, and so is what it sends its requests with."""

    def __init__(self, client: AsyncOpenAI, sender: AsyncHTTPClient) -> None:
        super().__init__(api_key=client.api_key, http_client=sender)
        # its own one tries again as long as it likes
        self._client = client

    async def process_audio_frame(self, frame: InputAudioRawFrame, direction: FrameDirection) -> None:
        await super().process_audio_frame(frame, direction)
        del self._audio_buffer[:-MOST_BYTES]


class Mouth(OpenAITTSService):
    """One a session; `client` is everybody's, and so is what it sends its requests with."""

    def __init__(self, client: AsyncOpenAI, sender: AsyncHTTPClient) -> None:
        super().__init__(api_key=client.api_key, http_client=sender)
        # its own one tries again as long as it likes
        self._client = client


def voices(settings: Settings, client: AsyncOpenAI, sender: AsyncHTTPClient) -> Callable[[], Voice]:
    """What makes the voice of each session. Raises ConfigError."""
    if settings.speech == "google":
        return _google(settings.google_application_credentials)
    return lambda: Voice(Ears(client, sender), Mouth(client, sender))


async def turns() -> LLMUserAggregatorParams:
    """When a turn begins, and that it ends with a pause: no second model has to agree."""
    return LLMUserAggregatorParams(
        # its model is part of the package, and takes a while to read
        vad_analyzer=await asyncio.to_thread(SileroVADAnalyzer),
        user_turn_strategies=UserTurnStrategies(stop=[SpeechTimeoutUserTurnStopStrategy()]),
    )


def _google(path: str) -> Callable[[], Voice]:
    _check(path)
    # a second of imports, and 60 MB
    from pipecat.services.google.stt import GoogleSTTService
    from pipecat.services.google.tts import GoogleTTSService

    return lambda: Voice(GoogleSTTService(credentials_path=path), GoogleTTSService(credentials_path=path))


def _check(path: str) -> None:
    """Raises ConfigError, which quotes nothing of the file."""
    try:
        account = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise ConfigError(f"GOOGLE_APPLICATION_CREDENTIALS must name a readable file: {error.strerror}") from None
    except ValueError:
        account = None
    if not isinstance(account, dict) or not {"project_id", "private_key", "client_email"} <= account.keys():
        raise ConfigError("GOOGLE_APPLICATION_CREDENTIALS must name the key file of a service account")
