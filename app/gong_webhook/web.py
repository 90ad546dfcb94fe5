"""The service over HTTP: the webhook, /health for Kubernetes, /metrics for Prometheus."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from app.errors import Unavailable
from app.gong_webhook import __version__
from app.gong_webhook.asgi import Boundary, Shortcut
from app.gong_webhook.logs import request_id
from app.gong_webhook.metrics import CONTENT_TYPE, Build
from app.gong_webhook.receiving import Webhook

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

log = logging.getLogger(__name__)

# below the period of any probe
READY_SECONDS = 2.0


class Health(NamedTuple):
    """`ready` raises Unavailable; `draining`: a file that is there once the pod is to be left alone."""

    build: Build
    draining: Path
    ready: Callable[[], Awaitable[None]]
    warnings: Callable[[], Sequence[str]]


Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def create(
    health: Health, scrape: Callable[[], Awaitable[bytes]], lifespan: Lifespan, webhook: Webhook | None = None
) -> ASGIApp:
    """Without `webhook`, as in a worker, there is no such path."""
    # with a slash too, as the URL is typed by hand and a redirect loses the body
    posts = dict.fromkeys(("/webhooks/gong", "/webhooks/gong/"), Boundary(webhook)) if webhook else {}

    async def answer_health(request: Request) -> Response:
        reason = await _unready(health) if "ready" in request.query_params else ""
        if reason:
            log.warning("not ready: %s", reason)
            return _json(HTTPStatus.SERVICE_UNAVAILABLE, {"status": "not ready", "reason": reason})
        return _json(HTTPStatus.OK, _state(health))

    async def answer_metrics(_: Request) -> Response:
        return Response(await scrape(), media_type=CONTENT_TYPE)

    app = Starlette(
        routes=[
            Route("/health", answer_health),
            Route("/metrics", answer_metrics),
            *(Route(path, posted, methods=["POST"]) for path, posted in posts.items()),
        ],
        middleware=[Middleware(Boundary)],
        exception_handlers={HTTPException: _refuse},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return Shortcut(app, posts)


def _state(health: Health) -> dict[str, Any]:
    """Of this process alone: a store that fails must not make Kubernetes restart the pod."""
    build = health.build
    track = {"track": build.track} if build.track else {}
    return {"status": "ok", "role": build.role, "version": __version__, **track, "warnings": list(health.warnings())}


async def _unready(health: Health) -> str:
    if health.draining.exists():
        return "draining"
    try:
        async with asyncio.timeout(READY_SECONDS):
            await health.ready()
    except Unavailable as down:
        return str(down)
    except TimeoutError:
        return f"no answer from the queue within {READY_SECONDS:g} s"
    return ""


async def _refuse(_: Request, error: Exception) -> Response:
    """404 and 405."""
    if not isinstance(error, HTTPException):
        raise error
    return _json(error.status_code, {"error": error.detail}, error.headers)


def _json(status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    body = msgspec.json.encode({**content, "request_id": request_id.get()})
    return Response(body, status, {**(headers or {}), "content-type": "application/json"})
