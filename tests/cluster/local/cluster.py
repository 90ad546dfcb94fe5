"""Brings a cluster up and takes it down."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from string import Template
from typing import Any

from . import components, namespaces, node, pause, pki
from .control import Control
from .layout import Layout
from .waiting import is_done, succeeds, wait

READY_SECONDS = 120.0
GONE_SECONDS = 60.0


@dataclass(frozen=True)
class Running:
    """A cluster that is up. `pid`: of its first process, on the host."""

    layout: Layout
    pid: int

    @property
    def kubeconfig(self) -> Path:
        return self.layout.kubeconfig

    @property
    def path(self) -> Path:
        """The folder of kubectl and its like."""
        return self.layout.binaries

    @property
    def enter(self) -> list[str]:
        """What a command begins with that is to run on the cluster's network, where its registry is."""
        return namespaces.enter(self.pid)

    @property
    def control(self) -> Control:
        """Stops and starts its programs, by name."""
        return Control(self.layout.control)

    def down(self) -> None:
        down(self.layout.state)


def attach(state: Path) -> Running | None:
    """The cluster of that folder, if it is up."""
    running = _recall(state)
    if running is None:
        return None
    with suppress(OSError):
        running.control.status()
        return running
    return None


def up(
    state: Path,
    binaries: Path,
    *,
    name: str = "default",
    nodes: int = 1,
    volumes: Path | None = None,
    registry: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Running:
    """A cluster whose nodes are Ready; one that is already up is left as it is. Raises OSError.

    `state`: a folder of its own, gone with the cluster. `volumes`, `registry`: where they are to outlive it.
    """
    running = attach(state)
    if running is not None:
        return running
    down(state)
    state.mkdir(parents=True, mode=0o700)
    (state / "logs").mkdir()
    network = namespaces.reserve()
    layout = Layout(name, state, binaries, volumes or state / "volumes", registry or state / "registry", network, nodes)
    _remember(layout, pid=0)
    try:
        return _up(layout, say)
    except BaseException as error:
        kept = state.with_name(f"{state.name}.failed")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(layout.logs, kept)
        down(state)
        if isinstance(error, OSError):
            raise OSError(f"{error}; its logs are in {kept}") from error
        raise


def down(state: Path) -> None:
    """Leaves nothing of it; what is not there is gone already."""
    running = _recall(state)
    if running is None:
        shutil.rmtree(state, ignore_errors=True)
        return
    layout, pid = running.layout, running.pid
    if pid and _is_ours(pid, layout):
        os.kill(pid, signal.SIGKILL)
        wait(lambda: not Path(f"/proc/{pid}").exists(), GONE_SECONDS, "the cluster's processes do not end")
    namespaces.disconnect(layout)
    wait(lambda: is_done(lambda: node.remove_cgroups(layout)), GONE_SECONDS, "control groups are still in use")
    wait(lambda: is_done(lambda: shutil.rmtree(state)), GONE_SECONDS, f"{state} is still in use")


def _up(layout: Layout, say: Callable[[str], None]) -> Running:
    for folder in (layout.volumes, layout.registry):
        folder.mkdir(parents=True, exist_ok=True)
    pki.write(layout)
    namespaces.write(layout)
    for index in range(layout.nodes):
        node.write(layout, index)
    node.make_cgroups(layout)
    busybox = shutil.which("busybox")
    assert busybox is not None
    pause.write(Path(busybox), layout.state / "pause.tar")
    pid = namespaces.start(layout)
    _remember(layout, pid)
    namespaces.connect(layout, pid)
    running = Running(layout, pid)
    _run(running, _server(layout))
    wait(lambda: _is_serving(layout), READY_SECONDS, "the API server does not answer")
    # not before: they would wait longer and longer for it
    _run(running, _clients(layout))
    say("the API server answers")
    _import(running)
    _apply(running)
    say("waiting for the nodes")
    wait(lambda: _ready(running) == layout.nodes, READY_SECONDS, "the nodes do not become Ready")
    # the first pod of a namespace needs it, and a controller makes it
    account = [*_kubectl(running), "get", "serviceaccount", "default"]
    wait(lambda: succeeds(account), READY_SECONDS, "the controllers do not work")
    return running


def _run(running: Running, programs: Mapping[str, list[str]]) -> None:
    for name, command in programs.items():
        running.control.run(name, command, running.layout.logs / f"{name}.log")


def _server(layout: Layout) -> Mapping[str, list[str]]:
    return {"etcd": components.etcd(layout), "kube-apiserver": components.apiserver(layout)}


def _clients(layout: Layout) -> Mapping[str, list[str]]:
    nodes = {name: command for i in range(layout.nodes) for name, command in node.programs(layout, i).items()}
    return nodes | {
        "kube-controller-manager": components.controller_manager(layout),
        "kube-scheduler": components.scheduler(layout),
        "kube-proxy": components.proxy(layout),
        "registry": components.registry(layout),
        "coredns": components.coredns(layout),
        "metrics-server": components.metrics_server(layout),
        "local-path-provisioner": components.storage(layout),
    }


def _is_serving(layout: Layout) -> bool:
    context = ssl.create_default_context(cafile=str(layout.pki / "ca.crt"))
    context.load_cert_chain(layout.pki / "admin.crt", layout.pki / "admin.key")
    try:
        with urllib.request.urlopen(f"{layout.api}/readyz", context=context, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def _import(running: Running) -> None:
    """The pause image, into each node's containerd."""
    layout = running.layout
    inside = ["nsenter", f"--target={running.pid}", "--net", "--mount", "--pid", "--"]
    for index in range(layout.nodes):
        ctr = [*inside, "ctr", f"--address={layout.containerd(index)}", "--namespace=k8s.io"]
        is_answering = partial(succeeds, [*ctr, "version"])
        wait(is_answering, READY_SECONDS, "containerd does not answer")
        namespaces.run(*ctr, "images", "import", str(layout.state / "pause.tar"))


def _apply(running: Running) -> None:
    layout = running.layout
    template = Template(Path(__file__).with_name("addons.yaml").read_text())
    manifest = layout.state / "addons.yaml"
    manifest.write_text(template.substitute(dns_service=layout.dns_service, address=layout.address))
    # the server is ready before its first namespaces are
    command = [*_kubectl(running), "apply", "--server-side", "-f", str(manifest)]
    wait(lambda: succeeds(command), READY_SECONDS, "the add-ons cannot be applied")


def _ready(running: Running) -> int:
    path = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status} {end}'
    nodes = [*_kubectl(running), "get", "nodes", f"-o=jsonpath={path}"]
    done = subprocess.run(nodes, capture_output=True, text=True, check=False)
    return done.stdout.split().count("True")


def _kubectl(running: Running) -> list[str]:
    return [str(running.path / "kubectl"), f"--kubeconfig={running.kubeconfig}"]


def _remember(layout: Layout, pid: int) -> None:
    fields = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(layout).items()}
    (layout.state / "cluster.json").write_text(json.dumps({"layout": fields, "pid": pid}))


def _recall(state: Path) -> Running | None:
    try:
        found = json.loads((state / "cluster.json").read_text())
    except FileNotFoundError:
        return None
    paths: dict[str, Any] = {key: Path(found["layout"][key]) for key in ("state", "binaries", "volumes", "registry")}
    return Running(Layout(**found["layout"] | paths), found["pid"])


def _is_ours(pid: int, layout: Layout) -> bool:
    """A process id may have been given to another program since."""
    with suppress(OSError):
        return str(layout.control).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False
