"""How the first process of a local cluster ends its programs, and what becomes of one that cannot begin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import local
from tests.cluster.local.control import Control
from tests.cluster.local.waiting import wait

SUPERVISOR = Path(local.__file__).with_name("supervisor.py")
LIMIT_SECONDS = 60.0
# notes each SIGTERM, and needs a while to end
COUNTS = """
import signal, sys, time
from pathlib import Path
noted = Path(sys.argv[1])
signal.signal(signal.SIGTERM, lambda *_: noted.write_text(noted.read_text() + "SIGTERM "))
noted.write_text("began ")
while "SIGTERM" not in noted.read_text():
    time.sleep(0.01)
time.sleep(0.5)
noted.write_text(noted.read_text() + "ended")
"""
# what runs it without its socket, and waits for nothing longer than a moment
DRIVEN = """
import sys
from pathlib import Path
from tests.cluster.local import supervisor
from tests.cluster.local.waiting import wait
supervisor.STOP_SECONDS = 0.2
driven = supervisor.Supervisor()
driven.answer({{"do": "define", "name": "program", "command": {command}, "log": {log!r}}})
driven.answer({{"do": "start", "name": "program"}})
{then}
print(driven.answer({{"do": "status"}})["program"]["pid"])
"""


def test_a_program_is_told_once_to_end_and_given_time(tmp_path: Path) -> None:
    noted, control = tmp_path / "noted", Control(tmp_path / "control")
    with subprocess.Popen([sys.executable, SUPERVISOR, tmp_path / "control"]) as process:
        try:
            wait((tmp_path / "control").exists, LIMIT_SECONDS, "the supervisor does not begin")
            control.run("program", [sys.executable, "-c", COUNTS, str(noted)], tmp_path / "log")
            wait(lambda: noted.exists() and "began" in noted.read_text(), LIMIT_SECONDS, "the program does not begin")
            control.stop("program")
        finally:
            process.kill()
    assert noted.read_text() == "began SIGTERM ended"


def test_a_program_that_does_not_end_is_killed(tmp_path: Path) -> None:
    ignores = ["sh", "-c", 'trap "" TERM; : > "$1"; while :; do sleep 1; done', "sh", str(tmp_path / "began")]
    then = f"wait(Path({str(tmp_path / 'began')!r}).exists, {LIMIT_SECONDS}, 'it does not begin')"
    then += "\ndriven.answer({'do': 'stop', 'name': 'program'})"
    done = drive(ignores, tmp_path / "log", then)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize("log", ["log", "nowhere/log"])
def test_a_program_that_cannot_begin_ends(tmp_path: Path, log: str) -> None:
    then = f"wait(lambda: driven.bury() or not driven.programs['program'].pid, {LIMIT_SECONDS}, 'it does not end')"
    done = drive(["/nowhere/program"], tmp_path / log, then)
    said = (tmp_path / log).read_text() if (tmp_path / log).exists() else done.stderr
    assert said.startswith("/nowhere/program: [Errno 2] No such file or directory")
    assert "Traceback" not in said
    assert done.stdout == "0\n"


def drive(command: list[str], log: Path, then: str) -> subprocess.CompletedProcess[str]:
    code = DRIVEN.format(command=command, log=str(log), then=then)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
