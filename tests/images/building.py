"""Builds images with buildah, as a user does, apart from the machine's own: what tests of images and clusters share."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]
# with what was built before, so that a second run is a quick one; `make clean` removes it
CACHE = ROOT / ".tools" / "images"
WHEELS = ROOT / "requirements" / "wheels"
LOCKS = ("gong", "pipecat", "sbom", "voice")
PROGRAMS = ("buildah", "mmdebstrap")
# Debian's mirror, the package index and two cores may all be slow at once
BUILD_SECONDS = 1800
# Debian with what the images are told not to install here, and a pip where Docker's own images of Python have theirs
MAKE_BASE = [
    "mmdebstrap",
    "--quiet",
    "--variant=minbase",
    "--include=python3,python3-venv,ca-certificates,bash,curl",
    '--customize-hook=mkdir -p "$1/usr/local/lib/python3.11/site-packages/pip"',
    '--customize-hook=touch "$1/usr/local/bin/pip3"',
    "bookworm",
]
# a base made otherwise is another base
BASE = f"localhost/tests-base:{sha256(' '.join(MAKE_BASE).encode()).hexdigest()[:12]}"
BUILD = [sys.executable, str(ROOT / "tools" / "images.py"), "--tool=buildah", f"--base={BASE}"]


class Failed(Exception):  # noqa: N818  it says what happened
    """What buildah, or who calls it, said at its end."""


class Builder:
    """Images in a folder. Who asks while another builds there, in this process or another, waits."""

    def __init__(self, folder: Path = CACHE) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = _environment(folder)

    def run(self, *command: str, stdin: str = "") -> str:
        """What it prints. Raises Failed."""
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
        if done.returncode:
            raise Failed(f"{command[0]} failed with status {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def buildah(self, *arguments: str, stdin: str = "") -> str:
        return self.run("buildah", *arguments, stdin=stdin)

    def has(self, image: str) -> bool:
        """`image`: a name with a tag, or an id."""
        found = subprocess.run(
            ["buildah", "inspect", "--type=image", image], env=self.environment, capture_output=True, check=False
        )
        return found.returncode == 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def base(self) -> str:
        """The image that all others stand on."""
        with self.alone():
            if not self.has(BASE):
                archive = self.folder / "base.tar"
                self.run(*MAKE_BASE, str(archive))
                container = self.buildah("from", "scratch")
                self.buildah("add", "--quiet", container, str(archive), "/")
                self.buildah("commit", "--quiet", "--rm", container, BASE)
                archive.unlink()
        return BASE

    def _wheels(self) -> None:
        """What the services are built of; downloaded again when a lock has changed."""
        locks = [ROOT / "requirements" / f"{name}.txt" for name in LOCKS]
        wanted = sha256(b"".join([BASE.encode(), *(lock.read_bytes() for lock in locks)])).hexdigest()
        there = self.folder / "wheels"
        with self.alone():
            if not (WHEELS.is_dir() and there.exists() and there.read_text() == wanted):
                self.run(*BUILD, "--wheels")
                there.write_text(wanted)

    def service(self, name: str, lock: str) -> str:
        """The image of that name, holding that lock; the network is cut off while it is built."""
        offline: Sequence[str] = ["unshare", "--net", *BUILD, "--offline", f"--lock={lock}", name]
        self.base()
        self._wheels()
        with self.alone():
            return self.run(*offline).split()[0]


def _environment(folder: Path) -> Mapping[str, str]:
    kind = subprocess.check_output(["stat", "--file-system", "--format=%T", str(folder)], text=True).strip()
    # the kernel stacks no overlay on another, as inside a container
    driver = "vfs" if kind == "overlayfs" else "overlay"
    configuration = folder / "storage.conf"
    text = f'[storage]\ndriver = "{driver}"\ngraphroot = "{folder / "storage"}"\nrunroot = "{folder / "run"}"\n'
    # left as it is while others read it
    if not configuration.exists() or configuration.read_text() != text:
        configuration.write_text(text)
    # with a runtime, buildah would give each step a network, and leave its bridge on the machine
    return {**os.environ, "CONTAINERS_STORAGE_CONF": str(configuration), "BUILDAH_ISOLATION": "chroot"}
