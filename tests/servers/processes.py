"""The service as its users start it: `python -m app.gong_webhook`, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.servers.redis import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0
# of the laptop's own
SECRET = "hs256:for-this-laptop-only-not-for-production"  # noqa: S105  guards nothing


class Process:
    """`url`: where it listens; `lines`: what it has logged so far. `module` is what is run, `role` its command."""

    def __init__(
        self, role: str, folder: Path, environment: Mapping[str, str], module: str = "app.gong_webhook"
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = settings(folder) | {"PORT": str(self.port)} | dict(environment)
        self._log = folder / f"{role}-{self.port}.log"
        self._command = [sys.executable, "-m", module, role]
        self.start()

    def start(self) -> None:
        """On the same port as before."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self.environment, cwd=ROOT, stdout=log, stderr=log)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def text(self) -> str:
        return self._log.read_text()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/health?ready").is_success
        except httpx2.HTTPError:
            return False

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            assert self._process.poll() is None, f"it ended:\n{self.text}"
            assert time.monotonic() < deadline, f"it does not start:\n{self.text}"
            time.sleep(0.02)

    def metric(self, series: str) -> float:
        lines = httpx2.get(f"{self.url}/metrics").text.splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == series)

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        return self._process.wait(timeout=60)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Another command with the settings of this process."""
        return command(self.environment | variables, *arguments)


def settings(folder: Path) -> dict[str, str]:
    """An environment with nothing of the machine's own but what Python needs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "DATA_DIR": str(folder / "data"),
        "RUN_DIR": str(folder / "run"),
        "GONG_WEBHOOK_SECRETS": SECRET,
        "PUBLIC_WEBHOOK_URL": "https://hooks.sophia.example/webhooks/gong",
    }


def command(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.gong_webhook", *arguments],
        env=dict(environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def started(role: str, folder: Path, **environment: str) -> Iterator[Process]:
    process = Process(role, folder, environment)
    try:
        process.wait_until_ready()
        yield process
    finally:
        process.terminate()
        process.wait()
