"""What the smoke test of gong-webhook says of a service that it asks."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.charts.served import served

if TYPE_CHECKING:
    from tests.charts.conftest import Render


service = partial(served, "/health?ready", '{"status": "ok"}')


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
