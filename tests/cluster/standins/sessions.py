"""A client of the voice service that does what docs/dv-pipecat.md asks of it, and counts what it meets.

It reconnects with its token, and waits when it is refused.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.frames import CloseCode

from app.dv_pipecat.conversation.echo import MOST_MESSAGES
from tests.servers.websocket import Client, connected

# what a pod is told of a session that echoes
MOST_TURNS = MOST_MESSAGES // 2
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 5.0
# longer than any token is good for
GIVE_UP_SECONDS = 300.0
EXAMPLES = 20
# after these a client goes on with its token; without a code the connection was lost
RESUMED = {CloseCode.GOING_AWAY, CloseCode.INTERNAL_ERROR, CloseCode.SERVICE_RESTART, 4003}
LOST = "lost"


class OverError(Exception):
    """A session that cannot be gone on with; its message says why."""


@dataclass
class Counts:
    """`opened`: sessions; `sent`: messages, each until it was answered; `answered`: once, whole and in order.

    `reconnects`: by the close code before, or lost; `refused`: connections that became no session, by code, HTTP status
    or name. What must not be: `forgotten` turns, that the next pod did not know; `unheard` ones, that it knew and whose
    answer never came; `cut` answers, of which a part came before the connection closed; `wrong` ones, with what came
    instead; `ended`, sessions that could not be gone on with.
    """

    opened: int = 0
    sent: int = 0
    answered: int = 0
    forgotten: int = 0
    unheard: int = 0
    cut: int = 0
    reconnects: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    pods: Counter[str] = field(default_factory=Counter)
    tracks: Counter[str] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)

    def greeted(self, session: dict[str, Any]) -> None:
        self.pods[session["pod"]] += 1
        self.tracks[session["track"]] += 1
        self.versions[session["version"]] += 1


class Session:
    """`known`: turns that the service is to know of."""

    def __init__(self, url: str, name: str, counts: Counts) -> None:
        self._url = url
        self._name = name
        self._counts = counts
        self._connection = AsyncExitStack()
        self._client: Client
        self._token = ""
        self._known = 0
        self._turn = 0
        self.is_open = False

    async def open(self) -> None:
        session = await self._connect()
        self._counts.opened += 1
        self._known = session["turns"]

    async def turn(self) -> None:
        """Until it is answered, on whichever pod. Raises OverError."""
        self._turn += 1
        words = f"{self._name}, turn {self._turn}."
        self._counts.sent += 1
        known = self._known
        while True:
            try:
                await self._hear(words)
            except (ConnectionClosed, TimeoutError) as closed:
                await self._resume(closed)
                if self._known > known:
                    self._counts.unheard += 1
                    return
                known = self._known
            else:
                self._counts.answered += 1
                self._known += 1
                return

    async def leave(self) -> None:
        """As one who has nothing to say any more; who is asked to move at that very moment moves first."""
        while self.is_open:
            try:
                await self._client.send("disconnect-bot")
                self._wrong(f"after the last answer came {await self._client.next()}")
            except ConnectionClosed as closed:
                if _code(closed) == str(int(CloseCode.NORMAL_CLOSURE)):
                    break
                await self._resume(closed)
            except TimeoutError as closed:
                await self._resume(closed)
        await self._close()

    async def _hear(self, words: str) -> None:
        heard: list[tuple[str, Any]] = []
        try:
            await self._client.say(words)
            while not heard or heard[-1][0] != "bot-llm-stopped":
                message = await self._client.next()
                heard.append((message["type"], message.get("data")))
        except (ConnectionClosed, TimeoutError):
            self._counts.cut += bool(heard)
            raise
        first, *pieces, _ = [kind for kind, _ in heard]
        said = "".join(data["text"] for kind, data in heard if kind == "bot-llm-text")
        if (first, set(pieces), said.count(words)) != ("bot-llm-started", {"bot-llm-text"}, 1):
            self._wrong(f"to {words!r} the answer was {heard}")

    async def _resume(self, closed: BaseException) -> None:
        """Raises OverError."""
        code = _code(closed)
        if code != LOST and int(code) not in RESUMED:
            raise OverError(f"closed with {closed}")
        self._counts.reconnects[code] += 1
        session = await self._connect()
        kept = min(self._known, MOST_TURNS) if session["conversation"] == "echo" else self._known
        self._counts.forgotten += max(0, kept - session["turns"])
        self._known = session["turns"] if session["turns"] != kept else self._known

    async def _connect(self) -> dict[str, Any]:
        """With the token, if there is one, until a pod takes it. Raises OverError."""
        deadline, wait = time.monotonic() + GIVE_UP_SECONDS, FIRST_WAIT_SECONDS
        while True:
            await self._drop()
            try:
                return await self._greeted()
            except ConnectionClosed as closed:
                self._refused(_code(closed), closed, deadline)
            except InvalidStatus as status:
                self._refused(str(status.response.status_code), status, deadline)
            except (InvalidHandshake, OSError) as error:
                self._refused(type(error).__name__, error, deadline)
            await asyncio.sleep(random.uniform(0, wait))
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)

    async def _greeted(self) -> dict[str, Any]:
        query = f"?resume={self._token}" if self._token else ""
        self._client = await self._connection.enter_async_context(connected(self._url + query))
        session: dict[str, Any] = (await self._client.next())["data"]["session"]
        if bool(self._token) != session["resumed"]:
            raise OverError(f"its token {'led to a new session' if self._token else 'was never given'}")
        self._token = session["resume"]
        self._counts.greeted(session)
        self.is_open = True
        return session

    def _refused(self, kind: str, error: BaseException, deadline: float) -> None:
        """Raises OverError where trying again is of no use, or has been for long."""
        self._counts.refused[kind] += 1
        if kind.startswith("4") and len(kind) == len("4005"):
            raise OverError(f"refused with {error}")
        if time.monotonic() > deadline:
            raise OverError(f"refused for {GIVE_UP_SECONDS:g} s: {error}")

    async def _drop(self) -> None:
        """As one who comes back: closing with 1000 would end the session."""
        if self.is_open:
            await self._client.websocket.close(CloseCode.GOING_AWAY)
        await self._close()

    async def _close(self) -> None:
        self.is_open = False
        await self._connection.aclose()

    def _wrong(self, what: str) -> None:
        if len(self._counts.wrong) < EXAMPLES:
            self._counts.wrong.append(what)


def _code(closed: BaseException) -> str:
    """That the service closed with; what has none was lost."""
    received = closed.rcvd if isinstance(closed, ConnectionClosed) else None
    return str(received.code) if received else LOST
