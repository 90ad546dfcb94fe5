"""Holds sessions with a server, each of which says one message a second: `python -m bench.voice.load KIND PORT PID N`.

Prints one line of JSON. A reply's time counts from when its message was due, not from when it went out: a server that
keeps the load waiting would otherwise look fast.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import sys
import time
from pathlib import Path
from typing import NamedTuple, cast

import msgspec
import uvloop

from bench.voice.talking import Kind, Session

WARM_SECONDS = 2
SECONDS = 6
# for the last replies
LAST_SECONDS = 5.0
LOOK_SECONDS = 0.05
AT_ONCE = 200
# for so many
CONNECT_SECONDS = 30.0
TICK_SECONDS = 0.001
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
HERE = "127.0.0.1"


class Told(NamedTuple):
    """Milliseconds; shares of a core; bytes. `late`: of the load itself, beyond which no latency means anything."""

    messages: int
    unanswered: int
    median: float
    p99: float
    late: float
    load_share: float
    server_share: float
    memory: float


class Load:
    def __init__(self, kind: Kind, port: int, pid: int, sessions: int) -> None:
        self._kind: Kind = kind
        self._port = port
        self._pid = pid
        self._count = sessions
        self._sessions: list[Session] = []
        self._start = 0.0
        self._took: list[float] = []
        self._late: list[float] = []

    async def run(self) -> Told:
        before = _memory(self._pid)
        await self._connect()
        # a pause of the load's own collector is no latency of the server
        gc.freeze()
        gc.disable()
        await self._talk(WARM_SECONDS)
        spent, own = _cpu(self._pid), time.process_time()
        await self._talk(SECONDS)
        server_share, load_share = (_cpu(self._pid) - spent) / SECONDS, (time.process_time() - own) / SECONDS
        memory = (_memory(self._pid) - before) / self._count
        await self._wait()
        said, answered = (sum(getattr(each, name) for each in self._sessions) for name in ("said", "answered"))
        p99 = _at(self._took, 0.99)
        return Told(
            len(self._took),
            said - answered,
            _at(self._took, 0.5),
            p99,
            _at(self._late, 0.99),
            load_share,
            server_share,
            memory,
        )

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        while missing := self._count - len(self._sessions):
            opening = [
                loop.create_connection(lambda: Session(self._kind, self._replied), HERE, self._port)
                for _ in range(min(AT_ONCE, missing))
            ]
            async with asyncio.timeout(CONNECT_SECONDS):
                opened = [session for _, session in await asyncio.gather(*opening)]
                await asyncio.gather(*(session.ready for session in opened))
            self._sessions += opened
            self._check()

    async def _talk(self, seconds: int) -> None:
        """Messages are spread evenly over each second."""
        self._took.clear()
        self._late.clear()
        start, sent, count = time.perf_counter(), 0, self._count
        self._start = start
        while sent < seconds * count:
            now = time.perf_counter()
            while sent < min(seconds * count, (now - start) * count):
                due = start + sent / count
                self._sessions[sent % count].say(due)
                self._late.append(time.perf_counter() - due)
                sent += 1
            await asyncio.sleep(TICK_SECONDS)
        self._check()

    async def _wait(self) -> None:
        end = time.perf_counter() + LAST_SECONDS
        while time.perf_counter() < end and any(each.said > each.answered for each in self._sessions):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
        self._check()

    def _replied(self, due: float) -> None:
        if due >= self._start:
            self._took.append(time.perf_counter() - due)

    def _check(self) -> None:
        wrong = next((each.wrong for each in self._sessions if each.wrong), "")
        if wrong:
            raise SystemExit(wrong)


def _at(values: list[float], share: float) -> float:
    return 1000 * sorted(values)[int(len(values) * share)] if values else float("inf")


def _memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES


def _cpu(pid: int) -> float:
    """Seconds, of user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def main() -> None:
    kind, port, pid, sessions = sys.argv[1:]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    told = uvloop.run(Load(cast("Kind", kind), int(port), int(pid), int(sessions)).run())
    print(msgspec.json.encode(told).decode())


if __name__ == "__main__":
    main()
