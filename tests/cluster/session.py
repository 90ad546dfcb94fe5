"""The cluster of one run: chosen by options, brought up once, and gone afterwards with all that the run made."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.cluster import definitions, namespaces
from tests.cluster.handle import Cluster
from tests.cluster.providers import Provider, choose, folders
from tests.cluster.providers.existing import Existing
from tests.cluster.providers.kind import Kind, docker_answers
from tests.cluster.providers.local import Local

TOOLS = Path(__file__).parents[2] / ".tools"


class Options(NamedTuple):
    """As the command line gives them; `extra`: the pairs of --test_extra_info."""

    cluster_type: str = ""
    kubeconfig: str = ""
    extra: Mapping[str, str] = {}


def pairs(text: str) -> dict[str, str]:
    """Of "a=b,c=d"."""
    return dict(word.split("=", 1) for word in text.split(",") if "=" in word)


def path() -> str:
    """PATH, with what make builds first."""
    return os.pathsep.join([str(TOOLS / "cluster" / "bin"), str(TOOLS / "bin"), os.environ.get("PATH", os.defpath)])


def makers(say: Callable[[str], None]) -> list[Provider]:
    """Those that make a cluster, in the order in which they are tried."""
    return [Kind(path(), docker_answers), Local(TOOLS, path(), say)]


def kept(maker: Provider) -> Path:
    """The folder of its cluster that stays."""
    return TOOLS / "cluster" / maker.name / folders.KEPT


def provider(options: Options, say: Callable[[str], None]) -> Provider:
    """Raises WrongChoiceError, NoClusterError."""
    registry, policy = options.extra.get("registry", ""), options.extra.get("network-policy", "")
    existing = Existing(Path(options.kubeconfig), path(), registry, policy) if options.kubeconfig else None
    return choose(options.cluster_type, existing, makers(say), os.environ.get("KUBECONFIG", ""))


class Facts(NamedTuple):
    """What tests need of a session. `run`: labels its namespaces; `folder`: of nobody else."""

    cluster: Cluster
    run: str
    folder: Path

    def place(self, name: str) -> Path:
        """The folder of a cluster of a test's own: what a run leaves there when it is killed, the next takes down."""
        return self.folder.with_name(f"{self.folder.name}-{name}")

    def written(self) -> str:
        return json.dumps([self.cluster.written(), self.run, str(self.folder)])


def read(text: str) -> Facts:
    cluster, run, folder = json.loads(text)
    return Facts(Cluster.read(cluster), run, Path(folder))


class Session:
    """`keep`: use the cluster that stays, and let it stay."""

    def __init__(self, chosen: Provider, say: Callable[[str], None], *, keep: bool) -> None:
        self._run = secrets.token_hex(4)
        self._provider = chosen
        self._say = say
        self._keep = keep
        self._claimed, self._lock = folders.claim(kept(chosen).parent)
        self._folder = kept(chosen) if keep else self._claimed
        self._cluster: Cluster | None = None
        self._definitions: list[str] = []

    def up(self) -> Facts:
        start = time.monotonic()
        self._sweep()
        self._say(f"cluster: {self._provider.name}, in {self._folder}")
        self._cluster = self._provider.up(self._folder, nodes=1)
        server = self._cluster.kubectl("config", "view", "--minify", "--output=jsonpath={.clusters[0].cluster.server}")
        self._say(f"cluster: {server} is up after {time.monotonic() - start:.0f} s")
        self._definitions = definitions.install(self._cluster)
        return Facts(self._cluster, self._run, self._claimed)

    def down(self) -> None:
        """After a run that ended in any way. A cluster that stays is rid of what the run made there.

        Whatever fails, the rest goes on; raises the last error.
        """
        with ExitStack() as last_first:
            last_first.callback(self._lock.close)
            last_first.callback(self._sweep)
            if self._cluster is not None and self._provider.name == "existing":
                last_first.callback(definitions.remove, self._cluster, self._definitions)
            if self._cluster is not None and (self._keep or self._provider.name == "existing"):
                last_first.callback(namespaces.delete_of_run, self._cluster, self._run)
        if self._keep:
            self._say("cluster: kept; `make cluster-down` takes it down")

    def _sweep(self) -> None:
        """Of this run, and of one that was killed and had the same folders. Raises the last error."""
        with ExitStack() as last_first:
            for folder in [self._claimed, *folders.beside(self._claimed)]:
                last_first.callback(self._provider.down, folder)
