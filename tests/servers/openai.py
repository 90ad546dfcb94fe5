"""Stands in for a server of OpenAI's API: chats by a rule, hears what it is told to hear, and speaks a tone.

By hand: `python tests/servers/openai.py --port 8092`; it prints the base URL. In a test: `with serving(standin :=
StandIn()) as url`, and then its attributes; the base URL is `f"{url}/v1"`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import struct
import sys
import threading
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[2])

from tests.servers import loopback
from tests.servers.openai_faults import Fault, events, faulty, refusal

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

KEY = "sk-for-this-laptop-only"
# of the speech that OpenAI gives: PCM, 16 bits, one channel
HERTZ = 24_000


class StandIn:
    """An ASGI application. Its attributes may be changed between requests.

    `faults`: for the next chats, one each. `replies`: the pieces of the next ones, instead of those of the rule.
    `speech_fault`: for all speech. `delay`: seconds before each piece of a reply. `heard`: what it makes of any
    speech. `asked`: the bodies of the latest chats; `spoken` and `sounds`: what it was to speak and to hear.
    `busiest`: the most that it answered at once.
    """

    def __init__(self, *, key: str = KEY) -> None:
        self.key = key
        self.delay = 0.0
        self.heard = "hello from a microphone"
        self.faults: deque[Fault] = deque()
        self.replies: deque[list[str]] = deque()
        self.requests: Counter[str] = Counter()
        self.asked: deque[dict[str, Any]] = deque(maxlen=1_000)
        self.spoken: deque[str] = deque(maxlen=1_000)
        self.sounds: deque[bytes] = deque(maxlen=100)
        self.busiest = 0
        self.open = 0
        self.speech_fault: Fault | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        self.open += 1
        self.busiest = max(self.busiest, self.open)
        try:
            await response(scope, receive, send)
        finally:
            self.open -= 1

    async def _answer(self, request: Request) -> Response:
        path = request.scope["path"]
        self.requests[path] += 1
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return refusal(401)
        match path:
            case "/v1/chat/completions":
                return await self._chat(await request.json())
            case "/v1/audio/transcriptions" if not self.speech_fault:
                self.sounds.append(await request.body())
                return JSONResponse({"text": self.heard})
            case "/v1/audio/speech" if not self.speech_fault:
                self.spoken.append((await request.json())["input"])
                return Response(tone(0.2), media_type="audio/pcm")
        return refusal(int(self.speech_fault or 404))

    async def _chat(self, asked: dict[str, Any]) -> Response:
        self.asked.append(asked)
        pieces = self.replies.popleft() if self.replies else reply(asked["messages"])
        if self.faults:
            return faulty(self.faults.popleft(), _event(pieces[0]), _event("word " * 1_000))
        if asked.get("stream"):
            return events(self._stream(pieces))
        return JSONResponse(
            {
                "object": "chat.completion",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": "".join(pieces)}}],
            }
        )

    async def _stream(self, pieces: list[str]) -> AsyncIterator[bytes]:
        for piece in pieces:
            await asyncio.sleep(self.delay)
            yield _event(piece)
        yield _event(None)
        yield b"data: [DONE]\n\n"


def reply(messages: list[dict[str, Any]]) -> list[str]:
    """The pieces of what it answers: how many turns it knows of, and the last thing said."""
    said = [message["content"] for message in messages if message["role"] == "user"]
    words = f"Turn {len(said)}: you said {said[-1] if said else 'nothing'}.".split(" ")
    return [words[0], *(f" {word}" for word in words[1:])]


def tone(seconds: float) -> bytes:
    """440 Hz."""
    return b"".join(
        struct.pack("<h", int(8_000 * math.sin(2 * math.pi * 440 * sample / HERTZ)))
        for sample in range(int(seconds * HERTZ))
    )


def _event(piece: str | None) -> bytes:
    choice = {
        "index": 0,
        "delta": {} if piece is None else {"role": "assistant", "content": piece},
        "finish_reason": "stop" if piece is None else None,
    }
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: %s\n\n" % json.dumps(chunk).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--delay-ms", type=float, default=0.0, help="before each piece of a reply")
    given = parser.parse_args()
    standin = StandIn(key=given.key)
    standin.delay = given.delay_ms / 1000
    print(f"{loopback.start(standin, given.port, given.host)}/v1", flush=True)
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
