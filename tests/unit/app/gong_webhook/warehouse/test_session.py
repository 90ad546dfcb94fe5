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


async def test_a_connection_is_used_again_until_it_is_old(snowflake_url: str) -> None:
    clock = [0.0]
    address = urlsplit(snowflake_url)
    options: dict[str, Any] = {
        "account": "a",
        "user": "u",
        "password": "p",
        "protocol": "http",
        "host": address.hostname,
    }
    options |= {"port": address.port, "enable_server_session_keep_alive_auto_detection": False}
    session = Session(options, statement_seconds=30.0, clock=lambda: clock[0])
    httpx2.post(f"{snowflake_url}/faults", json=[])
    logins = []
    for clock[0] in (0.0, OLDEST_SECONDS, OLDEST_SECONDS + 1):
        assert await session.run(one) == 1
        logins.append(httpx2.get(f"{snowflake_url}/statements").json()["logins"])
    assert logins == [1, 1, 2]
    await session.close()
