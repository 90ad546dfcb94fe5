"""What comes from a model is made text that can be sent on, wherever its JSON cuts a character in two."""

from __future__ import annotations

import pytest

from tests.servers.openai import StandIn
from tests.unit.app.dv_pipecat.conversation.conftest import Start

pytestmark = pytest.mark.anyio

LAUGH = "\U0001f600"
FIRST, SECOND = "\ud83d", "\ude00"


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (["ha", FIRST, SECOND, "ha"], f"ha{LAUGH}ha"),
        ([f"ha{FIRST}", f"{SECOND}ha"], f"ha{LAUGH}ha"),
        ([FIRST, "", SECOND], LAUGH),
        ([FIRST + SECOND], LAUGH),
        ([FIRST, FIRST, SECOND], f"\ufffd{LAUGH}"),
        ([FIRST, "ha"], "\ufffdha"),
        (["ha", SECOND, "ha"], "ha\ufffdha"),
        (["ha", FIRST], "ha\ufffd"),
        ([FIRST], "\ufffd"),
    ],
)
async def test_halves_of_a_character_are_joined_and_lone_ones_replaced(
    start: Start, standin: StandIn, pieces: list[str], words: str
) -> None:
    standin.replies.append(pieces)
    running = await start()
    client = await running.client()
    assert await client.turn("laugh") == words
    assert await client.turn("again") == "Turn 2: you said again."
    assert standin.asked[-1]["messages"][2] == {"role": "assistant", "content": words}
    assert "error" not in {message["type"] for message in client.got}
    assert not running.service.errors
