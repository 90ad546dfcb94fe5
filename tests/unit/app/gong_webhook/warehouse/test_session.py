"""How long a connection is used."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from app.gong_webhook.warehouse.session import OLDEST_SECONDS, Execute, Session
from app.gong_webhook.warehouse.statements import Statement

pytestmark = pytest.mark.anyio


async def one(execute: Execute) -> int:
    [(found,)] = await execute(Statement("SELECT 1"))
    return int(found)


def options(url: str) -> dict[str, Any]:
    address = urlsplit(url)
    found = {"account": "a", "user": "u", "password": "p", "protocol": "http", "host": address.hostname}
    return found | {"port": address.port, "enable_server_session_keep_alive_auto_detection": False}


def logins(url: str) -> int:
    found: int = httpx2.get(f"{url}/statements").json()["logins"]
    return found


async def test_a_connection_is_used_again_until_it_is_old(snowflake_url: str) -> None:
    clock = [0.0]
    session = Session(options(snowflake_url), statement_seconds=30.0, clock=lambda: clock[0])
    httpx2.post(f"{snowflake_url}/faults", json=[])
    counted = []
    for clock[0] in (0.0, OLDEST_SECONDS, OLDEST_SECONDS + 1):
        assert await session.run(one) == 1
        counted.append(logins(snowflake_url))
    assert counted == [1, 1, 2]
    await session.close()


async def test_after_any_failure_nothing_runs_in_the_transaction_that_it_left_open(snowflake_url: str) -> None:
    async def fails(execute: Execute) -> None:
        await execute(Statement("BEGIN"))
        raise RuntimeError("of the connector's own")

    session = Session(options(snowflake_url), statement_seconds=30.0)
    httpx2.post(f"{snowflake_url}/faults", json=[])
    with pytest.raises(RuntimeError):
        await session.run(fails)
    assert await session.run(one) == 1
    assert logins(snowflake_url) == 2
    await session.close()
