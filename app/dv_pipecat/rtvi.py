"""The messages of RTVI that this service takes and gives: https://docs.pipecat.ai/client/rtvi-standard.

The standard has many more, some of which make a server fetch URLs or trust results of tools: what is not named here is
answered with an error and goes no further.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

PROTOCOL_VERSION = "2.0.0"
LABEL = "rtvi-ai"

NOT_RTVI = 'not an RTVI message, such as {"label":"rtvi-ai","type":"send-text","data":{"content":"hello"}}'
READY, SAY, AUDIO, LEAVE = "client-ready", "send-text", "raw-audio", "disconnect-bot"


class Malformed(ValueError):
    """Not a message of RTVI; the words say what it lacks, and quote nothing."""


class Incoming(Struct, frozen=True):
    """`content`: the text of a `send-text`. RTVI has texts as ids, clients numbers as well."""

    label: Literal["rtvi-ai"]
    type: str
    id: str | int = ""
    data: dict[str, Any] | None = None

    @property
    def content(self) -> str | None:
        found = (self.data or {}).get("content")
        return found if isinstance(found, str) else None


_decoder = msgspec.json.Decoder(Incoming)
_encoder = msgspec.json.Encoder()


def decode(text: str | bytes) -> Incoming:
    """Raises Malformed."""
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError:
        raise Malformed(NOT_RTVI) from None
    except (msgspec.DecodeError, RecursionError):
        raise Malformed("not JSON") from None


def encode(kind: str, data: dict[str, Any] | None = None, message_id: str | int | None = None) -> str:
    message: dict[str, Any] = {"label": LABEL, "type": kind}
    if message_id is not None:
        message["id"] = message_id
    if data is not None:
        message["data"] = data
    return _encoder.encode(message).decode()


STARTED = encode("bot-llm-started")
STOPPED = encode("bot-llm-stopped")


def text(piece: str) -> str:
    """A piece of a reply."""
    return encode("bot-llm-text", {"text": piece})


def refused(message_id: str | int, words: str) -> str:
    """The answer to one message."""
    return encode("error-response", {"error": words}, message_id)


def failed(words: str, *, fatal: bool) -> str:
    """`fatal`: nothing will come after it."""
    return encode("error", {"error": words, "fatal": fatal})
