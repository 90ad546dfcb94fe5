"""Conversations with a language model over real websockets, the model a stand-in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.dv_pipecat.closing import Reason
from app.dv_pipecat.conversation.pipeline import Pipecat
from app.dv_pipecat.model import Message
from app.dv_pipecat.settings import Settings
from app.environment import Secret
from app.errors import ConfigError
from tests.servers.openai import StandIn
from tests.servers.websocket import ABOUT, eventually
from tests.unit.app.dv_pipecat.conversation.conftest import Start

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[5]
SYSTEM = {"role": "system", "content": Settings().system_prompt}


async def test_a_reply_comes_in_pieces_between_its_start_and_its_end(start: Start) -> None:
    client = await (await start()).client()
    await client.say("hello")
    assert await client.reply() == ["Turn", " 1:", " you", " said", " hello."]


async def test_a_client_gets_a_message_a_piece_and_nothing_beside(start: Start) -> None:
    client = await (await start()).client()
    await client.send("client-ready", {"version": "2.0.0", "about": {"library": "a page"}})
    await client.until("bot-ready")
    await client.turn("hello. How are you?")
    await client.turn("fine")
    texts = ["bot-llm-started", *["bot-llm-text"] * 8, "bot-llm-stopped"]
    assert [message["type"] for message in client.got] == [
        "bot-ready", *texts, *["bot-llm-started", *["bot-llm-text"] * 5, "bot-llm-stopped"]
    ]  # fmt: skip


async def test_client_ready_is_answered_with_what_answers(start: Start) -> None:
    client = await (await start()).client()
    await client.send("client-ready", {"version": "2.0.0"}, message_id="seven")
    ready = await client.until("bot-ready")
    assert (ready["id"], ready["data"]["about"]) == ("seven", ABOUT)


@pytest.mark.parametrize("number", [7, 0, -(2**40)])
async def test_ids_may_be_numbers(start: Start, number: int) -> None:
    client = await (await start()).client()
    message = {"label": "rtvi-ai", "id": number}
    await client.websocket.send(json.dumps(message | {"type": "client-ready", "data": {"version": "2.0.0"}}))
    assert (await client.until("bot-ready"))["id"] == str(number)
    await client.websocket.send(json.dumps(message | {"type": "send-text", "data": {"content": "hello"}}))
    assert "".join(await client.reply()) == "Turn 1: you said hello."
    await client.websocket.send(json.dumps(message | {"type": "no-such-type"}))
    assert (await client.until("error-response"))["id"] == number


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"version": "1.4.0", "about": "not a dict"},
        {"version": "2.0.0"},
        {"version": "2.2.0", "about": {"library": {"deep": []}}},
        {"version": "not.a.version"},
        {"version": "9" * 5_000 + ".0.0"},
        {"version": 7},
    ],
)
async def test_pieces_come_whichever_version_a_client_says_it_is_of(start: Start, data: dict[str, Any] | None) -> None:
    client = await (await start()).client()
    await client.send("client-ready", data)
    assert await client.turn("hello") == "Turn 1: you said hello."
    types = {message["type"] for message in client.got}
    assert types == {"bot-ready", "bot-llm-started", "bot-llm-text", "bot-llm-stopped"}


async def test_a_client_of_a_version_to_come_is_told_which_one_is_spoken(start: Start) -> None:
    client = await (await start()).client()
    await client.send("client-ready", {"version": "7.0.0"}, message_id="seven")
    refused = await client.until("error-response")
    assert refused["id"] == "seven"
    assert refused["data"]["error"] == "not understood; this service speaks RTVI 2.0.0"
    assert await client.turn("hello") == "Turn 1: you said hello."


@pytest.mark.parametrize("options", [None, {}, {"run_immediately": False}, {"run_immediately": "?"}, "no", [1]])
async def test_whatever_is_said_becomes_a_turn(start: Start, options: object) -> None:
    client = await (await start()).client()
    await client.send("send-text", {"content": "hello", "options": options, "file": {"source": "http://127.0.0.1:9/"}})
    assert "".join(await client.reply()) == "Turn 1: you said hello."


async def test_the_model_knows_what_was_said_before(start: Start, standin: StandIn) -> None:
    client = await (await start()).client()
    await client.turn("hello")
    assert await client.turn("again") == "Turn 2: you said again."
    assert standin.asked[-1]["messages"] == [
        SYSTEM,
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "Turn 1: you said hello."},
        {"role": "user", "content": "again"},
    ]


async def test_the_service_is_told_what_to_remember_after_each_turn(start: Start) -> None:
    running = await start()
    client = await running.client()
    await client.turn("hello")
    first = [Message("user", "hello"), Message("assistant", "Turn 1: you said hello.")]
    await eventually(lambda: running.service.remembered == [first])
    await client.turn("again")
    second = [*first, Message("user", "again"), Message("assistant", "Turn 2: you said again.")]
    await eventually(lambda: running.service.remembered == [first, second])


async def test_a_session_goes_on_from_what_was_said_on_another_pod(start: Start, standin: StandIn) -> None:
    history = [Message("user", "my name is Ada"), Message("assistant", "Hello Ada.")]
    running = await start({"history": history})
    client = await running.client()
    assert await client.turn("who am I?") == "Turn 2: you said who am I?."
    assert standin.asked[-1]["messages"][:2] == [SYSTEM, {"role": "user", "content": "my name is Ada"}]
    await eventually(lambda: running.service.remembered)
    assert running.service.remembered[0][:2] == history


async def test_the_time_to_the_first_reply_is_measured_once_a_session(start: Start) -> None:
    running = await start()
    client = await running.client()
    await client.turn("hello")
    await client.turn("again")
    assert running.service.metric('dv_pipecat_first_reply_seconds_count{track="canary"}') == 1


async def test_what_is_said_during_a_reply_interrupts_it(start: Start, standin: StandIn) -> None:
    standin.delay = 3600.0
    running = await start(model_seconds=3600.0)
    client = await running.client()
    await client.say("tell me all")
    await eventually(lambda: standin.asked)
    standin.delay = 0.0
    await client.say("stop")
    await client.until("bot-llm-stopped")
    assert "".join(await client.reply()) == "Turn 2: you said stop."


async def test_a_client_that_floods_makes_neither_queues_nor_calls(start: Start, standin: StandIn) -> None:
    running = await start()
    client = await running.client()
    for number in range(300):
        await client.say(f"{number:04}" * 1_000)
    await client.say("done")
    while "done" not in (reply := "".join(await client.reply())):
        pass
    # of what came before, the context has kept what fits
    assert reply.endswith("you said done.")
    await eventually(lambda: running.service.remembered)
    kept = sum(len(message.content) for message in running.service.remembered[-1])
    assert kept <= 65_536
    # one, and one whose end the model has not yet heard of
    assert standin.busiest <= 3


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"openai_api_key": Secret("")}, "OPENAI_API_KEY"),
        ({"openai_base_url": "api.openai.com"}, "OPENAI_BASE_URL"),
        ({"openai_base_url": "ftp://api.openai.com/v1"}, "OPENAI_BASE_URL"),
        ({"openai_base_url": "https://"}, "OPENAI_BASE_URL"),
        ({"openai_base_url": "https://api:port/v1"}, "OPENAI_BASE_URL"),
        ({"openai_base_url": "https://[::1/v1"}, "OPENAI_BASE_URL"),
        ({"speech": "google"}, "GOOGLE_APPLICATION_CREDENTIALS"),
        ({"speech": "google", "google_application_credentials": "/nowhere"}, "GOOGLE_APPLICATION_CREDENTIALS"),
        ({"speech": "google", "google_application_credentials": __file__}, "GOOGLE_APPLICATION_CREDENTIALS"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_by_name(variables: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {"conversation": "pipecat", "openai_api_key": Secret("sk-1")}
    with pytest.raises(ConfigError, match=words):
        Pipecat(Settings(**(given | variables)))


def test_it_starts_without_a_word_a_file_or_pipecat_before_its_time(tmp_path: Path) -> None:
    program = (
        "import sys; from app.dv_pipecat.conversation.pipeline import Pipecat; assert 'pipecat' not in sys.modules;"
        "from app.dv_pipecat.settings import Settings; from app.environment import Secret;"
        "Pipecat(Settings(conversation='pipecat', openai_api_key=Secret('sk'), speech='openai'));"
        "assert 'pipecat' in sys.modules"
    )
    environment = {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    run = subprocess.run(
        [sys.executable, "-B", "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert not list(tmp_path.iterdir())


async def test_the_service_learns_of_each_end(start: Start) -> None:
    running = await start()
    leaving, closing = await running.client(), await running.client()
    await leaving.send("disconnect-bot")
    assert await leaving.closed() == (1000, "the conversation is over")
    await closing.websocket.close()
    await eventually(lambda: len(running.service.closes) == 2)
    assert [close.reason for close in running.service.closes] == [Reason.FINISHED, Reason.CLIENT]
