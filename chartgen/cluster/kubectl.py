"""`kubectl proxy`: the API of a context's cluster on a socket that is the user's alone.

So contexts, credentials and their plugins are kubectl's own, and what is sent stands in no argument and no file.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from chartgen.errors import ClusterError

START_SECONDS = 20.0
STOP_SECONDS = 2.0
POLL_SECONDS = 0.005
WORDS = 500
"""Of what kubectl says, its end."""
GUARD = 'exec 3<&0; { cat <&3 >/dev/null; kill -s TERM -- -$$; } 2>/dev/null & exec "$@" </dev/null 3<&-'
"""Runs a program for as long as standard input is open: it does not outlive chartgen, whatever ends that.

The program may be a script that starts another one, so all of its process group ends.
"""
MAX_FOLDER = 60
"""Characters of a folder for a socket, whose path has room for some hundred."""
NOT_FOR_KUBECTL = ("PULUMI_",)
"""Beginnings of variables that are for another program."""


def program() -> str:
    """Raises ClusterError."""
    name = os.environ.get("KUBECTL_BIN") or "kubectl"
    found = shutil.which(name)
    if found is None:
        raise ClusterError(f"no `{name}` on the PATH", hint="install kubectl, or set KUBECTL_BIN to it")
    return found


@contextmanager
def proxy(context: str, seconds: float = START_SECONDS) -> Iterator[Path]:
    """The socket, for as long as it is needed. Raises ClusterError where kubectl does not serve in so many seconds."""
    command = [program(), f"--context={context}", "proxy"]
    above = None if len(tempfile.gettempdir()) <= MAX_FOLDER else "/tmp"  # noqa: S108 - a folder of our own is made there
    with (
        tempfile.TemporaryDirectory(prefix="chartgen-", dir=above) as folder,
        tempfile.TemporaryFile() as complaints,
    ):
        path = Path(folder, "api")
        process = subprocess.Popen(
            ["sh", "-c", GUARD, "sh", *command, f"--unix-socket={path}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            env={name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_KUBECTL)},
            start_new_session=True,
        )
        try:
            _wait(process, path, complaints, seconds)
            yield path
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], path: Path, complaints: IO[bytes], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not _answers(path):
        if process.poll() is not None:
            raise _failed(complaints, process.returncode)
        if time.monotonic() > end:
            raise ClusterError(
                f"kubectl does not serve after {seconds:g} s", hint="does `kubectl get namespaces` answer?"
            )
        time.sleep(POLL_SECONDS)


def _answers(path: Path) -> bool:
    """The socket is there a moment before anybody listens."""
    with socket.socket(socket.AF_UNIX) as asking:
        return asking.connect_ex(str(path)) == 0


def _failed(complaints: IO[bytes], status: int) -> ClusterError:
    complaints.seek(0)
    text = complaints.read().decode(errors="replace").strip()
    words = " ".join(text.removeprefix("error: ").split())[-WORDS:]
    hint = "see `kubectl config get-contexts`" if "context" in words and "not exist" in words else ""
    return ClusterError(f"kubectl failed: {words or f'status {status}'}", hint=hint)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Closing its standard input ends it, by GUARD."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
