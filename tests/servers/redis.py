"""A real Redis in a folder of its own, which can be killed and started again where it was."""

from __future__ import annotations

import random
import socket
import subprocess
import time
from itertools import count
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as Disconnected

START_SECONDS = 60.0
# below what Linux gives to clients; two runs at once begin elsewhere
FIRST_PORT, LAST_PORT = 20_000, 32_000
_PORTS = (FIRST_PORT + number % (LAST_PORT - FIRST_PORT) for number in count(random.randrange(LAST_PORT - FIRST_PORT)))


class RedisServer:
    """On a free port of the loopback, with an append-only file. `options`: as on redis-server's command line."""

    def __init__(self, program: Path, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [str(program), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
        self._command += ["--logfile", "redis.log", "--save", "", "--appendonly", "yes", *options]
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError("redis-server does not start; its log is redis.log in its folder")
            time.sleep(0.01)

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """As kill -9 does: nothing is written any more."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def flush(self) -> None:
        with Redis.from_url(self.url) as client:
            client.flushall()

    def configure(self, name: str, value: str) -> None:
        with Redis.from_url(self.url) as client:
            client.config_set(name, value)

    def _answers(self) -> bool:
        with Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except Disconnected:  # also while it reads its file
                return False


def free_port() -> int:
    """Not one of those that the system gives to clients, who may come before the server does; each once in a while."""
    for port in _PORTS:
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("they never end")
