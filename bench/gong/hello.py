"""The least that Starlette can do, on the same server: what the service is measured against."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request


async def hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


app = Starlette(routes=[Route("/", hello), Route("/health", hello)])

if __name__ == "__main__":
    uvicorn.run("bench.gong.hello:app", port=int(os.environ["PORT"]), access_log=False, log_level="warning")
