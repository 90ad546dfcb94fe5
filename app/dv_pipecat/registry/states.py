"""A session as another pod gets it: when it began and what was said, in JSON of a bounded size."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Raw, Struct

from app.dv_pipecat.model import Message

STATE_BYTES = 64 * 1024


class State(Struct, frozen=True):
    """`started`: Unix seconds."""

    started: float
    history: list[Message]


class _Encoded(Struct):
    started: float
    history: list[Raw]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(State)


def encode(started: float, history: Sequence[Message]) -> bytes:
    """The latest that fits: the oldest messages are left out first."""
    try:
        whole = _encoder.encode(State(started, list(history)))
    except UnicodeEncodeError:
        # half of a character, which a language model may well say
        history = [_readable(message) for message in history]
        whole = _encoder.encode(State(started, list(history)))
    return whole if len(whole) <= STATE_BYTES else _shortened(started, history)


def decode(state: bytes) -> State | None:
    """None for what another version wrote, or something else did."""
    try:
        return _decoder.decode(state)
    except (ValueError, RecursionError):
        return None


def _shortened(started: float, history: Sequence[Message]) -> bytes:
    pieces: list[Raw] = []
    # one comma less than messages
    room = STATE_BYTES + len(",") - len(_encoder.encode(_Encoded(started, [])))
    for message in reversed(history):
        piece = _encoder.encode(message)
        room -= len(piece) + len(",")
        if room < 0:
            break
        pieces.append(Raw(piece))
    return _encoder.encode(_Encoded(started, pieces[::-1]))


def _readable(message: Message) -> Message:
    return Message(message.role, message.content.encode(errors="replace").decode())
