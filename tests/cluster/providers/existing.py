"""A cluster that is there already, named by its kubeconfig."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cluster.handle import Cluster, Failed
from tests.cluster.providers.abilities import told

OURS = "it is not ours to break"
UNKNOWN = "its API does not tell: --test_extra_info network-policy=enforced says so"
NO_REGISTRY = "no registry that its nodes can pull from is named: --test_extra_info registry=HOST/PATH"
NO_FAKES = "its owner's pods could be placed on them"


class Existing:
    name = "existing"

    def __init__(self, kubeconfig: Path, path: str, registry: str, network_policy: str) -> None:
        """`registry`: where images may be pushed to; `network_policy`: whatever is known to enforce it."""
        self._kubeconfig = kubeconfig.resolve()
        self._path = path
        self._registry = registry
        unknown = {"network-policy": not network_policy and UNKNOWN, "images": not registry and NO_REGISTRY}
        known = {"control-plane": OURS, "fake-nodes": NO_FAKES, "digests": not registry and NO_REGISTRY}
        self._lacks = {ability: why for ability, why in (known | unknown).items() if why}

    def wanting(self) -> str:
        if not self._kubeconfig.is_file():
            return f"there is no file {self._kubeconfig}"
        missing = [program for program in ("kubectl", "helm") if shutil.which(program, path=self._path) is None]
        return f"there is no program {missing[0]}" if missing else ""

    def up(self, state: Path, nodes: int) -> Cluster:  # noqa: ARG002  it has what it has
        """Raises Failed where its API does not answer."""
        state.mkdir(parents=True, exist_ok=True)
        cluster = Cluster(self.name, state, self._kubeconfig, self._path, self._lacks, self._registry)
        try:
            cluster.kubectl("get", "--raw", "/version", "--request-timeout=20s")
        except Failed as error:
            raise Failed(f"the cluster of {self._kubeconfig} does not answer: {error}") from error
        return told(cluster)

    def down(self, state: Path) -> None:
        """It stays; its folder here goes."""
        shutil.rmtree(state, ignore_errors=True)
