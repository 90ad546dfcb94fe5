"""A verdict on each dependency."""

from __future__ import annotations

import asyncio

import pytest

from app.errors import Unavailable
from app.gong_webhook import doctor
from app.gong_webhook.doctor import State, Verdict, examine


async def _answers() -> str:
    return "answers"


async def _fails() -> str:
    raise Unavailable("Gong", "refuses the API key")


async def _hangs() -> str:
    await asyncio.sleep(3600)
    return "never"


@pytest.mark.anyio
async def test_each_dependency_has_a_verdict_whatever_the_others_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "TIMEOUT_SECONDS", 0.05)
    assert await examine({"Redis": _answers, "Gong": _fails, "Snowflake": _hangs, "Slack": "SLACK_WEBHOOK_URL"}) == [
        Verdict("Redis", State.OK, "answers"),
        Verdict("Gong", State.FAILED, "refuses the API key"),
        Verdict("Snowflake", State.FAILED, "no answer in 0.05 s"),
        Verdict("Slack", State.UNSET, "SLACK_WEBHOOK_URL"),
    ]
