"""Holds voice sessions and talks in each: `python -m tests.cluster.standins.talk --sessions 200`.

Says so when every session has had a turn, and at its end what became of all; tests/cluster/standins/told.py tells how
it is asked to end.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence
from typing import Any

from tests.cluster.standins import told
from tests.cluster.standins.sessions import FIRST_WAIT_SECONDS, Counts, OverError, Session

URL = "ws://dv-pipecat/pc/v1/ws"


class Talking:
    def __init__(self, url: str, sessions: int, pause: float) -> None:
        """`pause`: seconds between two turns of a session, on average."""
        self._url = url
        self._pause = pause
        self._counts = Counts()
        self._sessions: set[Session] = set()
        self._waiting = sessions
        self._over = asyncio.Event()

    def report(self) -> dict[str, Any]:
        """The counts, and how many sessions are `open` at this moment."""
        return vars(self._counts) | {"open": sum(session.is_open for session in self._sessions)}

    async def run(self) -> dict[str, Any]:
        told.listen(self._over, self.report)
        async with asyncio.TaskGroup() as group:
            for number in range(self._waiting):
                group.create_task(self._hold(f"client {number}"))
        return self.report()

    async def _hold(self, name: str) -> None:
        """One session after the other, should one end."""
        number = 0
        while not self._over.is_set():
            number += 1
            session = Session(self._url, f"{name}, session {number}", self._counts)
            self._sessions.add(session)
            try:
                await session.open()
                await session.turn()
                self._talks(number)
                await self._talk(session)
                await session.leave()
            except OverError as over:
                self._counts.ended.append(f"{name}: {over}")
                await asyncio.sleep(FIRST_WAIT_SECONDS)
            self._sessions.discard(session)

    async def _talk(self, session: Session) -> None:
        while not self._over.is_set():
            await asyncio.sleep(random.uniform(0.5, 1.5) * self._pause)
            await session.turn()

    def _talks(self, number: int) -> None:
        self._waiting -= number == 1
        if number == 1 and not self._waiting:
            told.say({"began": self._counts.opened})


async def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="talk", description=(__doc__ or "").splitlines()[0].partition(":")[0] + ".")
    parser.add_argument("--url", default=URL)
    parser.add_argument("--sessions", type=int, default=20, help="how many, all the time")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two turns of a session, on average")
    given = parser.parse_args(words)
    told.say(await Talking(given.url, given.sessions, given.pause).run())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
