"""A service as its users start it: a module of this repository, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2

from tests.servers.counted import counted

ROOT = Path(__file__).parents[2]
# the first import of pipecat on a machine that does much else
PATIENCE_SECONDS = 180.0


def bare_environment() -> dict[str, str]:
    """Nothing of the machine's own but what Python needs."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def ended(module: str, environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the module, with what it said."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=dict(environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


class Program:
    """`url`: where it listens, without a slash at its end; `environment` says at which PORT."""

    def __init__(self, module: str, role: str, environment: Mapping[str, str], log: Path) -> None:
        self.environment = dict(environment)
        self.port = int(self.environment["PORT"])
        self.url = f"http://127.0.0.1:{self.port}"
        self._module = module
        self._role = role
        self._log = log
        self.start()

    def start(self) -> None:
        """On the same port as before."""
        command = [sys.executable, "-m", self._module, self._role]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=log, stderr=log)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def text(self) -> str:
        return self._log.read_text()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it has logged so far."""
        # the last one may be on its way
        return [json.loads(line) for line in self.text.splitlines(keepends=True) if line.endswith("\n")]

    def metric(self, series: str) -> float:
        """Raises KeyError for a series that is not there."""
        return counted(httpx2.get(f"{self.url}/metrics").text)[series]

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Another command with the settings of this process, such as drain."""
        return ended(self._module, self.environment | variables, *arguments)

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Its exit status, when it has ended."""
        return self._process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """As kill -9 does: nobody is told."""
        self._process.kill()
        self._process.wait()

    def wait_until(self, has_come: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not has_come():
            assert self._process.poll() is None, f"it ended:\n{self.text}"
            assert time.monotonic() < deadline, f"it never {what}:\n{self.text}"
            time.sleep(0.02)
