"""Says what it hears: needs no key and no network, and is the whole of a session but for the language model."""

from __future__ import annotations

from collections.abc import Collection

from app.dv_pipecat import rtvi
from app.dv_pipecat.connection import Connection
from app.dv_pipecat.model import Message

# that a session on another pod is told of what was said before
MOST_MESSAGES = 40


class Echo:
    takes: Collection[str] = frozenset({rtvi.READY, rtvi.SAY, rtvi.LEAVE})
    binary = False

    async def hold(self, connection: Connection, about: dict[str, str]) -> None:
        history = list(connection.history)
        while (event := await connection.receive())["type"] != "websocket.disconnect":
            said = event["said"]
            if said.type == rtvi.LEAVE:
                return
            if said.type == rtvi.READY:
                ready = {"version": rtvi.PROTOCOL_VERSION, "about": about}
                await connection.send_text(rtvi.encode("bot-ready", ready, said.id))
                continue
            await self._reply(connection, said.content)
            history += [Message("user", said.content), Message("assistant", said.content)]
            del history[:-MOST_MESSAGES]
            connection.remember(history)

    async def _reply(self, connection: Connection, words: str) -> None:
        await connection.send_text(rtvi.STARTED)
        connection.replied()
        await connection.send_text(rtvi.text(words))
        await connection.send_text(rtvi.STOPPED)
