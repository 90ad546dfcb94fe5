"""What the smoke test of gong-webhook says of a service that it asks."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.charts.conftest import Render


@contextmanager
def service(status: int) -> Iterator[int]:
    """The port of a service whose readiness answers with the status."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health?ready" else 404)
            self.end_headers()
            self.wfile.write(b'{"status": "ok"}')

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def smoke(render: Render, port: int) -> subprocess.CompletedProcess[str]:
    """The command of the rendered pod, with a host and port that exist here."""
    (container,) = render("gong-webhook", "prod")["Pod/gong-webhook-service-smoke"]["spec"]["containers"]
    _, option, script, _, _, path = container["command"]
    command = [sys.executable, option, script, "127.0.0.1", str(port), path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_ready_service_passes_and_its_answer_is_shown(render: Render) -> None:
    with service(200) as port:
        ran = smoke(render, port)
    assert ran.returncode == 0
    assert ran.stdout == f'127.0.0.1 {port} /health?ready 200 {{"status": "ok"}}\n'


@pytest.mark.parametrize("status", [204, 301, 503])
def test_any_other_answer_fails_and_is_shown(render: Render, status: int) -> None:
    with service(status) as port:
        ran = smoke(render, port)
    assert ran.returncode == 1
    assert f"/health?ready {status}" in ran.stdout


def test_no_answer_fails(render: Render) -> None:
    with service(200) as port:
        pass
    assert smoke(render, port).returncode == 1
