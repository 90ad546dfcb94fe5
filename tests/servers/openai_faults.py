"""What a bad day at a language model brings, one answer each."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response, StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# longer than any test waits
FOR_EVER = 3600.0


class Fault(StrEnum):
    """What one answer is instead of the right one."""

    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    LIMITED = "429"
    BROKEN = "500"
    # no answer
    SLOW = "slow"
    # some of the reply, and then nothing
    STALLED = "stalled"
    # what keeps a connection alive and says nothing
    COMMENTS = "comments"
    # some of the reply, and then the end of the connection
    CUT = "cut"
    # some of the reply, and then a proper end, too early
    SHORT = "short"
    # an error among the events
    EVENT = "event"
    HTML = "html"
    JSON = "json"
    NOT_JSON = "not-json"
    ENDLESS = "endless"


# what a service must not pass on
SECRETS = "sk-test-1234, the words of a user, org-5678"


def refusal(status: int) -> Response:
    headers = {"Retry-After": "60"} if status == 429 else None
    error = {"message": f"Incorrect API key provided: {SECRETS}", "type": "invalid_request_error", "code": "secret"}
    return JSONResponse({"error": error}, status, headers)


def events(chunks: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(chunks, media_type="text/event-stream")


def faulty(fault: Fault, first: bytes, much: bytes) -> Response:
    """`first`: an event with the beginning of a reply; `much`: one with a lot of it."""
    if fault.isdigit():
        return refusal(int(fault))
    if fault is Fault.HTML:
        return Response(f"<html>Welcome to the proxy: {SECRETS}</html>", media_type="text/html")
    if fault is Fault.JSON:
        return JSONResponse({"choices": [{"message": {"role": "assistant", "content": SECRETS}}]})
    return events(_faulty(fault, first, much))


async def _faulty(fault: Fault, first: bytes, much: bytes) -> AsyncIterator[bytes]:
    if fault is Fault.SLOW:
        await asyncio.sleep(FOR_EVER)
    while fault is Fault.COMMENTS:
        yield b': still thinking\n\ndata: {"choices": []}\n\n'
        await asyncio.sleep(0.05)
    if fault is Fault.NOT_JSON:
        yield f"data: {{ {SECRETS}\n\n".encode()
    yield first
    while fault is Fault.ENDLESS:
        yield much
        await asyncio.sleep(0)
    if fault is Fault.EVENT:
        yield f'data: {{"error": {{"message": "{SECRETS}", "code": "server_error"}}}}\n\n'.encode()
    if fault is Fault.STALLED:
        await asyncio.sleep(FOR_EVER)
    if fault is Fault.CUT:
        raise ConnectionAbortedError
