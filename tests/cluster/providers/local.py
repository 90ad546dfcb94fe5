"""A cluster of our own, without docker: tests/cluster/local."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.cluster import local
from tests.cluster.handle import Cluster
from tests.cluster.local.layout import REGISTRY

NO_POLICY = "no network plugin that enforces policies can be built from Go modules"


def handle(running: local.Running, path: str) -> Cluster:
    """`path`: PATH, with kubectl and helm first."""
    lacks = {"network-policy": NO_POLICY}
    state, enter = running.layout.state, tuple(running.enter)
    return Cluster(Local.name, state, running.kubeconfig, path, lacks, REGISTRY, enter)


def toolchain(tools: Path) -> str:
    """Go: the one that make has installed, or else the machine's, which may be missing."""
    built = tools / "go" / "go" / "bin" / "go"
    return str(built) if built.exists() else "go"


class Local:
    name = "local"

    def __init__(self, tools: Path, path: str, say: Callable[[str], None]) -> None:
        """`tools`: the folder of what make builds; `say`: is told what takes long."""
        self._binaries = tools / "cluster" / "bin"
        self._registry = tools / "cluster" / "registry"
        self._go = toolchain(tools)
        self._path = path
        self._say = say

    def wanting(self) -> str:
        if lacking := local.lacking():
            return lacking
        if shutil.which("helm", path=self._path) is None:
            return "there is no program helm: `make tools` builds it"
        ready = local.is_built(self._binaries) or shutil.which(self._go)
        return "" if ready else "there is no Go to build Kubernetes with"

    def up(self, state: Path, nodes: int) -> Cluster:
        local.build(self._binaries, self._go, self._say)
        running = local.up(state, self._binaries, name=state.name, nodes=nodes, registry=self._registry, say=self._say)
        return handle(running, self._path)

    def down(self, state: Path) -> None:
        local.down(state)
