"""How many sessions one core holds, each saying one message a second, beside a bare echo of websockets.

The server has one core to itself, and the load the other. The number of sessions is doubled until the slowest
hundredth of the replies takes too long, then narrowed down; both servers take turns.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from bench.measure import ENVIRONMENT, Row, Timing
from bench.peers import ROOT
from bench.servers import LOAD_CORE, pinned, running
from bench.voice.load import Told
from bench.voice.talking import Kind

LONGEST_MILLISECONDS = 100.0
FIRST = 1_000
# how narrow the answer has to be: a twentieth
PRECISION = 0.05
# that a server may have open besides its sessions: the service keeps some for clients that are on their way
OTHER_FILES = 3_000
# a load that is later measures itself
LATEST_MILLISECONDS = 25.0
# one slow moment of the machine decides nothing
TRIES = 2
SERVICE = [sys.executable, "-m", "app.dv_pipecat", "serve"]
HEALTH = "/pc/v1/healthcheck"


class Program(NamedTuple):
    command: Sequence[str]
    ready: str


PROGRAMS: dict[Kind, Program] = {
    "ours": Program(SERVICE, HEALTH),
    "peer": Program([sys.executable, "-m", "bench.voice.echo"], "/ready"),
}


class Sessions(Timing):
    """The share of a core that a session takes, which reads better as how many a core holds."""

    def __str__(self) -> str:
        return f"{1 / self.median:.0f} sessions"


class Search:
    """`most`: sessions that there can be, whatever the server could do; `held`: as many as it answered in time."""

    def __init__(self, kind: Kind, most: int) -> None:
        self._kind: Kind = kind
        self._most = most
        self._too_many: int | None = None
        self.held = 0
        self.told: Told | None = None

    @property
    def is_over(self) -> bool:
        top = self._too_many or self._most
        return self.held >= self._most or top - self.held <= top * PRECISION

    def step(self) -> None:
        doubled = min(self._most, 2 * self.held or FIRST)
        count = doubled if self._too_many is None else (self.held + self._too_many) // 2
        for _ in range(TRIES):
            told = _measured(self._kind, count, self._most)
            if told.p99 <= LONGEST_MILLISECONDS and not told.unanswered:
                self.held, self.told = count, told
                return
        if not self.held:
            raise RuntimeError(f"not even {count} sessions are held: {told}")
        self._too_many = count

    def timing(self) -> Timing:
        return Sessions((1 / self.held,))

    def spent(self) -> float:
        """Seconds of the core a message."""
        assert self.told is not None
        return self.told.server_share / self.held

    def __str__(self) -> str:
        told = self.told
        assert told is not None
        end = " (no more files)" if self.held == self._most else ""
        shares = f"{told.server_share:.0%} of the core (load {told.load_share:.0%}, {told.late:.0f} ms late)"
        return f"{self.held}{end}, p99 {told.p99:.0f} ms, {shares}, {told.memory / 1000:.0f} KB a session"


def rows() -> Iterator[Row]:
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    ours, peer = searches = Search("ours", files - OTHER_FILES), Search("peer", files - OTHER_FILES)
    while not all(search.is_over for search in searches):
        for search in searches:
            if not search.is_over:
                search.step()
    note = f"echo of websockets on uvloop; ours: {ours}; peer: {peer}"
    what = f"a message a second each on one core, p99 within {LONGEST_MILLISECONDS:.0f} ms"
    yield Row(what, ours.timing(), peer.timing(), note)
    yield Row("time of the core a message, with so many", Timing((ours.spent(),)), Timing((peer.spent(),)), "as above")


def _measured(kind: Kind, count: int, most: int) -> Told:
    """Again where something else kept the load waiting. Raises RuntimeError where nothing can be measured."""
    for _ in range(TRIES):
        told = _loaded(kind, count, most)
        print(f"bench: {kind}, {count} sessions: {told}", file=sys.stderr)
        if told.late <= LATEST_MILLISECONDS:
            return told
    raise RuntimeError(f"the load is late: {told}")


def _loaded(kind: Kind, count: int, most: int) -> Told:
    program = PROGRAMS[kind]
    with tempfile.TemporaryDirectory() as folder:
        variables = {"MAX_SESSIONS": str(most), "RUN_DIR": folder}
        with running(program.command, variables, program.ready) as server:
            arguments = [kind, server.url.rpartition(":")[2], str(server.pid), str(count)]
            load = pinned(LOAD_CORE, [sys.executable, "-m", "bench.voice.load", *arguments])
            told = subprocess.run(load, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True).stdout
    return msgspec.json.decode(told, type=Told)
