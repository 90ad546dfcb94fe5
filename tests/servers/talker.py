"""A client that holds a session as long as it likes, on whichever pod, and checks each answer that it gets."""

from __future__ import annotations

import asyncio
import random
import re
import time
from contextlib import AsyncExitStack
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from app.dv_pipecat.conversation.echo import MOST_MESSAGES
from tests.servers.websocket import Client, connected

# what a pod tells another of a session
MOST_TURNS = MOST_MESSAGES // 2
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 0.8


class Talker:
    """`url`: where it connects the next time; `turns`: answered so far; `session`: what the greeting said.

    `pods`: that it was on, the present one last.
    """

    def __init__(self, url: str, name: str) -> None:
        self.turns = 0
        self.pods: list[str] = []
        self.session: dict[str, Any] = {}
        self.url = url
        self._name = name
        self._connection = AsyncExitStack()
        self.client: Client

    async def begin(self) -> None:
        await self._connect("")
        assert (self.session["resumed"], self.session["turns"]) == (False, 0)

    async def resume(self) -> None:
        """Goes on with the session on a new connection."""
        before = self.session
        await self._connect(f"?resume={before['resume']}")
        assert (self.session["id"], self.session["resumed"]) == (before["id"], True)
        assert self.session["resume"] != before["resume"]

    async def turn(self) -> None:
        """Of the answer there is all, once and in order, or nothing."""
        words = f"{self._name}, turn {self.turns}"
        heard: list[tuple[str, Any]] = []
        try:
            await self.client.say(words)
            for _ in range(3):
                message = await self.client.next()
                heard.append((message["type"], message.get("data")))
        except ConnectionClosed:
            assert heard == []
            raise
        assert heard == [("bot-llm-started", None), ("bot-llm-text", {"text": words}), ("bot-llm-stopped", None)]
        self.turns += 1

    async def talk(self, seconds: float, over: asyncio.Event) -> None:
        """Turn after turn for so long, or until it is over; who is asked to move does."""
        end = time.monotonic() + seconds
        while not self.turns or not (over.is_set() or time.monotonic() > end):
            try:
                await self.turn()
            except ConnectionClosed as closed:
                await self.move(closed)
            await asyncio.sleep(random.uniform(SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS))

    async def leave(self) -> None:
        """Nothing is left to be heard. Who is asked to move at that very moment moves first."""
        while (closed := await self._say_goodbye()).rcvd is None or closed.rcvd.code != CloseCode.NORMAL_CLOSURE:
            await self.move(closed)
        await self._connection.aclose()

    async def listen(self) -> ConnectionClosed:
        """Until the connection is closed; nothing is heard before."""
        try:
            late = await self.client.next()
        except ConnectionClosed as closed:
            return closed
        raise AssertionError(f"after the last answer came {late}")

    async def move(self, closed: ConnectionClosed) -> None:
        """Goes on on another pod, as it is told, and finds every turn there."""
        assert closed.rcvd is not None, "the connection was cut"
        assert closed.rcvd.code == CloseCode.SERVICE_RESTART
        token = re.search(r"; resume=(\S+)$", closed.rcvd.reason)
        assert token is not None
        assert token[1] == self.session["resume"]
        await self.resume()
        assert self.session["turns"] == min(self.turns, MOST_TURNS)
        assert self.pods[-1] != self.pods[-2]

    async def _say_goodbye(self) -> ConnectionClosed:
        try:
            await self.client.send("disconnect-bot")
        except ConnectionClosed as closed:
            return closed
        return await self.listen()

    async def _connect(self, query: str) -> None:
        """Once: who is refused, or led to nobody, sees it as an error."""
        await self._connection.aclose()
        self.client = await self._connection.enter_async_context(connected(self.url + query))
        greeting = await self.client.next()
        assert greeting["type"] == "server-message"
        self.session = greeting["data"]["session"]
        self.pods.append(self.session["pod"])
