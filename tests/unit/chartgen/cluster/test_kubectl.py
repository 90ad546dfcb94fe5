"""The connection by the user's kubectl: one that is missing, old, fails or is slow; and that it ends with chartgen."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chartgen.cluster import kubectl
from chartgen.errors import ClusterError

SERVING = """\
for last; do :; done
echo $$ > {pid}
exec python3 -c 'import socket, sys, time
asked = socket.socket(socket.AF_UNIX)
asked.bind(sys.argv[1].removeprefix("--unix-socket="))
time.sleep({seconds})
asked.listen()
time.sleep(1000)' "$last"
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the place of kubectl; what it is, a test writes."""
    path = tmp_path / "a-kubectl"
    monkeypatch.setenv("KUBECTL_BIN", str(path))
    return path


def write(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o700)


def refused(seconds: float = kubectl.START_SECONDS) -> ClusterError:
    with pytest.raises(ClusterError) as error, kubectl.proxy("ctx", seconds):
        pass
    return error.value


def test_one_that_is_missing_is_named_with_what_to_do(program: Path) -> None:
    error = refused()
    assert (str(error), error.hint) == (f"no `{program}` on the PATH", "install kubectl, or set KUBECTL_BIN to it")


def test_one_that_fails_is_told_in_its_words(program: Path) -> None:
    write(program, "echo 'error: exec plugin: gke-gcloud-auth-plugin not found' >&2; exit 1")
    assert str(refused()) == "kubectl failed: exec plugin: gke-gcloud-auth-plugin not found"
    write(program, "exit 7")
    assert str(refused()) == "kubectl failed: status 7"


def test_one_that_does_not_know_the_context_is_told_where_to_look(program: Path) -> None:
    write(program, """echo 'error: context "ctx" does not exist' >&2; exit 1""")
    assert refused().hint == "see `kubectl config get-contexts`"


def test_one_that_does_not_serve_is_given_up_and_ended(program: Path, tmp_path: Path) -> None:
    write(program, f"echo $$ > {tmp_path}/pid; exec sleep 1000")
    assert str(refused(0.3)) == "kubectl does not serve after 0.3 s"
    gone(tmp_path / "pid")


def test_it_gets_the_context_and_no_variable_for_pulumi(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "a-token")
    write(
        program,
        f'echo "$@" > {tmp_path}/given; env >> {tmp_path}/given; {SERVING.format(pid=tmp_path / "pid", seconds=0)}',
    )
    with kubectl.proxy("a context") as path:
        given = (tmp_path / "given").read_text()
        assert given.startswith(f"--context=a context proxy --unix-socket={path}\n")
        assert "a-token" not in given
        assert path.parent.stat().st_mode & 0o777 == 0o700
    gone(tmp_path / "pid")
    assert not path.parent.exists()


def test_a_socket_that_is_there_before_anybody_listens_is_waited_for(program: Path, tmp_path: Path) -> None:
    write(program, SERVING.format(pid=tmp_path / "pid", seconds=0.3))
    with kubectl.proxy("ctx") as path, socket.socket(socket.AF_UNIX) as asking:
        asking.connect(str(path))


def test_it_does_not_outlive_a_chartgen_that_is_killed(program: Path, tmp_path: Path) -> None:
    write(program, SERVING.format(pid=tmp_path / "pid", seconds=0))
    script = "import time\nfrom chartgen.cluster import kubectl\n"
    script += "with kubectl.proxy('ctx'): print(1, flush=True); time.sleep(99)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        process.send_signal(signal.SIGKILL)
    gone(tmp_path / "pid")


def test_what_a_script_in_its_place_starts_ends_with_it(program: Path, tmp_path: Path) -> None:
    real = tmp_path / "real"
    write(real, SERVING.format(pid=tmp_path / "pid", seconds=0))
    write(program, f'{real} "$@"\necho over')
    with kubectl.proxy("ctx"):
        pass
    gone(tmp_path / "pid")


def test_a_long_folder_for_temporary_files_leaves_room_for_a_socket(program: Path, tmp_path: Path) -> None:
    write(program, SERVING.format(pid=tmp_path / "pid", seconds=0))
    long = tmp_path / ("a" * 100)
    long.mkdir()
    script = "from chartgen.cluster import kubectl\nwith kubectl.proxy('ctx') as path: print(len(str(path)) < 100)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "TMPDIR": str(long)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def gone(pid: Path) -> None:
    """Returns when no such process is there any more."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.kill(int(pid.read_text()), 0)
        except (ProcessLookupError, FileNotFoundError):
            return
        time.sleep(0.02)
    pytest.fail("it goes on")
