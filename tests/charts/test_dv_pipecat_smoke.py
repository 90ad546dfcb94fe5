"""What the smoke test of dv-pipecat says of a service that it asks."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from tests.charts.served import served

if TYPE_CHECKING:
    from tests.charts.conftest import Render


service = partial(served, "/pc/v1/healthcheck", '{"track": "stable"}')


def smoke(render: Render, port: int) -> subprocess.CompletedProcess[str]:
    (container,) = render("dv-pipecat", "prod")["Pod/dv-pipecat-smoke"]["spec"]["containers"]
    command = [sys.executable, *container["command"][1:]]
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_healthy_service_passes_and_its_answer_is_shown(render: Render) -> None:
    with service(200) as port:
        ran = smoke(render, port)
    assert ran.returncode == 0
    assert ran.stdout == f'GET http://127.0.0.1:{port}/pc/v1/healthcheck\n200 {{"track": "stable"}}\n'


def test_any_other_answer_fails_and_is_shown(render: Render) -> None:
    with service(503) as port:
        ran = smoke(render, port)
    assert ran.returncode == 1
    assert '503 {"track": "stable"}' in ran.stdout


def test_no_answer_fails(render: Render) -> None:
    with service(200) as port:
        pass
    assert smoke(render, port).returncode == 1
