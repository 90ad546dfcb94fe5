"""The least that websockets can do, on uvloop and uncompressed as the service: what it is measured against."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from websockets.http11 import Request, Response

BACKLOG = 4096
READY = "/ready"


async def echo(connection: ServerConnection) -> None:
    with suppress(ConnectionClosed):
        async for message in connection:
            await connection.send(message)


def answer(connection: ServerConnection, request: Request) -> Response | None:
    return connection.respond(HTTPStatus.OK, "ready\n") if request.path == READY else None


async def main() -> None:
    port = int(os.environ["PORT"])
    async with serve(echo, "127.0.0.1", port, compression=None, process_request=answer, backlog=BACKLOG) as server:
        await server.serve_forever()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(main())
