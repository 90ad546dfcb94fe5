"""The commands of an operator: what they say, and their exit statuses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from app.environment import read
from app.gong_webhook import parts, sample
from app.gong_webhook.settings import Settings
from tests.servers import signing
from tests.servers.gong import KEY, StandIn, spread
from tests.servers.loopback import serving
from tests.servers.processes import command, settings, started
from tests.servers.stores import delivery


def bury(environment: dict[str, str], calls: Sequence[str], reason: str) -> None:
    async def work() -> None:
        async with AsyncExitStack() as closing:
            queue = parts.stores(read(Settings, environment), closing).queue
            await queue.put([replace(delivery(call_id), body=sample.body(call_id)) for call_id in calls])
            await queue.bury(await queue.take(100, 60), reason)

    asyncio.run(work())


def test_dead_letters_are_listed_each_on_a_line_and_replayed_by_id(tmp_path: Path) -> None:
    environment = settings(tmp_path)
    bury(environment, ["101", "102"], "Gong refuses\nthe \x1b[31mrequest")
    listed = command(environment, "dead-letters", "list")
    assert listed.returncode == 0, listed.stderr
    first, second = listed.stdout.splitlines()
    assert "Gong refuses the  [31mrequest" in first
    replayed = command(environment, "dead-letters", "replay", second.split()[0])
    assert (replayed.returncode, replayed.stdout) == (0, "1 put back\n")
    assert command(environment, "dead-letters", "list").stdout.splitlines() == [first]


def test_all_dead_letters_are_replayed_and_then_stored(tmp_path: Path) -> None:
    environment = settings(tmp_path)
    bury(environment, ["101", "102"], "an outage")
    assert command(environment, "dead-letters", "replay", "--all").stdout == "2 put back\n"
    assert "no dead letters" in command(environment, "dead-letters", "list").stderr
    with started("all", tmp_path) as process:
        while process.metric("gong_webhook_calls_stored_total") < 2:
            assert process.is_ready()


@pytest.mark.parametrize(("arguments", "status"), [(["no-such-id"], 1), ([], 2), (["an-id", "--all"], 2)])
def test_what_cannot_be_replayed_is_said_by_the_exit_status(tmp_path: Path, arguments: list[str], status: int) -> None:
    assert command(settings(tmp_path), "dead-letters", "replay", *arguments).returncode == status


def test_the_doctor_has_a_verdict_on_each_dependency(tmp_path: Path) -> None:
    with serving(StandIn()) as gong:
        environment = settings(tmp_path) | {
            "GONG_API_BASE_URL": gong,
            "GONG_API_KEY": KEY,
            "GONG_WEBHOOK_SECRETS": signing.public_base64(),
            "SLACK_WEBHOOK_URL": "http://127.0.0.1:9/services/T0/B0/secret-part",
        }
        assert command(environment, "migrate").returncode == 0
        said = command(environment, "doctor")
    verdicts = {line.split()[1]: line.split()[0] for line in said.stdout.splitlines()}
    assert verdicts == {"keys": "ok", "SQLite": "ok", "tables": "ok", "Gong": "ok", "Slack": "failed"}
    assert said.returncode == 1
    assert "secret-part" not in said.stdout + said.stderr


def test_a_setting_that_cannot_be_meant_is_a_verdict_on_its_part_alone(tmp_path: Path) -> None:
    environment = settings(tmp_path) | {"GONG_API_BASE_URL": "foo", "GONG_API_KEY": "a:b"}
    said = command(environment, "doctor")
    assert said.returncode == 1
    assert "failed   Gong         GONG_API_BASE_URL must be an address" in said.stdout
    assert "ok       SQLite" in said.stdout


def test_the_doctor_says_what_a_refused_key_needs(tmp_path: Path) -> None:
    with serving(StandIn()) as gong:
        environment = settings(tmp_path) | {"GONG_API_BASE_URL": gong, "GONG_API_KEY": "wrong:key"}
        said = command(environment, "doctor")
    assert "refuses the API key (401)" in said.stdout
    assert "wrong:key" not in said.stdout + said.stderr


def test_calls_that_never_came_are_enqueued_once(tmp_path: Path) -> None:
    standin = StandIn(per_second=None)
    standin.listing = spread(["101", "102"], datetime.now(UTC) - timedelta(hours=12), timedelta(minutes=5))
    with serving(standin) as gong:
        environment = settings(tmp_path) | {"GONG_API_BASE_URL": gong, "GONG_API_KEY": KEY}
        assert command(environment, "migrate").returncode == 0
        first, second = (command(environment, "reconcile", "--since", "24h") for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert "0 stored, 2 enqueued now, 0 enqueued before" in first.stdout
    assert "0 stored, 0 enqueued now, 2 enqueued before" in second.stdout


def test_a_reconciliation_that_the_budget_cut_short_says_how_far_it_came(tmp_path: Path) -> None:
    standin = StandIn(per_second=None)
    standin.listing = spread(["101"], datetime.now(UTC) - timedelta(hours=30), timedelta(minutes=5))
    with serving(standin) as gong:
        environment = settings(tmp_path) | {
            "GONG_API_BASE_URL": gong,
            "GONG_API_KEY": KEY,
            "GONG_API_DAILY_BUDGET": "1",
            "GONG_API_RECONCILE_RESERVE": "0",
        }
        command(environment, "migrate")
        ended = command(environment, "reconcile", "--since", "48h")
    assert ended.returncode == 1
    assert "stopped at " in ended.stderr
    assert "used up" in ended.stderr


@pytest.mark.parametrize("since", ["yesterday", "48", "2999-01-01", "5h"])
def test_a_window_that_cannot_be_is_refused_in_words(tmp_path: Path, since: str) -> None:
    ended = command(settings(tmp_path) | {"GONG_API_KEY": KEY}, "reconcile", "--since", since)
    assert ended.returncode == 2
    assert since in ended.stderr or "go back further" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_a_key_to_gong_there_is_nothing_to_reconcile_with(tmp_path: Path) -> None:
    ended = command(settings(tmp_path), "reconcile")
    assert (ended.returncode, ended.stderr) == (
        2,
        "gong-webhook: GONG_API_KEY is empty: Gong's list cannot be asked for\n",
    )


def test_a_sample_that_nobody_takes_is_said(tmp_path: Path) -> None:
    ended = command(settings(tmp_path) | {"PORT": "9"}, "send-sample")
    assert ended.returncode == 2
    assert "does the service run there?" in ended.stderr


def test_migrate_says_what_it_does_and_the_second_time_that_there_is_nothing_to_do(tmp_path: Path) -> None:
    first, second = (command(settings(tmp_path), "migrate") for _ in range(2))
    assert first.returncode == second.returncode == 0
    assert first.stdout != second.stdout == "nothing to do\n"


def test_every_command_has_a_help_text() -> None:
    listed = command({"PATH": ""}, "--help").stdout
    for name in ("serve", "worker", "all", "migrate", "reconcile", "dead-letters", "doctor", "send-sample", "drain"):
        assert f"\n  {name} " in listed
        assert len(command({"PATH": ""}, name, "--help").stdout.splitlines()) > 3
