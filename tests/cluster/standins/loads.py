"""Runs a program that makes load, in the cluster or here, while a test does something else."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.cluster.handle import Cluster

ROOT = Path(__file__).parents[3]
BEGIN_SECONDS = 180.0
# until each request in flight has been answered or given up
END_SECONDS = 420.0
REPORT_SECONDS = 60.0
MODULE = "tests.cluster.standins"


class Load:
    """A program that tests/cluster/standins/told.py leads. `ended`: what it said at its end."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], first_line: str) -> None:
        self._process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._errors: queue.Queue[str] = queue.Queue()
        self._readers: list[threading.Thread] = []
        for stream, lines in ((self._process.stdout, self._lines), (self._process.stderr, self._errors)):
            assert stream is not None
            self._readers.append(threading.Thread(target=_read, args=(stream, lines)))
            self._readers[-1].start()
        self.ended: dict[str, Any] = {}
        if first_line:
            self._write(first_line)

    def begin(self) -> None:
        """Returns when it makes its load."""
        said = self._next(BEGIN_SECONDS)
        assert "began" in said, f"it ended before it began: {said}"

    def report(self) -> dict[str, Any]:
        """How it goes."""
        self._write("report")
        return self._next(REPORT_SECONDS)

    def stop(self) -> dict[str, Any]:
        """What became of all; the same when asked again."""
        if not self.ended:
            self._write("end")
            self.ended = self._next(END_SECONDS)
            self._process.wait(END_SECONDS)
        return self.ended

    def wait(self) -> dict[str, Any]:
        """The same, of one that was told how much to send: it is not asked to end before."""
        if not self.ended:
            self.ended = self._next(END_SECONDS)
            self._process.wait(END_SECONDS)
        return self.ended

    def kill(self) -> None:
        with self._process:
            self._process.kill()
            for reader in self._readers:
                reader.join()

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def _next(self, seconds: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"it says nothing for {seconds:g} s: {self._complaints()}") from None
        assert line, f"it ended: {self._complaints()}"
        said: dict[str, Any] = json.loads(line)
        return said

    def _complaints(self) -> str:
        said = []
        while not self._errors.empty():
            said.append(self._errors.get())
        return "".join(said)


@contextmanager
def in_cluster(cluster: Cluster, namespace: str, name: str, *arguments: str, key: str = "") -> Iterator[Load]:
    """From a pod: `name` is events or talk, which `stand_in` has put there. `key`: for events, instead of the usual."""
    pod = ["kubectl", f"--namespace={namespace}", "exec", "--stdin", f"deployment/{name}", "--"]
    with _running([*pod, "python", "-m", f"{MODULE}.{name}", *arguments], cluster.environment, key) as load:
        yield load


@contextmanager
def from_here(name: str, *arguments: str, key: str = "") -> Iterator[Load]:
    """From this machine, which goes on when the API server does not: name the --url of an address that leads there."""
    with _running([sys.executable, "-m", f"{MODULE}.{name}", *arguments], os.environ, key) as load:
        yield load


@contextmanager
def _running(command: Sequence[str], environment: Mapping[str, str], key: str) -> Iterator[Load]:
    load = Load([*command, "--key-on-input"] if key else command, environment, key)
    try:
        load.begin()
        yield load
    finally:
        load.kill()


def _read(stream: IO[bytes], lines: queue.Queue[str]) -> None:
    """An empty line is the end."""
    for line in stream:
        lines.put(line.decode(errors="replace"))
    lines.put("")
