"""A template that does not end: Ctrl-C, SIGTERM and a limit end it at once, though Helm goes on working."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chartgen.helm.engine import SECONDS
from tests.cli.sessions import environment
from tests.running import command_lines

ENDLESS = "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"
AT_ONCE = 10.0
"""Seconds; on a busy machine the end of a process takes some, and without the end a test would hang."""
STARTED = 2.0
"""Seconds after which a command surely renders, on a busy machine too."""


@pytest.fixture
def endless(repository: Path) -> Path:
    (repository / "charts/web/templates/endless.yaml").write_text(ENDLESS)
    return repository


def started(folder: Path, *command: str, **variables: str) -> subprocess.Popen[str]:
    """With the warnings a user has: a signal after `open`, before its `with`, leaves a file to the collector."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment() | {"PYTHONWARNINGS": ""} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("command", ["diff stage prod", "render prod", "validate"])
def test_ctrl_c_ends_it_with_one_line_and_the_status_of_an_interrupt(endless: Path, command: str) -> None:
    process = started(endless, "chartgen", *command.split())
    time.sleep(STARTED)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=AT_ONCE) == ("", "chartgen: interrupted\n")
    assert process.returncode == 130


def running(program: Path) -> list[str]:
    return [line for line in command_lines() if line.startswith(str(program))]


def rendering(process: subprocess.Popen[str], seen: Callable[[], bool]) -> None:
    """Returns when it is seen that the command renders; fails if it ends before that."""
    deadline = time.monotonic() + SECONDS / 2
    while not seen():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it does not begin to render"
        time.sleep(0.05)


def renders_with(program: Path) -> Callable[[], bool]:
    return lambda: any("template web" in line for line in running(program))


@pytest.mark.parametrize("command", ["diff stage prod", "validate"])
def test_ctrl_c_ends_the_helm_program_too(endless: Path, helm: Path, command: str) -> None:
    program = endless / "helm"
    program.symlink_to(helm)
    options = ["--engine", "binary"]
    process = started(endless, "chartgen", *command.split(), *options, HELM_BIN=str(program))
    rendering(process, renders_with(program))
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=AT_ONCE) == ("", "chartgen: interrupted\n")
    deadline = time.monotonic() + AT_ONCE
    while running(program):
        assert time.monotonic() < deadline, running(program)


@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("diff stage prod", signal.SIGTERM),
        ("render prod", signal.SIGTERM),
        ("validate", signal.SIGTERM),
        ("diff stage prod", signal.SIGHUP),
    ],
)
def test_what_asks_it_to_end_leaves_neither_helm_programs_nor_temporary_folders(
    endless: Path, helm: Path, command: str, number: signal.Signals
) -> None:
    program, temporary = endless / "helm", endless / "tmp"
    program.symlink_to(helm)
    temporary.mkdir()
    variables = {"HELM_BIN": str(program), "TMPDIR": str(temporary)}
    process = started(endless, "chartgen", *command.split(), "--engine", "binary", **variables)
    rendering(process, renders_with(program))
    assert list(temporary.glob("chartgen-*"))
    process.send_signal(number)
    assert process.communicate(timeout=AT_ONCE) == ("", "")
    assert process.returncode == 128 + number
    deadline = time.monotonic() + AT_ONCE
    while running(program):
        assert time.monotonic() < deadline, running(program)
    assert list(temporary.iterdir()) == []


def test_sigterm_ends_a_render_in_the_process_itself_too(endless: Path) -> None:
    """A chart with a schema is copied before mixtures of its environments are rendered, of which one has no end."""
    (endless / "charts/web/values.schema.json").write_text("{}")
    mixture = f"{{{{ if and .Values.mixed (eq .Values.replicas 2.0) }}}}{ENDLESS}{{{{ end }}}}"
    (endless / "charts/web/templates/endless.yaml").write_text(mixture)
    with (endless / "charts/web/values-prod.yaml").open("a") as file:
        file.write("mixed: true\n")
    temporary = endless / "tmp"
    temporary.mkdir()
    process = started(endless, "chartgen", "diff", "stage", "prod", TMPDIR=str(temporary))
    rendering(process, lambda: any(temporary.glob("chartgen-*")))
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=AT_ONCE) == ("", "")
    assert process.returncode == 143
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("engine", ["sdk", "binary"])
def test_a_render_that_takes_too_long_is_given_up(endless: Path, helm: Path, engine: str) -> None:
    hurried = "from chartgen.cli import main; main(render_seconds=1)"
    process = started(
        endless,
        sys.executable,
        "-c",
        hurried,
        "diff",
        "stage",
        "prod",
        "--engine",
        engine,
        HELM_BIN=str(helm),
    )
    said = "chartgen: error: charts/web stage: Helm has not rendered it within 1 s\n"
    where = "  at charts/web\n  look for a loop that does not end\n"
    assert process.communicate(timeout=STARTED + 1 + AT_ONCE) == ("", said + where)
    assert process.returncode == 2


def test_the_limit_is_a_minute() -> None:
    assert SECONDS == 60
