"""Where everything of one cluster stands: folders, addresses, ports. All else is derived from these."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# the first two numbers of every address: 10.100 to 10.115, one for each cluster that a machine can have at once
FIRST_NETWORK = 100
NETWORKS = 16
DNS_DOMAIN = "cluster.local"
REGISTRY = "127.0.0.1:5000"
LOGS = "logs"


@dataclass(frozen=True)
class Layout:
    """One cluster. `state`: its folder; `network`: which of the addresses 10.N.0.0/16 it has, and its device's name."""

    name: str
    state: Path
    binaries: Path
    volumes: Path
    registry: Path
    network: int
    nodes: int

    @property
    def device(self) -> str:
        """The host's end of the cable into the cluster."""
        return device(self.network)

    @property
    def range(self) -> str:
        return f"10.{self.network}.0.0/16"

    @property
    def pods(self) -> str:
        """Of all nodes; each has a /24 of it."""
        return f"10.{self.network}.0.0/18"

    @property
    def services(self) -> str:
        return f"10.{self.network}.64.0/18"

    @property
    def api_service(self) -> str:
        return f"10.{self.network}.64.1"

    @property
    def dns_service(self) -> str:
        return f"10.{self.network}.64.10"

    @property
    def host(self) -> str:
        return f"10.{self.network}.255.1"

    @property
    def address(self) -> str:
        """Of the control plane, and of the first node."""
        return self.node_address(0)

    @property
    def api(self) -> str:
        return f"https://{self.address}:6443"

    @property
    def pki(self) -> Path:
        return self.state / "pki"

    @property
    def kubeconfig(self) -> Path:
        return self.state / "admin.conf"

    @property
    def logs(self) -> Path:
        return self.state / LOGS

    @property
    def control(self) -> Path:
        """The supervisor's socket."""
        return self.state / "control"

    @property
    def cgroup(self) -> str:
        """Below the root of each controller."""
        return device(self.network)

    def node_name(self, index: int) -> str:
        return f"node-{index}"

    def node_address(self, index: int) -> str:
        return f"10.{self.network}.255.{2 + index}"

    def node_pods(self, index: int) -> str:
        return f"10.{self.network}.{index}.0/24"

    def node_folder(self, index: int) -> Path:
        return self.state / self.node_name(index)

    def containerd(self, index: int) -> str:
        """The socket, which the host does not see: /run is the cluster's own."""
        return f"/run/containerd-{index}.sock"


def device(network: int) -> str:
    """At most 15 letters, with the three that its other end has more."""
    return f"local-k8s{network}"
