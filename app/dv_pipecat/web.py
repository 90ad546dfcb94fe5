"""The service over HTTP: the page, the websocket, health for Kubernetes, metrics for Prometheus, drain for preStop."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from ipaddress import ip_address
from math import isfinite
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs
from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute

from app.dv_pipecat.metrics import CONTENT_TYPE
from app.dv_pipecat.model import Build
from app.dv_pipecat.page import Page
from app.dv_pipecat.pod import Pod
from app.waiting import LONGEST_SECONDS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp
    from starlette.websockets import WebSocket

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def create(
    build: Build, pod: Pod, voice: ASGIApp, scrape: Callable[[], bytes], drain_key: str, lifespan: Lifespan
) -> Starlette:
    """`drain_key`: what the pod's own drain command shows."""
    answers = _Answers(build, pod, scrape, drain_key)
    app = Starlette(
        routes=[
            Route("/", answers.way_to_page),
            Route("/pc", answers.way_to_page),
            Route("/pc/", answers.page),
            Route("/pc/v1/healthcheck", answers.health),
            Route("/pc/v1/drain", answers.drain, methods=["POST"]),
            WebSocketRoute("/pc/v1/ws", voice),
            Route("/pc/v1/ws", answers.not_a_websocket),
            WebSocketRoute("/{path:path}", _no_such_websocket),
            Route("/metrics", answers.metrics),
        ],
        lifespan=lifespan,
    )
    # a redirect of the framework's own leads to whatever host the client has named
    app.router.redirect_slashes = False
    return app


class _Answers:
    def __init__(self, build: Build, pod: Pod, scrape: Callable[[], bytes], drain_key: str) -> None:
        self._build = build
        self._pod = pod
        self._scrape = scrape
        self._drain_key = drain_key
        self._page = Page()

    async def way_to_page(self, _: Request) -> Response:
        return RedirectResponse("/pc/")

    async def page(self, _: Request) -> Response:
        return Response(self._page.body, headers=self._page.headers)

    async def health(self, request: Request) -> Response:
        status = self._pod.status
        asks_to_be_sent_clients = request.headers.get("x-probe") == "readiness"
        code = HTTPStatus.SERVICE_UNAVAILABLE if asks_to_be_sent_clients and status != "ok" else HTTPStatus.OK
        sessions = {"sessions": len(self._pod), "max_sessions": self._pod.most}
        return _json(code, {"status": status, **self._build._asdict(), **sessions})

    async def not_a_websocket(self, _: Request) -> Response:
        """RFC 9110, 15.5.22."""
        headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
        return Response("This is a websocket.\n", HTTPStatus.UPGRADE_REQUIRED, headers, "text/plain")

    async def metrics(self, _: Request) -> Response:
        return Response(self._scrape(), media_type=CONTENT_TYPE)

    async def drain(self, request: Request) -> Response:
        if not _is_from_inside(request, self._drain_key):
            return _json(HTTPStatus.FORBIDDEN, {"error": "only the pod's own drain command may ask for this"})
        timeout = _seconds(request.query_params.get("timeout", ""))
        if timeout is None:
            return _json(HTTPStatus.BAD_REQUEST, {"error": "timeout must be a number of seconds, such as ?timeout=240"})
        return _json(HTTPStatus.OK, structs.asdict(await self._pod.drain(timeout)))


async def _no_such_websocket(websocket: WebSocket) -> None:
    """Without it the framework answers 403, as if somebody were not allowed."""
    await websocket.send_denial_response(Response("The websocket is at /pc/v1/ws.\n", HTTPStatus.NOT_FOUND))


def _is_from_inside(request: Request, drain_key: str) -> bool:
    """From a process that reads the files of this container's user: a sidecar's address is loopback too."""
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    is_near = request.client is not None and ip_address(request.client.host).is_loopback
    return is_near and hmac.compare_digest(shown.encode(), drain_key.encode())


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if isfinite(seconds) and 0 <= seconds <= LONGEST_SECONDS else None


def _json(status: int, content: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
