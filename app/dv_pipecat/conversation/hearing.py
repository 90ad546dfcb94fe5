"""What audio a client may send: of one form, and not faster than anybody speaks."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

# 16 bits a sample, one channel: what the voice detection and pipecat's own clients speak
HERTZ, CHANNELS, SAMPLE_BYTES = 16_000, 1, 2
BYTES_A_SECOND = HERTZ * CHANNELS * SAMPLE_BYTES
# that may come at once, for networks stall and catch up
BURST_SECONDS = 10.0

FORM = f"audio must be PCM of 16 bits, {HERTZ} Hz, one channel"
TOO_FAST = "audio comes faster than it can be spoken"
NOT_AUDIO = "raw-audio needs data.base64Audio, data.sampleRate and data.numChannels"


class Inaudible(ValueError):  # noqa: N818  what it is, in a word
    """Audio that is not taken; the words say why."""


class TooFast(Inaudible):
    """More audio than time has passed."""


class Hearing:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._credit = BURST_SECONDS
        self._credited = clock()

    def check(self, audio: bytes, hertz: object, channels: object) -> bytes:
        """Raises Inaudible."""
        if hertz != HERTZ or channels != CHANNELS or len(audio) % SAMPLE_BYTES:
            raise Inaudible(FORM)
        now = self._clock()
        self._credit = min(self._credit + now - self._credited, BURST_SECONDS) - len(audio) / BYTES_A_SECOND
        self._credited = now
        if self._credit < 0:
            raise TooFast(TOO_FAST)
        return audio

    def unpack(self, data: dict[str, Any] | None) -> bytes:
        """The audio of a raw-audio message. Raises Inaudible."""
        given = data or {}
        batch = given.get("base64AudioBatch") or [given.get("base64Audio")]
        if not isinstance(batch, list) or not all(isinstance(each, str) for each in batch):
            raise Inaudible(NOT_AUDIO)
        try:
            audio = b"".join(base64.b64decode(each, validate=True) for each in batch)
        except ValueError:
            raise Inaudible(NOT_AUDIO) from None
        return self.check(audio, given.get("sampleRate"), given.get("numChannels"))
