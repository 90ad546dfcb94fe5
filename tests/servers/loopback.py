"""Serves ASGI applications, on a free port of the loopback: one server in one thread for all tests of a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any

import uvicorn

START_SECONDS = 60.0


class _Stage:
    """Passes a request on to the application whose number its path begins with."""

    def __init__(self) -> None:
        self.apps: dict[str, Any] = {}
        self._numbers = count(1)

    def add(self, app: Any) -> str:
        name = f"app{next(self._numbers)}"
        self.apps[name] = app
        return name

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        _, name, *rest = scope["path"].split("/")
        path = "/" + "/".join(rest)
        await self.apps[name]({**scope, "path": path, "raw_path": path.encode()}, receive, send)


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The URL that `app` is served at, for as long as the block runs."""
    stage, url = _started()
    name = stage.add(app)
    yield f"{url}/{name}"
    del stage.apps[name]


def start(app: Any, port: int = 0, host: str = "127.0.0.1") -> str:
    """Until the process ends; says nothing, whatever `app` does wrong."""
    config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, lifespan="off", ws="none")
    server, _ = in_a_thread(config)
    return f"http://{host}:{server.servers[0].sockets[0].getsockname()[1]}"


def in_a_thread(config: uvicorn.Config) -> tuple[uvicorn.Server, threading.Thread]:
    """A server that listens, and the thread that it runs in."""
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the server ended"
        assert time.monotonic() < deadline, "the server does not start"
        time.sleep(0.002)
    return server, thread


@cache
def _started() -> tuple[_Stage, str]:
    stage = _Stage()
    return stage, start(stage)
