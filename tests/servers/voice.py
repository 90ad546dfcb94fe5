"""The voice session service as its users start it: `python -m app.dv_pipecat`, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.servers.redis import free_port

ROOT = Path(__file__).parents[2]
# the first import of pipecat on a machine that does much else
PATIENCE_SECONDS = 180.0


class VoiceProcess:
    """`url`: where it listens, without a slash at its end; `environment` decides over what is set here, PORT too."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.port = int(environment.get("PORT") or free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self.websocket_url = f"ws://127.0.0.1:{self.port}/pc/v1/ws"
        # nothing of the machine's own but what Python needs
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        own = {"PORT": str(self.port), "RUN_DIR": str(folder / f"run-{self.port}")}
        self.environment = kept | own | dict(environment)
        self._log = folder / f"voice-{self.port}.log"
        self.start()

    def start(self) -> None:
        """On the same port as before."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command("serve"), env=self.environment, cwd=ROOT, stdout=log, stderr=log)

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

    def health(self) -> dict[str, Any]:
        """Raises httpx2.HTTPError while nobody listens."""
        found: dict[str, Any] = httpx2.get(f"{self.url}/pc/v1/healthcheck").json()
        return found

    def wait_until_healthy(self) -> None:
        self._wait_until(self._listens, "listens")

    def wait_until_empty(self) -> None:
        """No session is left."""
        self._wait_until(lambda: self.health()["sessions"] == 0, "is empty")

    def wait_until_logged(self, message: str) -> None:
        self._wait_until(lambda: any(line["message"] == message for line in self.lines), f"logs {message!r}")

    def metric(self, series: str) -> float:
        """Raises StopIteration for a series that is not there."""
        lines = httpx2.get(f"{self.url}/metrics").text.splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == series)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command with the settings of this process, such as drain."""
        return subprocess.run(
            command(*arguments),
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Its exit status, when it has ended."""
        return self._process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """As kill -9 does: nobody is told."""
        self._process.kill()
        self._process.wait()

    def _wait_until(self, has_come: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not has_come():
            assert self._process.poll() is None, f"it ended:\n{self.text}"
            assert time.monotonic() < deadline, f"it never {what}:\n{self.text}"
            time.sleep(0.02)

    def _listens(self) -> bool:
        try:
            self.health()
        except httpx2.HTTPError:
            return False
        return True


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[VoiceProcess]:
    """Healthy at the block's beginning, and gone at its end."""
    process = VoiceProcess(folder, environment)
    try:
        process.wait_until_healthy()
        yield process
    finally:
        process.kill()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "app.dv_pipecat", *arguments]
