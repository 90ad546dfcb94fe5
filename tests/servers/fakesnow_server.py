"""A Snowflake made of DuckDB that connector 5 can log in to, and that misbehaves when told to.

It runs in an environment of its own, because fakesnow needs a connector before 5:
`.tools/fakesnow/bin/python tests/servers/fakesnow_server.py --port 8090 [--db-path FOLDER]`.

`GET /statements` gives the statements so far. `POST /faults` with `[{"kind": "expired", "when": "MERGE"}]` makes the
next statement that begins so fail, once; kinds are in tests/servers/fakesnow_answers.py.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import secrets
import socket
import sys
from collections import defaultdict
from http import HTTPStatus
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.responses import JSONResponse, Response

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[2])

from tests.servers.fakesnow_answers import FAULTS, decoded, misbehave, refusal, token_of, whole

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# `fakesnow.server` is a function too, which hides the module
server: Any = importlib.import_module("fakesnow.server")
macros: Any = importlib.import_module("fakesnow.macros")
info_schema: Any = importlib.import_module("fakesnow.info_schema")
WRONG_PASSWORD = "wrong"  # noqa: S105 - the one that is refused; every other one is right
TOKEN_SECONDS = 3600
# then Snowflake aborts an idle transaction that blocks another
IDLE_SECONDS = 300.0
FLATTEN = """CREATE OR REPLACE MACRO ${catalog}._fs_flatten(input) AS TABLE
SELECT 0 AS SEQ, NULL AS KEY, NULL AS PATH, NULL AS INDEX, UNNEST(CAST(input AS JSON[])) AS VALUE, NULL AS THIS"""
ENDING = {"expired", "gone", "token"}


class Snowflake:
    """fakesnow's server with what connector 5 wants at login, Snowflake's limits and locks, and faults on request."""

    def __init__(self, app: ASGIApp, idle_seconds: float = IDLE_SECONDS) -> None:
        self.app = app
        self.idle_seconds = idle_seconds
        self.faults: list[dict[str, str]] = []
        self.statements: list[str] = []
        self.logins = 0
        # DuckDB aborts the second of two writers where Snowflake lets it wait: here it waits
        self.writing = asyncio.Lock()
        self.writer: str | None = None
        self.written = 0
        # of each session: held by the statement that runs
        self.running: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await whole(receive)
        answers = {
            "/statements": self.tell,
            "/faults": self.take_faults,
            "/session/v1/login-request": self.login,
            "/session": self.session,
            "/telemetry/send": self.heard,
            "/queries/v1/query-request": self.query,
        }
        answer = answers.get(scope["path"], self.passed_on)
        await (await answer(scope, body))(scope, receive, send)

    async def passed_on(self, scope: Scope, body: bytes) -> Response:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return Response(content, sent[0]["status"], media_type="application/json")

    async def tell(self, _scope: Scope, _body: bytes) -> ASGIApp:
        return JSONResponse({"statements": self.statements, "logins": self.logins})

    async def take_faults(self, _scope: Scope, body: bytes) -> ASGIApp:
        self.faults, self.statements, self.logins = json.loads(body), [], 0
        return JSONResponse({})

    async def heard(self, _scope: Scope, _body: bytes) -> ASGIApp:
        return JSONResponse({"success": True})

    async def login(self, scope: Scope, body: bytes) -> ASGIApp:
        self.logins += 1
        if decoded(scope, body)["data"].get("PASSWORD") == WRONG_PASSWORD:
            return refusal("390100", "Incorrect username or password was specified.")
        response = await self.passed_on(scope, body)
        answer = json.loads(bytes(response.body))
        answer["data"] |= {
            "masterToken": secrets.token_urlsafe(),
            "validityInSeconds": TOKEN_SECONDS,
            "masterValidityInSeconds": TOKEN_SECONDS,
            "sessionId": self.logins,
        }
        return JSONResponse(answer)

    async def session(self, scope: Scope, body: bytes) -> ASGIApp:
        if b"delete=true" in scope["query_string"].lower():
            await self.roll_back(token_of(scope))
        return await self.passed_on(scope, body)

    async def query(self, scope: Scope, body: bytes) -> ASGIApp:
        sql = decoded(scope, body)["sqlText"].strip()
        self.statements.append(sql)
        fault = next((fault for fault in self.faults if sql.upper().startswith(fault["when"].upper())), None)
        if fault:
            self.faults.remove(fault)
            if fault["kind"] in ENDING:
                await self.roll_back(token_of(scope))
            return await misbehave(fault["kind"])
        return await self.in_turn(sql.upper(), scope, body)

    async def in_turn(self, sql: str, scope: Scope, body: bytes) -> ASGIApp:
        token = token_of(scope)
        if sql.startswith("BEGIN"):
            await self.acquire()
            if token not in server.sessions:
                self.writing.release()
                return refusal(*FAULTS["gone"])
            self.writer = token
        try:
            async with self.running[token]:
                response = await self.passed_on(scope, body)
                self.written += self.writer == token
            # fakesnow breaks on data that Snowflake refuses
            return refusal(*FAULTS["invalid"]) if response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR else response
        finally:
            if sql.startswith(("COMMIT", "ROLLBACK")) and self.writer == token:
                self.release()

    async def acquire(self) -> None:
        """The one lock; from a writer that lets nothing run for long."""
        while True:
            before = self.writer, self.written
            try:
                async with asyncio.timeout(self.idle_seconds):
                    await self.writing.acquire()
            except TimeoutError:
                if self.writer and before == (self.writer, self.written) and not self.running[self.writer].locked():
                    await self.roll_back(self.writer)
            else:
                return

    async def roll_back(self, token: str) -> None:
        async with self.running[token]:
            if self.writer == token:
                server.sessions[token].rollback()
                self.release()

    def release(self) -> None:
        self.writer = None
        self.writing.release()


def found(folder: str) -> list[str]:
    """The databases that an earlier process left there."""
    return [path.stem for path in Path(folder).glob("*.db")]


def main() -> None:
    parser = argparse.ArgumentParser(description="A Snowflake made of DuckDB, for tests and laptops.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--db-path", help="a folder that exists; without it nothing outlives the process")
    parser.add_argument("--idle-seconds", type=float, default=IDLE_SECONDS, help="before a lock is taken away")
    arguments = parser.parse_args()
    # Snowflake has no database until somebody creates it
    server.shared_fs = server.FakeSnow(
        create_database_on_connect=False, create_schema_on_connect=False, db_path=arguments.db_path
    )
    for database in found(arguments.db_path) if arguments.db_path else []:
        # fakesnow opens a file when its database is created, and leaves what is in it
        server.shared_fs.connect().cursor().execute(f'CREATE DATABASE IF NOT EXISTS "{database}"')
    listening = socket.create_server((arguments.host, arguments.port))
    # asyncio sees to it only for sockets that name their protocol; without it each answer takes 40 ms more
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(f"http://{arguments.host}:{listening.getsockname()[1]}", flush=True)
    app = Snowflake(server.app, arguments.idle_seconds)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=0)
    # fakesnow's MERGE notes a comment that there is not, in a second database, which DuckDB forbids in a transaction
    info_schema.insert_table_comment_sql = lambda *_: "SELECT 1"
    # fakesnow's own takes minutes for a few thousand rows
    macros.FS_FLATTEN = Template(FLATTEN)
    # it prints statements with all their data
    server.logger.disabled = True
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
