"""What a local cluster finds on a machine: control groups, programs, proxies, devices, and other processes."""

from __future__ import annotations

import os
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.cluster import local
from tests.cluster.local import asking, cluster, machine, memory, namespaces, node, pki, record
from tests.cluster.local.layout import Layout
from tests.unit.cluster.programs import Programs


class Nearby(Layout):
    """Whose API server listens on a free port of this machine."""

    port = 0

    @property
    def api(self) -> str:
        return f"https://localhost:{self.port}"


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    state = tmp_path / "state"
    state.mkdir()
    return Nearby("default", state, tmp_path / "bin", state, state, network=100, nodes=1)


@pytest.fixture
def ip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """An `ip` that lists no routes and makes the first device. There are no devices yet."""
    folder = tmp_path / "programs"
    folder.mkdir()
    found = Programs(folder, "ip")
    found.answers("ip -4 route show table all type unicast", "")
    found.answers("ip link add local-k8s100 type veth peer name local-k8s100-in", "")
    monkeypatch.setenv("PATH", found.path)
    monkeypatch.setattr(namespaces, "DEVICES", tmp_path / "devices")
    return found


def group(path: Path, **files: str) -> Path:
    path.mkdir(parents=True)
    for name, content in files.items():
        (path / name.replace("_", ".", 1)).write_text(content)
    return path


def test_control_groups_of_version_2_are_given_controllers_and_no_processors(layout: Layout, tmp_path: Path) -> None:
    # as on a machine with systemd: the root has no cpuset.cpus
    root = group(tmp_path / "groups", cgroup_controllers="cpuset cpu\n", cgroup_subtree_control="")
    rest = {"cgroup_controllers": "cpuset cpu\n", "cgroup_subtree_control": "", "cpuset_cpus": "\n"}
    top = group(root / layout.cgroup, **rest)
    below = group(top / "node-0", **rest)
    node.make_cgroups(layout, root)
    found = [(path / "cgroup.subtree_control").read_text() for path in (root, top, below)]
    assert found == ["+cpuset +cpu", "+cpuset +cpu", ""]
    assert (top / "cpuset.cpus").read_text() == "\n"


def test_control_groups_of_version_1_have_their_parents_processors(layout: Layout, tmp_path: Path) -> None:
    root = group(tmp_path / "groups" / "cpuset", cgroup_procs="", cpuset_cpus="0-1\n", cpuset_mems="0\n")
    top = group(root / layout.cgroup, cpuset_cpus="\n", cpuset_mems="\n")
    below = group(top / "node-0", cpuset_cpus="\n", cpuset_mems="\n")
    node.make_cgroups(layout, root.parent)
    assert [(path / "cpuset.cpus").read_text() for path in (top, below)] == ["0-1\n", "0-1\n"]
    assert (below / "cpuset.mems").read_text() == "0\n"


def test_a_busybox_that_needs_libraries_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "busybox").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert "busybox-static" in machine.missing()
    (tmp_path / "busybox").unlink()
    # a header, and one segment that is loaded
    segment = struct.pack("<I52x", 1)
    header = machine.ELF_64 + struct.pack("<27xQ14xHH", 64, len(segment), 1).ljust(59, b"\0")
    (tmp_path / "busybox").write_bytes(header + segment)
    (tmp_path / "busybox").chmod(0o755)
    assert "busybox-static" not in machine.missing()


@pytest.mark.parametrize(
    ("kilobytes", "root", "collection"),
    [(8 * 2**20, "/run/containerd-0-images", ["GOGC=300"]), (8 * 2**20 - 1, "{}/containerd", [])],
)
def test_memory_is_spent_on_images_and_garbage_where_there_is_plenty(
    layout: Layout, tmp_path: Path, kilobytes: int, root: str, collection: list[str]
) -> None:
    (tmp_path / "meminfo").write_text(f"MemTotal: 99999999 kB\nMemFree: 1 kB\nMemAvailable: {kilobytes:8} kB\n")
    found = node.containerd(layout, 0, tmp_path / "meminfo")
    assert f'\nroot = "{root.format(layout.node_folder(0))}"\n' in found
    assert memory.collection(tmp_path / "meminfo") == collection


