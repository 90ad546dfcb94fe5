"""Builds a cluster's programs from Go modules, whose versions stand in go/*/go.mod."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

MODULES = Path(__file__).with_name("go")
# lines of a failed build that are shown
TAIL = 40


class Failed(Exception):  # noqa: N818  it says what happened
    """What to print."""


class Program(NamedTuple):
    """`module`: the folder in go/; `package`: what is built."""

    module: str
    package: str


PROGRAMS = {
    "etcd": Program("kubernetes", "go.etcd.io/etcd/server/v3"),
    "kube-apiserver": Program("kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"),
    "kube-controller-manager": Program("kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    "kube-scheduler": Program("kubernetes", "k8s.io/kubernetes/cmd/kube-scheduler"),
    "kubelet": Program("kubernetes", "k8s.io/kubernetes/cmd/kubelet"),
    "kube-proxy": Program("kubernetes", "k8s.io/kubernetes/cmd/kube-proxy"),
    "kubectl": Program("kubernetes", "k8s.io/kubernetes/cmd/kubectl"),
    "crane": Program("crane", "github.com/google/go-containerregistry/cmd/crane"),
    "coredns": Program("coredns", "github.com/coredns/coredns"),
    "metrics-server": Program("metrics-server", "sigs.k8s.io/metrics-server/cmd/metrics-server"),
    "local-path-provisioner": Program("local-path", "github.com/rancher/local-path-provisioner"),
    "kwok": Program("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
}
Say = Callable[[str], None]


def build(
    binaries: Path,
    go: str = "go",
    say: Say = lambda line: print(line, file=sys.stderr, flush=True),
    names: Iterable[str] = PROGRAMS,
) -> None:
    """Build what is missing or of another version. Raises Failed."""
    binaries.mkdir(parents=True, exist_ok=True)
    with _alone(binaries):
        wanting = [name for name in names if not _is_current(binaries / name)]
        for number, name in enumerate(wanting, 1):
            start = time.monotonic()
            say(f"building {name} ({number} of {len(wanting)}; minutes the first time) …")
            _build(binaries / name, go)
            say(f"building {name} took {time.monotonic() - start:.0f} s")


def is_built(binaries: Path) -> bool:
    return all(_is_current(binaries / name) for name in PROGRAMS)


def _is_current(path: Path) -> bool:
    stamp = _stamp(path)
    return path.exists() and stamp.exists() and stamp.read_text() == _recipe(path.name)


def _stamp(path: Path) -> Path:
    return path.parent / "versions" / path.name


def _recipe(name: str) -> str:
    """Tells one version from another."""
    program = PROGRAMS[name]
    pins = (MODULES / program.module / "go.mod").read_bytes()
    return sha256(b"\0".join([pins, " ".join(_command("go", name, Path())).encode()])).hexdigest()


def _build(path: Path, go: str) -> None:
    environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
    folder = MODULES / PROGRAMS[path.name].module
    fresh = path.with_suffix(".new")
    try:
        done = subprocess.run(
            _command(go, path.name, fresh), cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise Failed(f"{go}: not found; it takes Go 1.26 or newer to build Kubernetes") from None
    if done.returncode:
        raise Failed("\n".join([f"building {path.name} failed:", *done.stderr.splitlines()[-TAIL:]]))
    fresh.rename(path)
    _stamp(path).parent.mkdir(exist_ok=True)
    _stamp(path).write_text(_recipe(path.name))


def _command(go: str, name: str, output: Path) -> list[str]:
    module, package = PROGRAMS[name]
    flags = ["-s", "-w"]
    found = re.search(
        r"^require k8s.io/kubernetes (v1\.(\d+)\.\S+)", (MODULES / module / "go.mod").read_text(), re.MULTILINE
    )
    if found:
        # or they report v0.0.0; upstream's build writes the same
        for variables in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
            for variable, value in (("gitVersion", found[1]), ("gitMajor", "1"), ("gitMinor", found[2])):
                flags += ["-X", f"{variables}.{variable}={value}"]
    return [go, "build", "-trimpath", f"-ldflags={' '.join(flags)}", "-o", str(output), package]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two builds at once would take twice as long each."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
