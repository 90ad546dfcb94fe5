"""Brings a cluster up and takes it down."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import Template

from . import asking, components, namespaces, node, pause, pki, record
from .building import PROGRAMS
from .control import Control
from .layout import LOGS, Layout
from .waiting import is_done, succeeds, wait

READY_SECONDS = 300.0
GONE_SECONDS = 60.0
# of one program, while a cluster comes up; some need another start or two until others answer them
MOST_STARTS = 12


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
    found = record.read(state)
    if found is None:
        return None
    running = Running(*found)
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
    state.parent.mkdir(parents=True, exist_ok=True)
    with record.alone(state):
        running = attach(state)
        if running is not None:
            return running
        _check(binaries)
        _down(state)
        state.mkdir(mode=0o700)
        (state / LOGS).mkdir()
        volumes, registry = volumes or state / "volumes", registry or state / "registry"
        return _new(partial(Layout, name, state, binaries, volumes, registry, nodes=nodes), state, say)


def _new(layout_of: Callable[..., Layout], state: Path, say: Callable[[str], None]) -> Running:
    try:
        layout = layout_of(network=namespaces.reserve(state))
        record.write(record.Record(layout, pid=0))
        return _up(layout, say)
    except BaseException as error:
        kept = state.with_name(f"{state.name}.failed")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(state / LOGS, kept)
        _down(state)
        if isinstance(error, OSError):
            raise OSError(f"{error}; its logs are in {kept}") from error
        raise


def down(state: Path) -> None:
    """Leaves nothing of it; what is not there is gone already. Raises OSError."""
    if state.exists():
        with record.alone(state):
            _down(state)


def _down(state: Path) -> None:
    found = record.read(state)
    if found is None:
        record.discard(state)
        return
    layout, first = found.layout, record.first_processes(found.layout)
    for process in first:
        with suppress(ProcessLookupError):
            os.kill(int(process.name), signal.SIGKILL)
    wait(lambda: not any(process.exists() for process in first), GONE_SECONDS, "the cluster's processes do not end")
    if not namespaces.is_anothers(layout):
        namespaces.disconnect(layout)
        wait(lambda: is_done(lambda: node.remove_cgroups(layout)), GONE_SECONDS, "control groups are still in use")
    wait(lambda: is_done(lambda: record.remove(state)), GONE_SECONDS, f"{state} is still in use")


def _check(binaries: Path) -> None:
    absent = next((binaries / name for name in PROGRAMS if not (binaries / name).exists()), None)
    if absent:
        raise OSError(f"there is no {absent}; the command build makes it")


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
    record.write(record.Record(layout, pid))
    namespaces.connect(layout, pid)
    running = Running(layout, pid)
    _run(running, _server(layout))
    wait(lambda: _goes_on(running) and asking.is_serving(layout), READY_SECONDS, "the API server does not answer")
    # not before: they would wait longer and longer for it
    _run(running, _clients(layout))
    say("the API server answers")
    _import(running)
    _apply(running)
    say("waiting for the nodes")
    wait(lambda: _goes_on(running) and asking.are_ready(layout), READY_SECONDS, "the nodes do not become Ready")
    wait(lambda: asking.has_account(layout), READY_SECONDS, "the controllers do not work")
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
    command = [*kubectl(running), "apply", "--server-side", "-f", str(manifest)]
    wait(lambda: succeeds(command), READY_SECONDS, "the add-ons cannot be applied")


def _goes_on(running: Running) -> bool:
    """Raises OSError where a program ends again and again."""
    for name, found in running.control.status().items():
        if found["starts"] > MOST_STARTS:
            last = (running.layout.logs / f"{name}.log").read_text().rpartition("\n")[0].splitlines()[-1:]
            raise OSError(f"{name} ends as soon as it is started: {''.join(last)}")
    return True


def kubectl(running: Running) -> list[str]:
    cache = f"--cache-dir={running.layout.state}/cache"
    return [*namespaces.direct(), str(running.path / "kubectl"), f"--kubeconfig={running.kubeconfig}", cache]
