"""The Snowflake made of DuckDB lets the next writer in when the last one is gone, as the real one does."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from tests.servers import snowflake_standin

pytestmark = pytest.mark.anyio
# long enough to be in the middle of, wherever it runs; what is asserted does not depend on it
SLOW = "CREATE TABLE slow AS SELECT COUNT(DISTINCT a.n * b.n) AS n FROM numbers a, numbers b"
NUMBERS = "CREATE TABLE numbers AS SELECT SEQ4() AS n FROM TABLE(GENERATOR(ROWCOUNT => 3000))"
SECONDS = 120


class Session:
    """What the connector is over HTTP, so that a test can end it in the middle of a statement."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self._headers: dict[str, str] = {}

    async def log_in(self, database: str) -> None:
        data = {"data": {"LOGIN_NAME": "tests", "PASSWORD": "any", "SESSION_PARAMETERS": {}}}
        answer = await self._client.post("/session/v1/login-request", json=data)
        self._headers = {"authorization": f'Snowflake Token="{answer.json()["data"]["token"]}"'}
        for sql in ("CREATE DATABASE IF NOT EXISTS {0}", "CREATE SCHEMA IF NOT EXISTS {0}.s", "USE SCHEMA {0}.s"):
            await self.query(sql.format(database))

    async def query(self, sql: str) -> dict[str, Any]:
        answer = await self._client.post("/queries/v1/query-request", json={"sqlText": sql}, headers=self._headers)
        found: dict[str, Any] = answer.json()
        assert found["success"], found["message"]
        return found

    async def end(self) -> None:
        answer = await self._client.post("/session?delete=true", headers=self._headers)
        assert answer.json()["success"]


async def test_a_session_that_ends_in_the_middle_of_a_statement_keeps_no_lock(settings: dict[str, str]) -> None:
    async with httpx2.AsyncClient(base_url=settings["url"], timeout=SECONDS) as client:
        first, second = Session(client), Session(client)
        await first.log_in(settings["database"])
        await second.log_in(settings["database"])
        await first.query(NUMBERS)
        await first.query("BEGIN")
        running = asyncio.create_task(first.query(SLOW))
        while (await client.get("/statements")).json()["statements"][-1] != SLOW:
            pass
        await first.end()
        await second.query("BEGIN")
        await second.query("ROLLBACK")
        await running


async def test_a_transaction_that_is_idle_and_blocks_another_is_rolled_back() -> None:
    with snowflake_standin.start("--idle-seconds=0.2") as url:
        async with httpx2.AsyncClient(base_url=url, timeout=SECONDS) as client:
            first, second = Session(client), Session(client)
            await first.log_in("sophia")
            await second.log_in("sophia")
            await first.query("BEGIN")
            await first.query("CREATE TABLE t (n NUMBER)")
            await second.query("BEGIN")
            with pytest.raises(AssertionError, match="does not exist"):
                await second.query("SELECT COUNT(*) FROM t")
