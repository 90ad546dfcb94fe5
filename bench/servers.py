"""The programs that the services' measurements start, on the core that each is meant to have."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

from bench.measure import ENVIRONMENT
from bench.peers import ROOT
from tests.servers.counted import counted
from tests.servers.redis import RedisServer, free_port

SERVER_CORE, LOAD_CORE = sorted(os.sched_getaffinity(0))[:2]
START_SECONDS = 30.0


class Server(NamedTuple):
    url: str
    pid: int

    def metric(self, series: str) -> float:
        """Zero where /metrics does not show it."""
        with urlopen(f"{self.url}/metrics") as answer:  # noqa: S310  http of our own
            return counted(answer.read().decode()).get(series, 0.0)

    def megabytes(self) -> float:
        """Resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def running(command: Sequence[str], variables: Mapping[str, str], ready: str) -> Iterator[Server]:
    """A server on a core of its own, once its path `ready` says that it is."""
    port = free_port()
    environment = ENVIRONMENT | {"PYTHONPATH": str(ROOT), "PORT": str(port)} | dict(variables)
    process = subprocess.Popen(pinned(SERVER_CORE, command), env=environment, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url + ready, process)
        yield Server(url, process.pid)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """With an append-only file, on the core of the load."""
    server = RedisServer(Path("redis-server"), folder)
    os.sched_setaffinity(server.pid, {LOAD_CORE})
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def standin(name: str, *arguments: str) -> Iterator[str]:
    """The URL of one in tests/servers, on the core of the load."""
    command = [sys.executable, str(ROOT / "tests" / "servers" / name), *arguments]
    process = subprocess.Popen(pinned(LOAD_CORE, command), stdout=subprocess.PIPE, text=True)
    try:
        yield (process.stdout.readline() if process.stdout else "").strip()
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} does not start")
        time.sleep(0.005)


def pinned(core: int, command: Sequence[str]) -> list[str]:
    return ["taskset", "--cpu-list", str(core), *command]


def _is_ready(url: str) -> bool:
    try:
        with urlopen(url):  # noqa: S310  http of our own
            return True
    except (URLError, ConnectionError):
        return False
