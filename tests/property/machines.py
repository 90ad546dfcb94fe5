"""What machines have in common whose rules ask a store of a service, in an event loop of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from app import redis
from tests.servers.redis import RedisServer

T = TypeVar("T")
STEPS = settings(settings.get_profile("property"), stateful_step_count=30)


class AskingMachine(RuleBasedStateMachine):
    def __init__(self, close: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.close = close

    def ask(self, answer: Awaitable[T]) -> T:
        async def asked() -> T:
            return await answer

        return self.runner.run(asked())

    def teardown(self) -> None:
        self.ask(self.close())
        self.runner.close()


def run(machine: Callable[[], AskingMachine]) -> None:
    run_state_machine_as_test(machine, settings=STEPS)  # type: ignore[arg-type]  # documented: any callable that returns one


def run_on_redis(
    server: RedisServer, machine: Callable[[redis.Client, Callable[[], Awaitable[None]]], AskingMachine]
) -> None:
    """Each time from an empty one; a machine is made of a client and of what closes it."""

    def empty() -> AskingMachine:
        server.flush()
        client = redis.connect(server.url)
        return machine(client, client.aclose)

    run(empty)
