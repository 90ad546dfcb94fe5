"""What Helm logs: whose it is, and that it stays away from standard error while all else gets there."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from chartgen.helm import binary, log
from chartgen.model import Target
from tests import files

from .awkward import CHART, shows, sub
from .capturing import CRASH, FLOOD, PYTHON, RENDER, ROOT, SIDE_BY_SIDE, run

CLASHING = {
    "Chart.yaml": CHART.format(name="web"),
    "values.yaml": 'hosts: []\ndeep: {er: {x: "S3cretBase\\nS3cretBase)\\n"}}\nsub: {own: {z: 1}}\n',
    "templates/a.yaml": shows("a"),
    **sub("sub", "own: 5\n"),
}
OVER = {"hosts": {"a": 1}, "deep": {"er": "text"}}
SAID = [
    "warning: cannot overwrite table with non table for web.deep.er (map[x:S3cretBase",
    "warning: skipped value for web.hosts: Not a table.",
    "warning: skipped value for web.sub.own: Not a table.",
]
"""To the end of the first line."""


@pytest.fixture
def clashing(tmp_path: Path) -> Target:
    files.write(tmp_path / "web", CLASHING)
    return Target("web", tmp_path / "web", "prod", "web", "default", ())


def test_helm_in_this_process_says_what_it_warns_of_and_not_to_the_user(clashing: Target) -> None:
    done = run(RENDER + "render()\nprint(json.dumps(log.said(render)))", clashing.directory)
    assert done.stderr == ""
    assert done.stdout.count("S3cretBase") == 1
    assert json.loads(done.stdout) == SAID


@pytest.mark.parametrize("name", ["helm", "helm3"])
def test_a_helm_program_says_the_same(
    clashing: Target, name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_BIN", str(request.getfixturevalue(name)))
    chart = binary.open_chart(clashing)
    chart.render(clashing, OVER)
    said = log.said(lambda: chart.render(clashing, OVER))
    assert [re.sub(r"\\n.*", "", each) for each in said] == SAID
    assert log.said(lambda: chart.render(clashing, {"deep": {"er": {}}})) == tuple(SAID[2:])


def test_a_render_within_another_does_not_wait_for_who_wants_to_be_alone() -> None:
    log.add("a.go:1: warning: something\n")
    with log.rendering():
        thread = threading.Thread(target=log.said, args=(lambda: None,))
        thread.start()
        time.sleep(0.2)
        with log.rendering():
            assert thread.is_alive()
    thread.join()


def test_where_helm_has_said_nothing_it_is_not_asked(tmp_path: Path) -> None:
    files.write(tmp_path, {"Chart.yaml": CHART.format(name="web"), "templates/a.yaml": shows("a")})
    (tmp_path / "templates/link.yaml").symlink_to(tmp_path / "templates/a.yaml")
    done = run(RENDER + "render()\nprint(log.said(lambda: 1 / 0))", tmp_path)
    assert (done.stdout, done.stderr) == ("()\n", "")


def test_what_renders_beside_it_say_is_not_taken_for_it(clashing: Target) -> None:
    """The others warn of one thing, it of three."""
    done = run(RENDER + SIDE_BY_SIDE, clashing.directory)
    assert (done.stdout, done.stderr) == ("{3}\n", "")


def test_who_renders_beside_it_waits() -> None:
    log.add("coalesce.go:1: warning: something\n")
    order: list[str] = []

    def other() -> None:
        with log.rendering():
            order.append("other")

    def asked() -> None:
        thread.start()
        time.sleep(0.2)
        with log.rendering():  # its own is no other
            order.append("asked")

    thread = threading.Thread(target=other)
    log.said(asked)
    thread.join()
    assert order == ["asked", "other"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('level=INFO msg="warning: a \\"b\\""\n', ('warning: a "b"',)),
        ('level=WARN msg="no bool" path=a chart=b\n', ("no bool path=a chart=b",)),
        ("coalesce.go:237: warning: a (x\ny\n)\nz.go:1: b\n", ("b", "warning: a (x")),
        (
            "2026/12/01 11:54:58 WARN no bool path=a\n2026/12/01 11:54:58 Conflict: a\n",
            ("Conflict: a", "no bool path=a"),
        ),
        ("b.go:1: x\nb.go:2: x\n", ("x",)),
        ('level=INFO msg="found symbolic link in path. Contents" path=a\n', ()),
        ("walk.go:75: found symbolic link in path: a\n", ()),
        ("WARNING: Kubernetes configuration file is group-readable.\n", ()),
    ],
)
def test_each_message_is_kept_once_without_time_and_level(text: str, words: tuple[str, ...]) -> None:
    log.add("a.go:1: warning: something\n")
    assert log.said(lambda: log.add(text)) == words


def test_more_than_a_pipe_holds_is_taken_while_it_is_written() -> None:
    done = run(FLOOD)
    assert (done.stdout, done.stderr) == ("('warning: skipped value for web.a: Not a table.',)\n", "")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain\n", "plain\n"),
        ("no end", "no end"),
        ("2026/12/01 11:54:58 a (map[x:\nS3cretBase\n)])\n", ""),
        ("2026/12/01 11:54:58 a (map[x:\nS3cretBase", ""),
        ("2026/12/01 11:54:58 a (x\ny)\npanic: b\n\ngoroutine 1 [running]:\n", "panic: b\n\ngoroutine 1 [running]:\n"),
        ("fatal error: b\n2026/12/01 11:54:58 a\nS3cretBase\n", "fatal error: b\n"),
    ],
)
def test_what_helm_did_not_log_reaches_the_user(written: str, shown: str) -> None:
    done = run(f"os.write(2, {written.encode()!r})")
    assert done.stderr == shown


def test_a_crash_of_go_says_why_and_keeps_its_status() -> None:
    done = run(CRASH)
    assert done.stderr.startswith("unexpected fault address 0x123456789000\nfatal error: fault\n")
    assert done.returncode < 0


@pytest.mark.parametrize("options", [[], ["-u"]])
def test_standard_error_of_python_is_as_it_was(options: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, *options, "-c", PYTHON]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert sorted(done.stderr.splitlines()) == sorted(["é ".encode() + b"\xff", b"child", b"grandchild"])
    assert (done.stdout, done.returncode) == (b"True True\n", 3)


def test_a_terminal_stays_one() -> None:
    ours, theirs = pty.openpty()
    done = run("print(sys.stderr.isatty(), os.isatty(2))", stderr=theirs)
    os.close(theirs)
    os.close(ours)
    assert done.stdout == "True False\n"


def test_a_traceback_of_the_interpreter_itself_arrives() -> None:
    code = "import faulthandler\nfaulthandler.enable()\n"
    begun = "from chartgen.helm import log\nlog.capture()\nfaulthandler._sigsegv()"
    done = subprocess.run([sys.executable, "-c", code + begun], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.startswith("Fatal Python error: Segmentation fault\n")


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_closed_standard_error_stays_empty_and_takes_no_other_file(
    clashing: Target, tmp_path: Path, closed: str
) -> None:
    code = "import os, sys\nfrom chartgen.helm import log\nlog.capture()\nopened = open('opened', 'w')\n" + RENDER
    command = f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -c "$0" "$1" {closed}'
    end = "render()\nopened.write(str(opened.fileno() > 2) + str(len(log.said(render))))"
    subprocess.run(["sh", "-c", command, code + end, str(clashing.directory)], cwd=tmp_path, check=True)
    assert (tmp_path / "opened").read_text() == "True3"


def test_without_capture_nothing_is_redirected(clashing: Target) -> None:
    code = "import sys\n" + RENDER + "render()"
    command = [sys.executable, "-c", code, str(clashing.directory)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Not a table." in done.stderr
