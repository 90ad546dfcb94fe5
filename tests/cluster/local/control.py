"""Speaks with a cluster's supervisor."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ANSWER_SECONDS = 60.0


class Control:
    """Raises OSError where no supervisor answers."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def run(self, name: str, command: Sequence[str], log: Path) -> None:
        """Start a program, and again whenever it ends."""
        self._ask({"do": "define", "name": name, "command": list(command), "log": str(log)})
        self._ask({"do": "start", "name": name})

    def start(self, name: str) -> None:
        self._ask({"do": "start", "name": name})

    def stop(self, name: str) -> None:
        """By SIGTERM; it stays down."""
        self._ask({"do": "stop", "name": name})

    def kill(self, name: str) -> None:
        """By SIGKILL; it stays down."""
        self._ask({"do": "kill", "name": name})

    def status(self) -> dict[str, dict[str, Any]]:
        """By program: `pid` as the cluster counts, 0 for none; `wanted`; `starts`."""
        return self._ask({"do": "status"})

    def _ask(self, request: dict[str, Any]) -> dict[str, dict[str, Any]]:
        # a socket's address may have 107 bytes, and a checkout may lie deep: the folder goes by its number
        folder = os.open(self._path.parent, os.O_PATH)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_SECONDS)
            try:
                connection.connect(f"/proc/self/fd/{folder}/{self._path.name}")
            finally:
                os.close(folder)
            with connection.makefile("rwb") as stream:
                stream.write(json.dumps(request).encode() + b"\n")
                stream.flush()
                answer = stream.readline()
        if not answer:
            raise ConnectionError(f"the supervisor refused to {request['do']} {request.get('name', '')}")
        found: dict[str, dict[str, Any]] = json.loads(answer)
        return found
