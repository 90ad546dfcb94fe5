"""A cluster by kind: nodes that are docker's containers."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from tests.cluster.handle import Cluster
from tests.cluster.providers.abilities import told

ANSWER_SECONDS = 20
CONFIGURATION = Path(__file__).with_name("kind.yaml")
LACKS = {
    "control-plane": "kind's control plane runs as static pods of a container",
    "digests": "an image that is loaded into kind's nodes has no digest of a registry",
}


def docker_answers() -> bool:
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, timeout=ANSWER_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


class Kind:
    name = "kind"

    def __init__(self, path: str, has_docker: Callable[[], bool]) -> None:
        self._path = path
        self._has_docker = has_docker

    def wanting(self) -> str:
        missing = [program for program in ("kind", "kubectl", "helm") if shutil.which(program, path=self._path) is None]
        if missing:
            return f"there is no program {missing[0]}"
        return "" if self._has_docker() else "`docker info` does not answer"

    def up(self, state: Path, nodes: int) -> Cluster:  # noqa: ARG002  as many as kind.yaml says
        state.mkdir(parents=True, exist_ok=True)
        kubeconfig, named = state / "kubeconfig", f"--name={_name(state)}"
        if _name(state) in self._kind("get", "clusters").split():
            self._kind("export", "kubeconfig", named, f"--kubeconfig={kubeconfig}")
        else:
            self._kind(
                "create", "cluster", named, f"--config={CONFIGURATION}", f"--kubeconfig={kubeconfig}", "--wait=5m"
            )
        kind = shutil.which("kind", path=self._path) or "kind"
        load = (kind, "load", "image-archive", named)
        return told(Cluster(self.name, state, kubeconfig, self._path, LACKS, load=load))

    def down(self, state: Path) -> None:
        if state.exists():
            self._kind("delete", "cluster", f"--name={_name(state)}", f"--kubeconfig={state / 'kubeconfig'}")
            shutil.rmtree(state)

    def _kind(self, *arguments: str) -> str:
        """Its progress goes to the terminal, where it says what failed too."""
        environment = {**os.environ, "PATH": self._path}
        done = subprocess.run(["kind", *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout


def _name(state: Path) -> str:
    """Docker's containers are the whole machine's: each folder has a name of its own."""
    return f"suite-{sha256(str(state.resolve()).encode()).hexdigest()[:10]}"