def test_no_proxy_is_asked_whether_the_api_server_serves(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    pki.write(layout)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(layout) as port:
        monkeypatch.setattr(Nearby, "port", port)
        assert asking.is_serving(layout)


def test_a_stand_in_for_the_api_server_ends_with_the_test_that_fails(layout: Layout) -> None:
    pki.write(layout)
    before = threading.enumerate()
    with pytest.raises(AssertionError), serving(layout):
        raise AssertionError
    assert threading.enumerate() == before


def test_kubectl_is_told_of_no_proxy(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "no_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    layout.binaries.mkdir()
    (layout.binaries / "kubectl").write_text("#!/bin/sh\nenv\n")
    (layout.binaries / "kubectl").chmod(0o755)
    found = namespaces.run(*cluster.kubectl(local.Running(layout, 1)))
    assert "PATH=" in found
    assert "_proxy=" not in found.lower()


def test_a_device_that_cannot_be_marked_is_not_left(ip: Programs, tmp_path: Path) -> None:
    ip.refuse_the_rest()
    with pytest.raises(OSError, match="refused"):
        namespaces.reserve(tmp_path / "state")
    assert ip.calls[-1] == "ip link delete local-k8s100"


@pytest.mark.parametrize("owner", ["state", "other", "nowhere/other"])
def test_a_device_of_a_folder_without_a_record_is_made_anew(ip: Programs, tmp_path: Path, owner: str) -> None:
    mark(tmp_path / owner)
    with record.alone(tmp_path / "state"):
        namespaces.reserve(tmp_path / "state")
    assert "ip link delete local-k8s100" in ip.calls


def test_a_device_of_a_cluster_is_left_alone(ip: Programs, layout: Layout, tmp_path: Path) -> None:
    mark(layout.state)
    with record.alone(layout.state):
        namespaces.reserve(tmp_path / "second")
    record.write(record.Record(layout, pid=0))
    namespaces.reserve(tmp_path / "second")
    assert "ip link delete local-k8s100" not in ip.calls


def test_whoever_only_names_a_clusters_socket_is_not_its_first_process(layout: Layout) -> None:
    waiting = ["sh", "-c", "echo began; read _", "sh"]
    supervisor = str(Path(namespaces.__file__).with_name("supervisor.py"))
    with begun(*waiting, str(layout.control)), begun(*waiting, supervisor, str(layout.control)) as first:
        assert record.first_processes(layout) == [Path("/proc", str(first))]


def test_two_at_once_of_one_folder_wait_for_each_other_and_leave_no_file(tmp_path: Path) -> None:
    done: list[str] = []

    def second() -> None:
        with record.alone(tmp_path / "state"):
            done.append("second")

    other = threading.Thread(target=second)
    with record.alone(tmp_path / "state"):
        other.start()
        with pytest.raises(BlockingIOError), record.alone(tmp_path / "state", record.AT_ONCE):
            pass
        done.append("first")
    other.join()
    assert done == ["first", "second"]
    assert list(tmp_path.iterdir()) == []


def mark(owner: Path) -> None:
    """The first device there is one of that cluster's."""
    alias = namespaces.DEVICES / "local-k8s100" / "ifalias"
    alias.parent.mkdir(parents=True)
    alias.write_text(f"{namespaces.alias(owner)}\n")


@contextmanager
def serving(layout: Layout) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(layout.pki / "apiserver.crt", layout.pki / "apiserver.key")
    with HTTPServer(("localhost", 0), Ready) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def begun(*command: str) -> Iterator[int]:
    """Its process id, when it speaks: right after it was made, a process has no words yet."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process.pid
        process.communicate()
