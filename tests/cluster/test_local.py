"""The cluster without docker itself: what works in it, what becomes of it when it is killed, and that nothing stays."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from string import Template

import pytest

from tests.cluster import local, traces
from tests.cluster.handle import Cluster
from tests.cluster.local import cluster as bringing
from tests.cluster.local import record
from tests.cluster.local.layout import REGISTRY
from tests.cluster.session import TOOLS, Facts
from tests.cluster.traces import output
from tests.cluster.waiting import eventually
from tests.running import command_lines

pytestmark = [pytest.mark.xdist_group("local"), pytest.mark.minutes(1)]
BINARIES = TOOLS / "cluster" / "bin"
READY_SECONDS = 120
# a pod that serves what its volume holds, under a Service's name
WEB = Template("""
{apiVersion: v1, kind: List, items: [
  {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data},
   spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}},
  {apiVersion: v1, kind: Service, metadata: {name: web},
   spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}},
  {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {
   securityContext: {runAsUser: 1000, runAsNonRoot: true},
   volumes: [{name: data, persistentVolumeClaim: {claimName: data}}],
   containers: [{name: web, image: "$image", volumeMounts: [{name: data, mountPath: /data}],
    command: [/bin/busybox, sh, -c, "id -u > /data/user; exec /bin/busybox httpd -f -p 8080 -h /data"],
    readinessProbe: {httpGet: {path: /user, port: 8080}, periodSeconds: 1}},
    {name: elsewhere, image: "example.com/busybox:1", command: [/bin/busybox, sleep, "1000"]}]}}]}""")


@pytest.fixture(scope="module")
def place(cluster: Cluster, facts: Facts) -> Callable[[str], Path]:
    """By name, the folder of a cluster of these tests."""
    cluster.needs("control-plane")
    return lambda name: facts.place(f"local-{name}")


@pytest.fixture(scope="module")
def running(place: Callable[[str], Path]) -> Iterator[local.Running]:
    found = local.up(place("first"), BINARIES, name="first")
    yield found
    found.down()


def test_up_once_more_is_the_same_cluster(running: local.Running) -> None:
    assert local.up(running.layout.state, BINARIES) == local.attach(running.layout.state) == running


def test_pods_have_images_by_digest_names_services_and_volumes_and_nothing_on_the_host(running: local.Running) -> None:
    kubectl(running, "apply", "--filename=-", stdin=WEB.substitute(image=pushed(running)))
    kubectl(running, "wait", "pod/web", "--for=condition=Ready", f"--timeout={READY_SECONDS}s")
    url = "http://web.default.svc.cluster.local/user"
    inside = kubectl(running, "exec", "web", "--", "/bin/busybox", "wget", "-q", "-O-", url)
    (volume,) = running.layout.volumes.iterdir()
    assert [inside, (volume / "user").read_text()] == ["1000\n", "1000\n"]
    address = kubectl(running, "get", "service", "web", "--output=jsonpath={.spec.clusterIP}")
    assert output("curl", "--silent", "--show-error", f"http://{address}/user") == "1000\n"
    uid = kubectl(running, "get", "pod/web", "--output=jsonpath={.metadata.uid}")
    assert uid not in "".join(path.read_text() for path in Path("/var/lib/cni/results").glob("*"))
    kubectl(running, "delete", "pod/web", "pvc/data", "--grace-period=0", "--force")
    eventually(lambda: not list(running.layout.volumes.iterdir()), "a volume goes with its claim", READY_SECONDS)


def test_a_program_that_dies_is_started_again_and_one_that_was_stopped_is_not(running: local.Running) -> None:
    control = running.control
    control.stop("kube-apiserver")
    dying = control.status()["coredns"]
    output("nsenter", f"--target={running.pid}", "--pid", "--", "kill", "-KILL", str(dying["pid"]))
    again = eventually(
        lambda: (found := control.status()["coredns"])["starts"] > dying["starts"] and found, "coredns starts again"
    )
    assert again["pid"] not in {0, dying["pid"]}
    assert control.status()["kube-apiserver"]["pid"] == 0
    assert not answers(running)
    control.start("kube-apiserver")
    eventually(lambda: answers(running), "the API server answers again", READY_SECONDS)
    control.kill("kube-apiserver")
    assert not answers(running)
    control.start("kube-apiserver")
    eventually(lambda: answers(running), "the API server answers again", READY_SECONDS)


def test_a_second_cluster_is_another_and_what_was_killed_makes_room_for_the_next(
    running: local.Running, place: Callable[[str], Path]
) -> None:
    second = local.up(place("second"), BINARIES, name="second", nodes=2)
    assert second.layout.network != running.layout.network
    assert [names(second), names(running)] == [["node-0", "node-1"], ["node-0"]]
    kill(second)
    assert local.attach(second.layout.state) is None
    assert answers(running)
    third = local.up(place("second"), BINARIES, name="second")
    assert names(third) == ["node-0"]
    with traces.spaces(third) as spaces:
        assert traces.of(third, spaces)
        record.write(record.Record(third.layout, pid=0))
        third.down()
        third.down()
        assert traces.of(third, spaces) == []
    assert answers(running)


def test_a_cluster_that_was_killed_goes_as_one_that_runs(place: Callable[[str], Path]) -> None:
    killed = local.up(place("killed"), BINARIES, name="killed")
    with traces.spaces(killed) as spaces:
        kill(killed)
        killed.down()
        assert traces.of(killed, spaces) == []


def test_rests_of_a_cluster_are_no_harm_to_the_one_that_has_its_network_now(
    running: local.Running, tmp_path: Path
) -> None:
    rests = tmp_path / "rests"
    rests.mkdir()
    record.write(record.Record(replace(running.layout, state=rests), pid=0))
    local.down(rests)
    assert not rests.exists()
    assert answers(running)


def test_what_cannot_be_removed_now_is_removed_the_next_time(
    running: local.Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = tmp_path / "rests" / "busy"
    busy.mkdir(parents=True)
    record.write(record.Record(replace(running.layout, state=busy.parent), pid=0))
    monkeypatch.setattr(bringing, "GONE_SECONDS", 0.0)
    output("mount", "-t", "tmpfs", "tmpfs", str(busy))
    try:
        with pytest.raises(OSError, match="rests is still in use"):
            local.down(busy.parent)
    finally:
        output("umount", str(busy))
    local.down(busy.parent)
    assert not busy.parent.exists()


@pytest.mark.usefixtures("place")
def test_a_folder_that_is_no_clusters_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(OSError, match="holds something that is no cluster"):
        local.up(tmp_path, BINARIES)
    assert (tmp_path / "precious").exists()


@pytest.mark.usefixtures("place")
def test_a_cluster_whose_programs_were_never_built_says_which(tmp_path: Path) -> None:
    partial = incomplete(tmp_path / "bin", "kube-scheduler")
    with pytest.raises(OSError, match=f"there is no {partial}/kube-scheduler"):
        local.up(tmp_path / "state", partial)
    assert not (tmp_path / "state").exists()


@pytest.mark.usefixtures("place")
def test_a_cluster_that_does_not_come_up_says_why_and_leaves_only_its_logs(tmp_path: Path) -> None:
    partial = incomplete(tmp_path / "bin", "etcd")
    (partial / "etcd").write_text("#!/bin/sh\necho no room for etcd >&2\nexit 1\n")
    (partial / "etcd").chmod(0o755)
    before = set(traces.devices())
    with pytest.raises(OSError, match=r"etcd ends as soon as it is started.*no room for etcd") as told:
        local.up(tmp_path / "state", partial)
    kept = tmp_path / "state.failed"
    assert str(kept) in str(told.value)
    assert "no room for etcd" in (kept / "etcd.log").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "state.failed"]
    assert not [line for line in command_lines() if str(tmp_path) in line]
    assert not {name for name in set(traces.devices()) - before if str(tmp_path) in traces.alias(name)}


def kubectl(running: local.Running, *arguments: str, stdin: str = "") -> str:
    cache = f"--cache-dir={running.layout.state}/cache"
    program = str(running.path / "kubectl")
    return output(program, f"--kubeconfig={running.kubeconfig}", cache, *arguments, stdin=stdin)


def names(running: local.Running) -> list[str]:
    return kubectl(running, "get", "nodes", "--output=jsonpath={.items[*].metadata.name}").split()


def answers(running: local.Running) -> bool:
    try:
        return kubectl(running, "get", "--raw=/readyz") == "ok"
    except AssertionError:
        return False


def pushed(running: local.Running) -> str:
    """The cluster's own image, as its registry names it by digest."""
    crane = [*running.enter, str(running.path / "crane")]
    reference = f"{REGISTRY}/busybox:1"
    output(*crane, "push", str(running.layout.state / "pause.tar"), reference)
    return f"{REGISTRY}/busybox@{output(*crane, 'digest', reference).strip()}"


def kill(running: local.Running) -> None:
    os.kill(running.pid, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{running.pid}").exists(), "the cluster's first process ends")


def incomplete(folder: Path, absent: str) -> Path:
    """The programs but one."""
    folder.mkdir()
    for program in BINARIES.iterdir():
        if program.is_file() and program.name != absent:
            (folder / program.name).symlink_to(program)
    return folder
