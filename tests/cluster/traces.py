"""What there is of a local cluster on the machine: processes, devices, routes, rules, mounts and files."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import local
from tests.cluster.local import namespaces
from tests.cluster.local.node import cgroups
from tests.running import command_lines


@contextmanager
def spaces(running: local.Running) -> Iterator[str]:
    """The name of its processes' namespace; held open, for Linux gives such a number again."""
    path = Path(f"/proc/{running.pid}/ns/pid")
    with path.open("rb"):
        yield str(path.readlink())


def of(running: local.Running, spaces: str) -> list[str]:
    """What is there of a cluster. `spaces`: its processes' namespace."""
    layout = running.layout
    owner = namespaces.alias(layout.state)
    found = [f"process {pid}" for pid in processes() if namespace(pid) == spaces]
    found += [f"device {name}" for name in devices() if alias(name) == owner]
    if layout.device not in devices():
        found += [f"control group {path}" for path in cgroups(layout) if path.exists()]
        found += [line for line in output("ip", "route").splitlines() if line.startswith(f"10.{layout.network}.")]
    found += [line for line in output("iptables-save").splitlines() if "KUBE-" in line or "CNI-" in line]
    found += [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(layout.state) in line]
    found += [line for line in command_lines() if str(layout.state) in line]
    return [*found, *(str(path) for path in [layout.state] if path.exists())]


def processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def namespace(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return ""


def devices() -> list[str]:
    return [path.name for path in Path("/sys/class/net").iterdir()]


def alias(device: str) -> str:
    try:
        return Path("/sys/class/net", device, "ifalias").read_text().strip()
    except OSError:
        return ""


def output(*words: str, stdin: str = "") -> str:
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
