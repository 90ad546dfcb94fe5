"""A pipe that nobody reads any more, as behind `| head -1`, and a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests import files
from tests.cli.sessions import environment


@pytest.mark.parametrize("command", ["render prod", "diff stage prod", "validate -q -o json", "--help"])
def test_a_closed_pipe_ends_it_silently_with_the_status_of_that_signal(repository: Path, command: str) -> None:
    unread, pipe = os.pipe()
    os.close(unread)
    done = subprocess.run(
        ["chartgen", *command.split()],
        cwd=repository,
        env=environment(),
        stdout=pipe,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(pipe)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_terminal_gets_colour_and_its_own_width(repository: Path) -> None:
    ours, theirs = pty.openpty()
    subprocess.run(["stty", "cols", "40"], stdin=theirs, check=True)
    command = ["chartgen", "diff", "stage", "prod"]
    subprocess.run(command, cwd=repository, env=environment(), stdout=theirs, check=True)
    os.close(theirs)
    printed = os.read(ours, 10_000).decode().replace("\r\n", "\n")
    os.close(ours)
    assert "\x1b[1mreplicas\x1b[0m  \x1b[31m2\x1b[0m → \x1b[32m3\x1b[0m\n  " in printed


CLASHING = {
    "charts/web/values.yaml": 'replicas: 1\nname: a\ndb: {auth: {password: "S3cretBase\\nS3cretBase"}}\n',
    "charts/web/values-prod.yaml": "db: {auth: {password: {from: vault}}}\n",
    "charts/web/values-stage.yaml": "db: {auth: none}\n",
}
"""Helm warns of them, and repeats the password."""


@pytest.mark.parametrize("engine", ["sdk", "binary"])
@pytest.mark.parametrize("command", ["render stage", "diff stage prod -q", "validate -q"])
def test_what_helm_logs_is_on_neither_stream(repository: Path, helm: Path, command: str, engine: str) -> None:
    files.write(repository, CLASHING)
    done = subprocess.run(
        ["chartgen", *command.split(), "--engine", engine],
        cwd=repository,
        env=environment() | {"HELM_BIN": str(helm)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "S3cretBase" not in done.stdout + done.stderr
    assert done.stdout.count("[helm-warning]") == (0 if command == "render stage" else 2)
    assert done.stderr == ""


def test_what_is_printed_before_another_output_fails_is_kept(repository: Path) -> None:
    """Through a pipe; `environment` lacks PYTHONUNBUFFERED, under which nothing would wait to be written."""
    command = ["chartgen", "diff", "stage", "prod", "-o", "text", "-o", "json=/nonexistent/x.json"]
    done = subprocess.run(command, cwd=repository, env=environment(), capture_output=True, text=True, check=False)
    assert done.stdout.startswith("charts/web  stage → prod ")
    assert done.stderr.startswith("chartgen: error: cannot be written: ")
    assert done.returncode == 2
