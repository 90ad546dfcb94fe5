"""A mistake in chartgen itself is told apart from what a command has found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cli.sessions import environment


def test_a_bug_gives_its_traceback_and_a_status_that_means_neither_findings_nor_a_wrong_input(repository: Path) -> None:
    broken = "from chartgen.cli import main; main(render_seconds='soon')"
    done = subprocess.run(
        [sys.executable, "-c", broken, "diff", "stage", "prod"],
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    *trace, kind, last = done.stderr.splitlines()
    assert trace[0] == "Traceback (most recent call last):"
    assert kind.startswith("TypeError: ")
    assert last == "chartgen: this is a bug in chartgen: please report it with the lines above"
    assert (done.returncode, done.stdout) == (70, "")
