"""What the Snowflake made of DuckDB reads of a request, and the answers that are not DuckDB's."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

HANG_SECONDS = 3600.0
FAULTS = {
    "expired": ("390112", "Your session has expired. Please login again."),
    "gone": ("390111", "Session no longer exists. New login required to access the service."),
    "token": ("390114", "Authentication token has expired. The user must authenticate again."),
    "locked": (
        "000625",
        "Statement aborted because the number of waiters for this lock exceeds the 20 statements limit.",
    ),
    "invalid": ("100069", "Error parsing JSON: more than one document in the input"),
    "forbidden": ("003001", "SQL access control error: Insufficient privileges to operate on account"),
}


async def whole(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


def header(scope: Scope, name: bytes) -> str:
    return next((value.decode() for key, value in scope["headers"] if key == name), "")


def token_of(scope: Scope) -> str:
    return header(scope, b"authorization").removeprefix('Snowflake Token="').removesuffix('"')


def decoded(scope: Scope, body: bytes) -> Any:
    return json.loads(gzip.decompress(body) if header(scope, b"content-encoding") == "gzip" else body)


def refusal(code: str, message: str) -> ASGIApp:
    return JSONResponse({"data": {"errorCode": code}, "code": code, "message": message, "success": False})


async def broken_off(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Promises more than it sends, so that uvicorn closes the connection."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def misbehave(kind: str) -> ASGIApp:
    if kind == "drop":
        return broken_off
    if kind == "hang":
        await asyncio.sleep(HANG_SECONDS)
    if kind == "500":
        return Response("broken", 500)
    return refusal(*FAULTS[kind])
