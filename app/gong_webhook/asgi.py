"""What every answer has in common: an id, JSON, and no exception that reaches the server."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from app.gong_webhook.logs import request_id

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

_encoder = msgspec.json.Encoder()


class TooLarge(Exception):  # noqa: N818  what happened, in a word
    """The body has more bytes than it may."""


class Gone(Exception):  # noqa: N818  what happened, in a word
    """The client left before its request was complete."""


class Boundary:
    """Gives each request an id of our own and answers what nobody else caught."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        own_id = os.urandom(16).hex()
        token = request_id.set(own_id)
        header = (b"x-request-id", own_id.encode())
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], header]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            log.exception("a request was not answered as it should have been")
            if started:
                raise
            await reply(
                send_with_id, HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "The service has a bug; its log has more."}
            )
        finally:
            request_id.reset(token)


class Shortcut:
    """`posts`: what is posted to these paths does without the framework's layers, of which it needs none."""

    def __init__(self, app: ASGIApp, posts: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._posts = posts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        await (self._posts.get(scope["path"], self._app) if is_post else self._app)(scope, receive, send)


async def reply(send: Send, status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
    """JSON with the request's id."""
    body = _encoder.encode({**content, "request_id": request_id.get()})
    fields = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    raw = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": int(status), "headers": raw})
    await send({"type": "http.response.body", "body": body})


def fields(scope: Scope) -> dict[str, str]:
    """The headers; one that is given twice is a list, as RFC 9110 has it, and hence no valid token or length."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


async def read(receive: Receive, declared: str, limit: int) -> bytes:
    """The body, up to `limit` bytes. `declared`: its content-length. Raises TooLarge, as early as can be, and Gone."""
    if declared.isdecimal() and float(declared) > limit:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLarge
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)
