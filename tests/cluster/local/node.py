"""A real node: containerd and a kubelet, with their files. Several may share a machine: nothing is in a fixed place."""

from __future__ import annotations

import json
import os
from pathlib import Path
from string import Template
from typing import Any

from . import memory
from .layout import DNS_DOMAIN, REGISTRY, Layout

# where distributions keep the plugins: Debian's package, and upstream's own place
CNI = ("/usr/lib/cni", "/opt/cni/bin")
CGROUPS = Path("/sys/fs/cgroup")
PAUSE = "localhost/local-k8s:1"
CONTAINERD = Template("""\
version = 2
root = "$images"
state = "/run/containerd-$index"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
  address = "$socket"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$folder/registries"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$cni"
    conf_dir = "$folder/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
""")
# whatever registry an image's name begins with, there is but one
REGISTRIES = f"""\
server = "http://{REGISTRY}"
[host."http://{REGISTRY}"]
  capabilities = ["pull", "resolve"]
"""


def plugins() -> Path | None:
    """The folder of the CNI plugins."""
    return next((path for path in map(Path, CNI) if (path / "ptp").exists()), None)


def write(layout: Layout, index: int) -> None:
    """The configuration of a node's programs."""
    folder = layout.node_folder(index)
    (folder / "cni").mkdir(parents=True)
    (folder / "cni" / "10-pods.conflist").write_text(json.dumps(network(layout, index)))
    (folder / "kubelet.json").write_text(json.dumps(kubelet(layout, index)))
    (folder / "containerd.toml").write_text(containerd(layout, index))
    (folder / "registries" / "_default").mkdir(parents=True)
    (folder / "registries" / "_default" / "hosts.toml").write_text(REGISTRIES)
    # no resolver outside: what the cluster does not know, nobody knows
    (folder / "resolv.conf").write_text("")


def containerd(layout: Layout, index: int, meminfo: Path = memory.MEMINFO) -> str:
    folder, socket = layout.node_folder(index), layout.containerd(index)
    # a disk that has just lost another cluster's images is slow to make files
    images = f"/run/containerd-{index}-images" if memory.is_plenty(meminfo) else f"{folder}/containerd"
    return CONTAINERD.substitute(folder=folder, images=images, index=index, socket=socket, pause=PAUSE, cni=plugins())


def network(layout: Layout, index: int) -> dict[str, Any]:
    """Each pod has a cable of its own, so that even neighbours meet in the routing table, where Services are made."""
    ranges = [[{"subnet": layout.node_pods(index)}]]
    folder = layout.node_folder(index) / "cni-leases"
    ipam = {"type": "host-local", "ranges": ranges, "routes": [{"dst": "0.0.0.0/0"}], "dataDir": str(folder)}
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "ptp", "ipam": ipam}]}


def kubelet(layout: Layout, index: int) -> dict[str, Any]:
    folder, name = layout.node_folder(index), layout.node_name(index)
    address = layout.node_address(index)
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": address,
        "healthzBindAddress": address,
        "containerRuntimeEndpoint": f"unix://{layout.containerd(index)}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.cgroup}/{name}",
        "failCgroupV1": False,
        "failSwapOn": False,
        # a machine for tests is shared with the tests
        "enforceNodeAllocatable": [],
        "localStorageCapacityIsolation": True,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "oomScoreAdj": 0,
        "podLogsDir": f"{folder}/pods",
        "volumePluginDir": f"{folder}/plugins",
        "clusterDNS": [layout.dns_service],
        "clusterDomain": DNS_DOMAIN,
        "resolvConf": f"{folder}/resolv.conf",
        "authentication": {"anonymous": {"enabled": False}, "x509": {"clientCAFile": str(layout.pki / "ca.crt")}},
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(layout.pki / f"{name}.crt"),
        "tlsPrivateKeyFile": str(layout.pki / f"{name}.key"),
        # its default of one at a time makes a second large image wait for the first
        "serializeImagePulls": False,
        "maxPods": 200,
        "nodeStatusUpdateFrequency": "4s",
        "syncFrequency": "10s",
    }


def programs(layout: Layout, index: int) -> dict[str, list[str]]:
    folder, name = layout.node_folder(index), layout.node_name(index)
    return {
        f"containerd-{index}": ["containerd", f"--config={folder}/containerd.toml", "--log-level=warn"],
        f"kubelet-{index}": [
            str(layout.binaries / "kubelet"),
            f"--config={folder}/kubelet.json",
            f"--kubeconfig={layout.state}/{name}.conf",
            # the cluster's own folder, by a short name: a socket's address below it may have 107 bytes
            f"--root-dir=/var/lib/kubelet/{name}",
            f"--cert-dir=/var/lib/kubelet/{name}",
            f"--hostname-override={name}",
            f"--node-ip={layout.node_address(index)}",
        ],
    }


def cgroups(layout: Layout, root: Path = CGROUPS) -> list[Path]:
    """The folders of the cluster's control groups, one a hierarchy: version 1 has several, version 2 one."""
    if (root / "cgroup.controllers").exists():
        return [root / layout.cgroup]
    return [path / layout.cgroup for path in sorted(root.iterdir()) if (path / "cgroup.procs").exists()]


def make_cgroups(layout: Layout, root: Path = CGROUPS) -> None:
    for top in cgroups(layout, root):
        for path in [top, *(top / layout.node_name(index) for index in range(layout.nodes))]:
            path.mkdir(exist_ok=True)
            if (path.parent / "cgroup.controllers").exists():
                _delegate(path.parent)
            else:
                _give_processors(path)


def _delegate(parent: Path) -> None:
    """Its children have the controllers that it has. Version 2."""
    controllers = (parent / "cgroup.controllers").read_text().split()
    (parent / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in controllers))


def _give_processors(path: Path) -> None:
    """A new group of version 1 has none until it is given its parent's."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if (path / name).exists() and not (path / name).read_text().strip():
            (path / name).write_text((path.parent / name).read_text())


def remove_cgroups(layout: Layout) -> None:
    """Of a cluster whose processes are gone."""
    for top in cgroups(layout):
        for folder, _, _ in os.walk(top, topdown=False):
            Path(folder).rmdir()
