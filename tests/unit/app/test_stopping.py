"""A service that is told to stop while it starts does so, as process 1 of a container too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 60.0
# imported by what both import: tells that it is, and takes longer than anybody waits
SLOW = """
import pathlib, time
pathlib.Path(__file__).with_name("begun").touch()
time.sleep(600)
"""


@pytest.mark.parametrize("service", ["app.dv_pipecat", "app.gong_webhook"])
def test_sigterm_during_the_imports_ends_it_with_status_0(tmp_path: Path, service: str) -> None:
    (tmp_path / "click.py").write_text(SLOW)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)}
    process = subprocess.Popen([sys.executable, "-m", service, "serve"], cwd=ROOT, env=environment)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (tmp_path / "begun").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0
