"""Forty arm64 nodes that only seem to be: kwok answers for them, and production's size fits on two cores.

What a pod there "runs" is a status: no image is pulled, no probe asked, no hook called.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import pytest

from tests.cluster.handle import Cluster, Failed
from tests.cluster.local import building
from tests.cluster.providers.local import toolchain
from tests.cluster.session import TOOLS
from tests.cluster.waiting import eventually

COUNT = 40
ZONES = ("us-east1-b", "us-east1-c", "us-east1-d")
ROOT = TOOLS.parent
STAGES = Path(__file__).with_name("kwok")
# room for what several tests run there at once, and for pods that drain
ROOM = {"cpu": "16", "memory": "64Gi", "ephemeral-storage": "100Gi", "pods": "110"}
INFO = {"architecture": "arm64", "operatingSystem": "linux", "kubeletVersion": "fake"} | dict.fromkeys(
    ("bootID", "containerRuntimeVersion", "kernelVersion", "kubeProxyVersion", "machineID", "osImage", "systemUUID"), ""
)
# as GKE does it to keep away what was built for other processors
TAINT = {"key": "kubernetes.io/arch", "value": "arm64", "effect": "NoSchedule"}
# a range for benchmarks of networks, which leads nowhere
POD_ADDRESSES = "198.18.0.0/16"
# renewed four times as often; a node that is silent for 20 s is taken for lost
LEASE_SECONDS = 24
START_SECONDS = 60
UP_SECONDS = 120


@dataclass(frozen=True)
class Fakes:
    """`kind`: what their names begin with, and their label `type` says."""

    cluster: Cluster
    kind: str
    count: int

    @property
    def folder(self) -> Path:
        """Of their log, and of locks that are kept by: who needs the nodes, who starts them, who takes them away."""
        return self.cluster.state / "fake-nodes" / self.kind

    @property
    def selector(self) -> str:
        return f"type={self.kind}"

    def lock(self, name: str, how: int) -> TextIO:
        """Held until it is closed, or the process ends."""
        held = (self.folder / name).open("w")
        try:
            fcntl.flock(held, how)
        except BlockingIOError:
            held.close()
            raise
        return held

    def are_kept(self) -> bool:
        try:
            self.lock("keeper", fcntl.LOCK_EX | fcntl.LOCK_NB).close()
        except BlockingIOError:
            return True
        return False


@contextmanager
def standing(cluster: Cluster, kind: str = "kwok", count: int = COUNT) -> Iterator[list[str]]:
    """Their names, once they are Ready.

    Processes that ask for them at the same time share them. When the last one has left the block, or was killed, a
    process of their own takes them away.
    """
    provide(cluster)
    fakes = Fakes(cluster, kind, count)
    fakes.folder.mkdir(parents=True, exist_ok=True)
    with fakes.lock("users", fcntl.LOCK_SH):
        with fakes.lock("starting", fcntl.LOCK_EX):
            if not fakes.are_kept():
                _start_keeper(fakes)
            names = eventually(lambda: _ready(fakes), f"{count} fake nodes are Ready", UP_SECONDS)
        yield names


def provide(cluster: Cluster) -> None:
    """Skips the test where there can be none. A local cluster comes with kwok."""
    cluster.needs("fake-nodes")
    if shutil.which("kwok", path=cluster.path) is None:
        go = toolchain(TOOLS)
        if shutil.which(go) is None:
            pytest.skip("needs kwok: there is no Go to build it with")
        building.build(TOOLS / "cluster" / "bin", go, names=["kwok"])


def _start_keeper(fakes: Fakes) -> None:
    command = [sys.executable, "-m", "tests.cluster.fakes", fakes.cluster.written(), fakes.kind, str(fakes.count)]
    with (fakes.folder / "log").open("w") as log:
        subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            timeout=START_SECONDS,
            check=True,
        )


def _ready(fakes: Fakes) -> list[str]:
    """Raises AssertionError until all are."""
    if not fakes.are_kept():
        raise RuntimeError(f"nothing keeps fake nodes: {(fakes.folder / 'log').read_text()}")
    found = fakes.cluster.json("nodes", selector=fakes.selector)["items"]
    ready = [node["metadata"]["name"] for node in found if _is_ready(node)]
    assert len(ready) == fakes.count, f"{len(ready)} of {len(found)}"
    return ready


def _is_ready(node: Mapping[str, Any]) -> bool:
    """And free of the taint that nodes are born with."""
    conditions = {each["type"]: each["status"] for each in node["status"].get("conditions", [])}
    return conditions.get("Ready") == "True" and node["spec"]["taints"] == [TAINT]


def keep(fakes: Fakes) -> None:
    """Until nobody needs them; returns at once, and goes on in a process that no terminal and no parent ends."""
    keeper = fakes.lock("keeper", fcntl.LOCK_EX)
    if os.fork():
        return
    os.setsid()
    # those of a keeper that was killed
    _delete(fakes)
    kwok = subprocess.Popen(_kwok(fakes), env=fakes.cluster.environment)
    try:
        nodes = {"apiVersion": "v1", "kind": "List", "items": [_node(fakes, number) for number in range(fakes.count)]}
        fakes.cluster.kubectl("create", "--filename=-", stdin=json.dumps(nodes))
        users = fakes.lock("users", fcntl.LOCK_EX)
    finally:
        _delete(fakes)
        kwok.terminate()
        kwok.wait()
    # in this order: who comes now waits for the second, and must not find the first
    keeper.close()
    users.close()


def _delete(fakes: Fakes) -> None:
    """The cluster may be gone too."""
    command = ["delete", "nodes", f"--selector={fakes.selector}", "--wait=false", "--request-timeout=20s"]
    try:
        fakes.cluster.kubectl(*command)
    except Failed as error:
        print(error, flush=True)


def _kwok(fakes: Fakes) -> list[str]:
    return [
        "kwok",
        f"--kubeconfig={fakes.cluster.kubeconfig}",
        "--manage-all-nodes=false",
        f"--manage-nodes-with-label-selector={fakes.selector}",
        f"--node-lease-duration-seconds={LEASE_SECONDS}",
        f"--cidr={POD_ADDRESSES}",
        "--v=WARN",
        *(f"--config={path}" for path in sorted(STAGES.glob("*.yaml"))),
    ]


def _node(fakes: Fakes, number: int) -> dict[str, Any]:
    name = f"{fakes.kind}-{number:02}"
    labels = {
        "type": fakes.kind,
        "kubernetes.io/arch": "arm64",
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": name,
        "topology.kubernetes.io/region": ZONES[0].rpartition("-")[0],
        "topology.kubernetes.io/zone": ZONES[number % len(ZONES)],
    }
    status = {"allocatable": ROOM, "capacity": ROOM, "nodeInfo": INFO}
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"taints": [TAINT]}, "status": status}


if __name__ == "__main__":
    written, kind, count = sys.argv[1:]
    keep(Fakes(Cluster.read(written), kind, int(count)))
