"""The voice session service as its users start it: `python -m app.dv_pipecat`, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.servers.program import Program, bare_environment
from tests.servers.redis import free_port

MODULE = "app.dv_pipecat"


class VoiceProcess(Program):
    """`environment` decides over what is set here, PORT too."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        port = environment.get("PORT") or str(free_port())
        own = {"PORT": port, "RUN_DIR": str(folder / f"run-{port}")}
        log = folder / f"voice-{port}.log"
        super().__init__(MODULE, "serve", bare_environment() | own | dict(environment), log)
        self.websocket_url = f"ws://127.0.0.1:{port}/pc/v1/ws"

    def health(self) -> dict[str, Any]:
        """Raises httpx2.HTTPError while nobody listens."""
        found: dict[str, Any] = httpx2.get(f"{self.url}/pc/v1/healthcheck").json()
        return found

    def wait_until_healthy(self) -> None:
        self.wait_until(self._listens, "listens")

    def wait_until_empty(self) -> None:
        """No session is left."""
        self.wait_until(lambda: self.health()["sessions"] == 0, "is empty")

    def wait_until_logged(self, message: str) -> None:
        self.wait_until(lambda: any(line["message"] == message for line in self.lines), f"logs {message!r}")

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
