"""Requests to the API server, and its answers."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from chartgen.cluster.refusing import refused
from chartgen.errors import ClusterError
from chartgen.threads import Started

SECONDS = 30.0
"""After which a request is given up."""
JSON = "application/json"
FAILED = 400
WORDS = 200
"""Of what answers in the place of a cluster, its beginning."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Api:
    """Speaks through the socket of a `kubectl proxy`; one request at a time. `context` is for errors."""

    def __init__(self, path: Path, context: str, seconds: float = SECONDS) -> None:
        self._path = path
        self._connection = _Connection(path, seconds)
        self._context = context
        self._seconds = seconds

    def close(self) -> None:
        self._connection.close()

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        *,
        content: str = JSON,
        accept: str = JSON,
    ) -> Any:
        """What the API server answers. Raises RefusedError; ClusterError where it does not answer."""
        url = f"{path}?{urlencode(query)}" if query else path
        data = None if body is None else json.dumps(body).encode()
        status, text = self._exchange(method, url, data, {"Content-Type": content, "Accept": accept})
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        if isinstance(answer, Mapping) and answer.get("kind") == "Status" and status >= FAILED:
            raise refused(status, answer)
        if not isinstance(answer, Mapping) or status >= FAILED:
            # what was sent may come back in it
            words = " ".join(text.decode(errors="replace").split())[:WORDS] if method == "GET" else f"status {status}"
            raise ClusterError(f"the cluster of context {self._context} does not answer: {words}")
        return answer

    def _exchange(self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """In a thread of its own: time runs for the whole of it, and not for each byte."""
        try:
            return Started(partial(self._sent, method, url, data, headers)).result(self._seconds)
        except TimeoutError:
            self._connection.close()
            self._connection = _Connection(self._path, self._seconds)  # the thread still has the other one
            words = f"the cluster of context {self._context} does not answer within {self._seconds:g} s"
            raise ClusterError(words) from None
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            words = f"the connection to the cluster of context {self._context} is lost: {type(error).__name__}"
            raise ClusterError(words) from None

    def _sent(self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self._connection.request(method, url, data, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()
