"""A pipeline is gone with its session, whoever ends it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor

from app.dv_pipecat.closing import Close, Reason
from app.dv_pipecat.conversation.pipeline import COLLECT_EVERY
from tests.servers.openai import StandIn
from tests.servers.openai_faults import Fault
from tests.servers.websocket import eventually
from tests.unit.app.dv_pipecat.conversation.conftest import Running, Start

pytestmark = pytest.mark.anyio

SESSIONS = 50
OVERLAPPING = 25


def tasks() -> set[str]:
    """The names of pipecat's."""
    return {name for task in asyncio.all_tasks() if "#" in (name := task.get_name()) or "runner-" in name}


def processors() -> int:
    gc.collect()
    return sum(isinstance(each, FrameProcessor) for each in gc.get_objects())


def pipelines() -> int:
    return sum(isinstance(each, PipelineWorker) for each in gc.get_objects())


async def talk(running: Running) -> None:
    client = await running.client()
    await client.send("client-ready", {"version": "2.0.0"})
    await client.turn("hello")
    await client.send("disconnect-bot")
    assert (await client.closed())[0] == 1000


async def test_sessions_leave_no_task_and_no_pipeline_behind(start: Start) -> None:
    running = await start()
    before = processors()
    for _ in range(SESSIONS):
        await talk(running)
    await eventually(lambda: len(running.service.closes) == SESSIONS)
    assert not tasks()
    running.service.connections.clear()
    running.service.remembered.clear()
    await eventually(lambda: processors() == before)


async def test_a_pipeline_has_tasks_that_a_test_can_see(start: Start) -> None:
    client = await (await start()).client()
    await client.turn("hello")
    assert len(tasks()) > 10
    assert processors() > 5


@pytest.fixture
def without_the_collector() -> Iterator[None]:
    """Nothing that the interpreter would do by itself hides what the service leaves to it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_the_collector")
async def test_no_more_pipelines_are_left_than_end_between_two_collections(start: Start) -> None:
    running = await start()
    clients = [await running.client() for _ in range(OVERLAPPING)]
    for client in clients:
        await client.turn("hello")
    assert pipelines() == OVERLAPPING
    for client in clients:
        await client.send("disconnect-bot")
    await eventually(lambda: len(running.service.closes) == OVERLAPPING)
    assert pipelines() <= COLLECT_EVERY


@pytest.mark.parametrize("fault", [Fault.SLOW, Fault.STALLED])
async def test_a_session_whose_time_is_over_ends_in_the_middle_of_a_reply(
    start: Start, standin: StandIn, fault: Fault
) -> None:
    running = await start(model_seconds=3600.0)
    client = await running.client()
    standin.faults.append(fault)
    await client.say("tell me all")
    await client.until("bot-llm-started" if fault is Fault.SLOW else "bot-llm-text")
    running.service.connections[0].interrupt(Close(Reason.LENGTH, "a session may last 1 s"))
    assert await client.closed() == (4001, "a session may last 1 s")
    await eventually(lambda: running.service.closes)
    assert not tasks()
    assert not running.service.errors
    # and with it ends what the model was asked for
    await eventually(lambda: standin.open == 0)


async def test_a_client_that_vanishes_in_the_middle_of_a_reply_ends_its_session(start: Start, standin: StandIn) -> None:
    running = await start(model_seconds=3600.0)
    client = await running.client()
    standin.faults.append(Fault.STALLED)
    await client.say("tell me all")
    await client.until("bot-llm-text")
    client.websocket.transport.abort()
    await eventually(lambda: running.service.closes)
    assert running.service.closes[0].reason is Reason.LOST
    assert not tasks()


async def test_a_service_that_is_cut_short_leaves_it_to_itself_to_say_why(start: Start) -> None:
    running = await start()
    client = await running.client()
    await client.turn("hello")
    connection = running.service.connections[0]
    serving = next(task for task in asyncio.all_tasks() if task is connection._task)  # noqa: SLF001  as a server would
    serving.cancel()
    assert await client.closed() == (1012, "this pod stops; reconnect to go on")
    await eventually(lambda: running.service.closes)
    assert not tasks()
