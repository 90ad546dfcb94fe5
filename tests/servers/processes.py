"""The Gong webhook service as its users start it: `python -m app.gong_webhook`, in a process of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.servers.program import Program, bare_environment, ended
from tests.servers.redis import free_port

MODULE = "app.gong_webhook"
# of the laptop's own
SECRET = "hs256:for-this-laptop-only-not-for-production"  # noqa: S105  guards nothing


class Process(Program):
    """`module` is what is run, `role` its command."""

    def __init__(self, role: str, folder: Path, environment: Mapping[str, str], module: str = MODULE) -> None:
        port = free_port()
        log = folder / f"{role}-{port}.log"
        super().__init__(module, role, settings(folder) | {"PORT": str(port)} | dict(environment), log)

    def is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/health?ready").is_success
        except httpx2.HTTPError:
            return False

    def wait_until_ready(self) -> None:
        self.wait_until(self.is_ready, "is ready")


def settings(folder: Path) -> dict[str, str]:
    return bare_environment() | {
        "DATA_DIR": str(folder / "data"),
        "RUN_DIR": str(folder / "run"),
        "GONG_WEBHOOK_SECRETS": SECRET,
        "PUBLIC_WEBHOOK_URL": "https://hooks.sophia.example/webhooks/gong",
    }


def command(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return ended(MODULE, environment, *arguments)


@contextmanager
def started(role: str, folder: Path, **environment: str) -> Iterator[Process]:
    process = Process(role, folder, environment)
    try:
        process.wait_until_ready()
        yield process
    finally:
        process.terminate()
        process.wait()
