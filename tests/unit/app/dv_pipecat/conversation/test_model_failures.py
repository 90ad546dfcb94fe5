"""Whatever the model's side does, its client is told in our words, and the session goes on where it can."""

from __future__ import annotations

import json
import logging

import pytest

from app.dv_pipecat.closing import Reason
from app.dv_pipecat.conversation.context import MOST_REPLY_CHARACTERS
from app.dv_pipecat.settings import Settings
from tests.servers.openai import StandIn
from tests.servers.openai_faults import SECRETS, Fault
from tests.servers.redis import free_port
from tests.servers.websocket import Client, eventually
from tests.unit.app.dv_pipecat.conversation.conftest import Running, Start

pytestmark = pytest.mark.anyio

# for a fault that only time tells: more than an answer takes on a busy machine
SHORT_SECONDS = 3.0

PASSING = {
    Fault.NOT_FOUND: ("refused", "OPENAI_MODEL"),
    Fault.LIMITED: ("limited", "too many requests"),
    Fault.BROKEN: ("server", "failed"),
    Fault.CUT: ("broken", "broke off"),
    Fault.SHORT: ("broken", "broke off"),
    Fault.EVENT: ("server", "failed"),
    Fault.HTML: ("unreadable", "OPENAI_BASE_URL"),
    Fault.JSON: ("unreadable", "OPENAI_BASE_URL"),
    Fault.NOT_JSON: ("unreadable", "OPENAI_BASE_URL"),
    Fault.ENDLESS: ("endless", "too long"),
}
SLOW = (Fault.SLOW, Fault.STALLED, Fault.COMMENTS)
# whose turn had begun to be answered
MIDDLE = {Fault.CUT, Fault.SHORT, Fault.EVENT, Fault.ENDLESS, Fault.STALLED}
SYSTEM = {"role": "system", "content": Settings().system_prompt}
FOR_GOOD = (Fault.UNAUTHORIZED, Fault.FORBIDDEN)


async def failing_turn(client: Client, standin: StandIn, fault: Fault) -> str:
    """The words of the error; checks that it comes once, within the reply, and that nothing secret does."""
    # a passing one is asked for again
    standin.faults.extend([fault] * (2 if fault is Fault.BROKEN else 1))
    client.got.clear()
    await client.say("hello")
    await client.until("bot-llm-stopped")
    types = [message["type"] for message in client.got]
    assert types[0] == "bot-llm-started"
    assert types.count("error") == 1
    shown = json.dumps([message for message in client.got if message["type"] != "bot-llm-text"])
    assert not any(secret in shown for secret in SECRETS.split(", "))
    error = next(message for message in client.got if message["type"] == "error")
    assert error["data"]["fatal"] is False
    return str(error["data"]["error"])


def failures(running: Running, kind: str) -> float:
    return running.service.metric(f'dv_pipecat_model_errors_total{{kind="{kind}",track="canary"}}')


@pytest.mark.parametrize("fault", list(PASSING))
async def test_a_turn_that_fails_is_told_of_and_the_next_one_works(
    start: Start, standin: StandIn, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    running = await start()
    client = await running.client()
    kind, words = PASSING[fault]
    assert words in await failing_turn(client, standin, fault)
    assert await client.turn("again") == f"Turn {2 if fault in MIDDLE else 1}: you said again."
    assert failures(running, kind) == 1
    logged = [str(record.__dict__) for record in caplog.records if record.name.startswith(("app.", "pipecat"))]
    assert any(f"'kind': '{kind}'" in line for line in logged)
    assert not any(secret in line for secret in ("hello", *SECRETS.split(", ")) for line in logged)


@pytest.mark.parametrize("fault", SLOW)
async def test_a_model_that_keeps_a_client_waiting_is_given_up(start: Start, standin: StandIn, fault: Fault) -> None:
    running = await start(model_seconds=SHORT_SECONDS)
    client = await running.client()
    assert "in time" in await failing_turn(client, standin, fault)
    assert await client.turn("again") == f"Turn {2 if fault in MIDDLE else 1}: you said again."
    assert failures(running, "timeout") == 1
    await eventually(lambda: standin.open == 0)


@pytest.mark.parametrize("fault", FOR_GOOD)
async def test_a_key_that_is_refused_ends_the_session(start: Start, standin: StandIn, fault: Fault) -> None:
    running = await start()
    client = await running.client()
    standin.faults.append(fault)
    await client.say("hello")
    assert await client.closed() == (1011, "the language model refuses this service's key: OPENAI_API_KEY")
    error = next(message for message in client.got if message["type"] == "error")
    assert error["data"] == {"error": "the language model refuses this service's key: OPENAI_API_KEY", "fatal": True}
    await eventually(lambda: running.service.closes)
    assert running.service.closes[0].reason is Reason.MODEL
    assert failures(running, "unauthorized") == 1
    assert standin.requests["/v1/chat/completions"] == 1


async def test_a_model_that_nobody_serves_is_unreachable(start: Start) -> None:
    running = await start(openai_base_url=f"http://127.0.0.1:{free_port()}/v1")
    client = await running.client()
    for _ in range(2):
        await client.say("hello")
        error = await client.until("error")
        assert error["data"] == {
            "error": "the language model cannot be reached; say it again in a moment",
            "fatal": False,
        }
        await client.until("bot-llm-stopped")
    assert failures(running, "unreachable") == 2


async def test_a_passing_failure_is_not_even_seen(start: Start, standin: StandIn) -> None:
    running = await start()
    client = await running.client()
    standin.faults.append(Fault.BROKEN)
    assert await client.turn("hello") == "Turn 1: you said hello."
    assert "error" not in {message["type"] for message in client.got}
    assert standin.requests["/v1/chat/completions"] == 2


async def test_a_limit_is_not_made_worse(start: Start, standin: StandIn) -> None:
    client = await (await start()).client()
    await failing_turn(client, standin, Fault.LIMITED)
    assert standin.requests["/v1/chat/completions"] == 1


@pytest.mark.parametrize("fault", [Fault.LIMITED, Fault.BROKEN, Fault.SLOW])
async def test_what_was_not_answered_at_all_the_model_never_hears_of_again(
    start: Start, standin: StandIn, fault: Fault
) -> None:
    client = await (await start(model_seconds=SHORT_SECONDS)).client()
    await client.turn("first")
    await failing_turn(client, standin, fault)
    assert await client.turn("again") == "Turn 2: you said again."
    assert standin.asked[-1]["messages"] == [
        SYSTEM,
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "Turn 1: you said first."},
        {"role": "user", "content": "again"},
    ]


async def test_an_endless_reply_leaves_what_was_said_before_it(start: Start, standin: StandIn) -> None:
    client = await (await start()).client()
    await client.turn("first")
    await failing_turn(client, standin, Fault.ENDLESS)
    await client.turn("again")
    first, answer, hello, endless, again = standin.asked[-1]["messages"][1:]
    assert (first["content"], answer["content"]) == ("first", "Turn 1: you said first.")
    assert (hello["content"], again["content"]) == ("hello", "again")
    assert endless["content"].startswith("Turnword word")
    assert len(endless["content"]) == MOST_REPLY_CHARACTERS


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.SHORT, Fault.EVENT])
async def test_of_a_reply_that_broke_off_the_model_is_told_what_was_heard(
    start: Start, standin: StandIn, fault: Fault
) -> None:
    client = await (await start()).client()
    await failing_turn(client, standin, fault)
    await client.turn("again")
    assert standin.asked[-1]["messages"][1:] == [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "Turn"},
        {"role": "user", "content": "again"},
    ]
