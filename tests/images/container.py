"""A container of an image, made of the kernel's parts alone: the rules of the charts' pods, no daemon, no network."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

INSIDE = Path(__file__).with_name("inside.py")
LIMIT_SECONDS = 60.0
# until it answers: the first import of a large package from a cold disk, on a busy machine
START_SECONDS = 120
UNTIL_IT_ANSWERS = """
import sys, time, urllib.request
url, deadline = sys.argv[1], time.monotonic() + float(sys.argv[2])
while True:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            sys.exit(print(answer.read().decode()))
    except OSError as error:
        if time.monotonic() > deadline:
            sys.exit(f"{url}: {error}")
        time.sleep(0.1)
"""


class Image(NamedTuple):
    """`service`: as its Dockerfile is called; `name`: with its tag; `storage`: where buildah finds it, as variables."""

    service: str
    name: str
    storage: Mapping[str, str]

    def buildah(self, *arguments: str) -> str:
        done = subprocess.run(["buildah", *arguments], env=self.storage, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    @property
    def config(self) -> dict[str, Any]:
        """Env, Entrypoint, Cmd, Labels, ... as https://github.com/opencontainers/image-spec names them."""
        found: dict[str, Any] = json.loads(self.buildah("inspect", "--type", "image", self.name))["OCIv1"]["config"]
        return found

    @contextmanager
    def mounted(self) -> Iterator[Path]:
        """A folder with its files, gone afterwards with all that was changed."""
        container = self.buildah("from", "--pull-never", self.name)
        try:
            yield Path(self.buildah("mount", container))
        finally:
            self.buildah("rm", container)


class Pod(NamedTuple):
    """`tmpfs`: folders that can be written to; `files`: what is mounted where, read-only. Paths without a first /."""

    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}
    tmpfs: tuple[str, ...] = ("tmp",)
    files: Mapping[str, str] = {}


class Container:
    """`pid`: of its first process, as the machine counts."""

    def __init__(self, image: Image, root: Path, log: Path, pod: Pod) -> None:
        """`root`: the image's files."""
        config = image.config
        self._environment = dict(word.split("=", 1) for word in config["Env"]) | dict(pod.environment)
        self._user, self._group = config["User"].split(":")
        self._log = log
        command = [*config["Entrypoint"], *(pod.arguments or config["Cmd"])]
        inside = {
            "root": str(root),
            "tmpfs": pod.tmpfs,
            "files": dict(pod.files),
            "command": self._as_user(command, config["WorkingDir"], {}),
        }
        spaces = ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child"]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                ["unshare", *spaces, sys.executable, str(INSIDE), json.dumps(inside)], stdout=output, stderr=output
            )
        self.pid = self._first_process()

    @property
    def log(self) -> str:
        return self._log.read_text()

    def run(self, *command: str, folder: str = "/", **environment: str) -> subprocess.CompletedProcess[str]:
        """Another process beside the first, as `kubectl exec` and a preStop hook start one."""
        entered = self._entered(command, folder, environment)
        return subprocess.run(entered, capture_output=True, text=True, timeout=2 * START_SECONDS, check=False)

    def beside(self, *command: str) -> subprocess.Popen[str]:
        """The same, while it runs; it ends with the first."""
        return subprocess.Popen(self._entered(command, "/", {}), stdout=subprocess.PIPE, text=True)

    def python(self, code: str, *arguments: str, **environment: str) -> str:
        """What the program writes."""
        done = self.run("python", "-c", code, *arguments, **environment)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.log}"
        return done.stdout

    def answer(self, url: str) -> str:
        """What it says as soon as it answers."""
        return self.python(UNTIL_IT_ANSWERS, url, str(START_SECONDS))

    def terminate(self) -> int:
        """Its exit status after a SIGTERM."""
        os.kill(self.pid, signal.SIGTERM)
        return self._process.wait(timeout=LIMIT_SECONDS)

    def kill(self) -> None:
        """With all that runs beside it. Killing unshare is not enough: who changes its user outlives its parent."""
        with suppress(ProcessLookupError):
            if self._process.poll() is None:
                os.kill(self.pid, signal.SIGKILL)
        self._process.wait(timeout=LIMIT_SECONDS)

    def _entered(self, command: Sequence[str], folder: str, environment: Mapping[str, str]) -> list[str]:
        spaces = ["--mount", "--pid", "--net", "--ipc", "--uts", "--root"]
        return ["nsenter", "--target", str(self.pid), *spaces, *self._as_user(command, folder, environment)]

    def _as_user(self, command: Sequence[str], folder: str, environment: Mapping[str, str]) -> list[str]:
        variables = {**self._environment, **environment}
        rules = ["--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
        words = ["/usr/bin/env", "--ignore-environment", f"--chdir={folder}"]
        words += [f"{name}={value}" for name, value in variables.items()]
        return [*words, "setpriv", "--reuid", self._user, "--regid", self._group, *rules, *command]

    def _first_process(self) -> int:
        """Once it sees the image's files and nothing else."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            assert self._process.poll() is None, self.log
            assert time.monotonic() < deadline, "unshare starts nothing"
            found = children.read_text().split()
            if found and Path(f"/proc/{found[0]}/root").readlink() != Path("/"):
                return int(found[0])
            time.sleep(0.01)
