"""What the tests of conversations share: a language model of their own, and the service around the conversation."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from app.dv_pipecat.conversation import quiet
from app.dv_pipecat.conversation.pipeline import Pipecat
from app.dv_pipecat.settings import Settings
from app.environment import Secret
from tests.servers import loopback
from tests.servers.openai import KEY, StandIn
from tests.servers.websocket import Client, Service, connected, serving

quiet.silence()
# pipecat warns of itself, and Python 3.11 and 3.12 of a module that pipecat takes from elsewhere after that
with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
    importlib.import_module("app.dv_pipecat.conversation.speech")

Start = Callable[..., Awaitable["Running"]]


class Running:
    """A service, and connections to it."""

    def __init__(self, service: Service, url: str, stack: AsyncExitStack) -> None:
        self.service = service
        self.url = url
        self._stack = stack

    async def client(self) -> Client:
        return await self._stack.enter_async_context(connected(self.url))


@pytest.fixture
def standin() -> StandIn:
    return StandIn()


@pytest.fixture
def model_url(standin: StandIn) -> Iterator[str]:
    with loopback.serving(standin) as url:
        yield f"{url}/v1"


@pytest.fixture
async def start(model_url: str) -> AsyncIterator[Start]:
    """Runs a service with pipecat and the stand-in; takes settings, and what Service takes."""
    async with AsyncExitStack() as stack:

        async def run(service: dict[str, Any] | None = None, **settings: Any) -> Running:
            model: dict[str, Any] = {"openai_api_key": Secret(KEY), "openai_base_url": model_url}
            pipecat = Pipecat(Settings(**({"conversation": "pipecat"} | model | settings)))
            stack.push_async_callback(pipecat.aclose)
            around = Service(pipecat, **(service or {}))
            return Running(around, await stack.enter_async_context(serving(around)), stack)

        yield run
