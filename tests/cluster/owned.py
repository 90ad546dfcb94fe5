"""Clusters that a test has to itself, to break them or to throw them away."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import definitions, local
from tests.cluster.handle import Cluster
from tests.cluster.images import Images
from tests.cluster.providers.local import handle as described
from tests.cluster.session import TOOLS, path
from tests.cluster.waiting import eventually
from tests.images.building import Builder

BINARIES = TOOLS / "cluster" / "bin"
# of the cluster that own_cluster gives
NODES = ("node-0", "node-1")
REGISTRY_FOLDER = TOOLS / "cluster" / "registry"


def needs_local(cluster: Cluster) -> None:
    """Skips the test where the run has another cluster than the one without docker, which has no more to break."""
    cluster.needs("control-plane")


@contextmanager
def standing(state: Path, volumes: Path) -> Iterator[local.Running]:
    """One that goes with the block, unless it was killed before. `volumes`: outlive it."""
    running = local.up(state, BINARIES, name=state.name, volumes=volumes, registry=REGISTRY_FOLDER)
    try:
        definitions.install(handle(running))
        yield running
    finally:
        running.down()


def handle(running: local.Running) -> Cluster:
    return described(running, path())


def images_of(cluster: Cluster) -> Images:
    """Its registry's own: each cluster has one, and they share what is in the layers alone."""
    return Images(cluster, Builder())


def kill(running: local.Running) -> None:
    """All of its processes at once."""
    os.kill(running.pid, signal.SIGKILL)
    eventually(lambda: not Path("/proc", str(running.pid)).exists(), "the cluster's first process ends")


@contextmanager
def only_on(cluster: Cluster, node: str) -> Iterator[None]:
    """Whatever is placed meanwhile goes to this node, of those that are real."""
    with cordoned(cluster, *(name for name in NODES if name != node)):
        yield


@contextmanager
def cordoned(cluster: Cluster, *nodes: str) -> Iterator[None]:
    cluster.kubectl("cordon", *nodes)
    try:
        yield
    finally:
        cluster.kubectl("uncordon", *nodes)
