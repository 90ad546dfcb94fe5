"""What only Snowflake can do to the service: sessions that end, statements that hang, logins that are refused."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from app.errors import ConfigError, Unavailable
from app.gong_webhook.errors import Rejected
from app.gong_webhook.model import Call, Sentence, Source
from app.gong_webhook.warehouse.snowflake import Snowflake
from tests.servers import snowflake_standin

pytestmark = pytest.mark.anyio
Settings = dict[str, Any]


def call(call_id: str = "1", **changes: Any) -> Call:
    return Call(
        call_id=call_id, version=1.0, received_at=1.0, request_id="r", source=Source.WEBHOOK, payload=b"{}", **changes
    )


def misbehave(settings: Settings, *faults: tuple[str, str]) -> None:
    """Once each: a kind of fault, and how the statement begins that it happens to."""
    body = json.dumps([{"kind": kind, "when": when} for kind, when in faults]).encode()
    httpx2.post(f"{settings['url']}/faults", content=body).raise_for_status()


def told(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = httpx2.get(f"{settings['url']}/statements").raise_for_status().json()
    return found


@pytest.fixture
async def warehouse(settings: Settings) -> Any:
    made = Snowflake(**settings)
    await made.migrate()
    yield made
    await made.close()
    misbehave(settings)


@pytest.mark.parametrize(
    ("kind", "when"),
    [("expired", "MERGE"), ("gone", "BEGIN"), ("gone", "COMMIT"), ("token", "MERGE"), ("drop", "MERGE")],
)
async def test_a_session_that_ended_is_made_anew_and_nothing_is_lost(
    warehouse: Any, settings: Settings, kind: str, when: str
) -> None:
    misbehave(settings, (kind, when))
    await warehouse.store([call("1", sentences=(Sentence(0, None, None, 0, 1, "Hello."),))])
    assert told(settings)["logins"] == 1
    assert await warehouse.known(["1"]) == {"1"}


async def test_a_connection_that_is_lost_again_and_again_is_an_outage(warehouse: Any, settings: Settings) -> None:
    misbehave(settings, ("gone", "MERGE"), ("gone", "MERGE"))
    with pytest.raises(Unavailable, match="lost"):
        await warehouse.store([call()])
    await warehouse.store([call()])


async def test_a_statement_that_hangs_is_given_up_and_its_transaction_holds_nothing(settings: Settings) -> None:
    hasty = Snowflake(**settings, statement_seconds=1.0)
    other = Snowflake(**settings)
    await other.migrate()
    misbehave(settings, ("hang", "MERGE"))
    with pytest.raises(Unavailable, match="no answer in 1 s"):
        await hasty.store([call()])
    await other.store([call()])
    await hasty.store([call()])
    assert await other.known(["1"]) == {"1"}
    await hasty.close()
    await other.close()


async def test_the_event_loop_goes_on_while_a_statement_takes_its_time(settings: Settings) -> None:
    slow = Snowflake(**settings, statement_seconds=1.0)
    misbehave(settings, ("hang", "SELECT"))
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await anyio.sleep(0.01)
            ticks += 1

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tick)
        with pytest.raises(Unavailable):
            await slow.known(["1"])
        tasks.cancel_scope.cancel()
    assert ticks > 10
    await slow.close()


async def test_a_wait_that_is_cancelled_leaves_a_warehouse_that_works(warehouse: Any, settings: Settings) -> None:
    misbehave(settings, ("hang", "MERGE"))
    with anyio.move_on_after(0.5):
        await warehouse.store([call()])
    await warehouse.store([call()])
    assert await warehouse.known(["1"]) == {"1"}


async def test_a_moment_of_trouble_at_snowflake_is_sat_out(warehouse: Any, settings: Settings) -> None:
    misbehave(settings, ("500", "MERGE"))
    await warehouse.store([call()])
    assert told(settings)["logins"] == 0


async def test_too_many_waiters_for_a_lock_are_an_outage_that_says_when_to_come_back(
    warehouse: Any, settings: Settings
) -> None:
    misbehave(settings, ("locked", "MERGE"))
    with pytest.raises(Unavailable) as raised:
        await warehouse.store([call()])
    assert raised.value.retry_after
    assert await warehouse.known(["1"]) == set(), "in another session: nothing is left of the transaction"


async def test_data_that_snowflake_refuses_is_rejected_and_nothing_of_its_batch_stays(
    warehouse: Any, settings: Settings
) -> None:
    misbehave(settings, ("invalid", "INSERT"))
    with pytest.raises(Rejected, match="100069"):
        await warehouse.store([call(sentences=(Sentence(0, None, None, 0, 1, "Hello."),))])
    assert await warehouse.known(["1"]) == set()


@pytest.mark.parametrize("kind", ["invalid", "locked", "gone"])
async def test_no_error_carries_what_snowflake_said(warehouse: Any, settings: Settings, kind: str) -> None:
    misbehave(settings, (kind, "MERGE"), (kind, "MERGE"))
    with pytest.raises((Rejected, Unavailable)) as raised:
        await warehouse.store([call()])
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)


async def test_a_wrong_password_says_what_to_check_and_not_the_password(settings: Settings) -> None:
    with pytest.raises(Unavailable, match="SNOWFLAKE_PASSWORD") as raised:
        await Snowflake(**settings | {"password": "wrong"}).check()
    assert "wrong" not in str(raised.value).replace("wrong user or password", "")
    assert raised.value.__context__ is None


async def test_a_host_that_does_not_answer_is_an_outage(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with pytest.raises(Unavailable, match="SNOWFLAKE_ACCOUNT"):
        await Snowflake(**settings | {"url": f"http://127.0.0.1:{port}"}).check()


async def test_missing_tables_say_that_migrate_has_to_be_run(settings: Settings) -> None:
    fresh = Snowflake(**settings)
    with pytest.raises(Unavailable, match="migrate"):
        await fresh.check()
    await fresh.close()


async def test_a_role_that_may_not_create_databases_works_where_there_is_one(settings: Settings) -> None:
    first, second = Snowflake(**settings), Snowflake(**settings)
    await first.migrate()
    misbehave(settings, ("forbidden", "CREATE DATABASE"), ("forbidden", "CREATE SCHEMA"))
    assert await second.migrate() == []
    await first.close()
    await second.close()


async def test_a_role_that_may_not_create_the_database_is_told_so(settings: Settings) -> None:
    fresh = Snowflake(**settings)
    misbehave(settings, ("forbidden", "CREATE DATABASE"))
    with pytest.raises(Unavailable, match=f"DATABASE {settings['database']} does not exist"):
        await fresh.migrate()
    await fresh.close()


async def test_two_migrations_at_once_are_as_good_as_one(settings: Settings) -> None:
    both = Snowflake(**settings), Snowflake(**settings)
    await both[0].migrate()
    async with anyio.create_task_group() as tasks:
        for one in both:
            tasks.start_soon(one.migrate)
    assert (await both[0].check()).endswith("schema version 1")
    for one in both:
        await one.close()


async def test_a_batch_takes_a_handful_of_statements_however_many_calls_it_has(
    warehouse: Any, settings: Settings
) -> None:
    misbehave(settings)
    sentences = tuple(Sentence(at, None, None, at, at, "Yes.") for at in range(20))
    await warehouse.store([call(str(at), sentences=sentences) for at in range(50)])
    verbs = [text.split()[0] for text in told(settings)["statements"]]
    assert verbs == ["BEGIN", "MERGE", "DELETE", "DELETE", "INSERT", "DELETE", "COMMIT"]


async def test_large_payloads_are_spread_over_statements_of_one_transaction(warehouse: Any, settings: Settings) -> None:
    misbehave(settings)
    await warehouse.store([call(str(at), brief="x" * 600_000) for at in range(3)])
    assert [text.split()[0] for text in told(settings)["statements"]].count("MERGE") == 3
    assert await warehouse.known(["0", "1", "2"]) == {"0", "1", "2"}


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"database": "A; DROP"}, "SNOWFLAKE_DATABASE"),
        ({"schema": 'x"'}, "SNOWFLAKE_SCHEMA"),
        ({"url": "account.snowflakecomputing.com"}, "SNOWFLAKE_URL"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_connection(changes: Settings, variable: str) -> None:
    whole: dict[str, Any] = {
        "account": "a",
        "user": "u",
        "password": "p",
        "warehouse": "w",
        "database": "d",
        "schema": "s",
    }
    with pytest.raises(ConfigError, match=variable):
        Snowflake(**whole | changes)


def test_nothing_is_written_to_a_home_that_cannot_be(settings: Settings, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    program = (
        "import asyncio, json, sys; from app.gong_webhook.warehouse.snowflake import Snowflake;"
        "asyncio.run(Snowflake(**json.loads(sys.argv[1])).migrate())"
    )
    environ = {"HOME": str(home), "SNOWFLAKE_DISABLE_PLATFORM_DETECTION": "true", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", program, json.dumps(settings)]
    done = subprocess.run(command, cwd=snowflake_standin.ROOT, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(home.iterdir()) == []
