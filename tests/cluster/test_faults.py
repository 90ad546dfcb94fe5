"""Faults of a cluster, under load: its API server is killed, a node falls silent, another is gone for good."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.cluster import fakes, gong, local, owned, voice
from tests.cluster.handle import Cluster, Failed
from tests.cluster.images import Image, Images
from tests.cluster.owned import NODES
from tests.cluster.release import WAIT, Release
from tests.cluster.shells import advised
from tests.cluster.standins.loads import Load, from_here
from tests.cluster.standins.placing import stand_in
from tests.cluster.voice import STABLE
from tests.cluster.waiting import eventually

pytestmark = [pytest.mark.xdist_group("own"), pytest.mark.minutes(8)]
# what a machine that is busy with other tests still keeps up with
RATE = "--rate=5"
# for as long as these take to come, ten seconds at least
OUTAGE_EVENTS = 50
CUT_OFF = "A deployment that was cut off"
BACK_SECONDS = 120
# 20 s until a node is taken for lost, 20 s until its pods are given up, and then they are made elsewhere
MOVED_SECONDS = 300
HELM_SECONDS = 600
OUTSIDE = ("redis-service", *gong.STANDINS)
# who in one namespace watches monitors is helm
WATCHED = {'resource="servicemonitors"', 'scope="namespace"', 'verb="WATCH"'}
# nobody pulls it
NOBODYS = Image("registry.example/dv-pipecat", "1.0.0", f"sha256:{1:064}")
Figure = Callable[[str, object], None]


@pytest.fixture(scope="module")
def own_images(own_cluster: Cluster) -> Images:
    return owned.images_of(own_cluster)


@pytest.mark.slow
@pytest.mark.proves(6, "the API server killed during an upgrade: helm goes on with it, no event is lost or refused")
def test_the_api_server_may_die_during_an_upgrade(
    own_cluster: Cluster,
    own_processes: local.Running,
    own_namespace: str,
    own_images: Images,
    figure: Figure,
    count: Figure,
) -> None:
    service = install(own_cluster, own_namespace, own_images, *gong.PAUSE)
    service.release.image = own_images["gong-webhook-next"]
    service.release.values += ("serviceMonitor.interval=31s",)
    before = service.release.pods()
    with load(service) as events:
        with upgrading(service) as helm:
            # the last object that helm changes; until it watches what it waits for, it would give up
            eventually(lambda: interval(service) == "31s", "all is changed", BACK_SECONDS)
            eventually(lambda: is_watched(own_cluster), "helm waits", BACK_SECONDS)
            own_processes.control.kill("kube-apiserver")
            gong.goes_on(events, OUTAGE_EVENTS)
            own_processes.control.start("kube-apiserver")
            eventually(lambda: is_answering(own_cluster), "the API server is back", BACK_SECONDS)
        _, said = helm.communicate(timeout=HELM_SECONDS)
        assert helm.returncode == 0, said
        service.waits_for_the_end_of(before)
        sent = events.stop()
    assert status(service) == "deployed"
    gong.assert_all_taken(sent)
    service.assert_each_is_one_row(sent["ids"])
    figure("events", sent["sent"])
    count("refused", 0)
    count("lost", 0)


@pytest.mark.slow
@pytest.mark.proves(6, "a deployment that was cut off: helm refuses the next, and the README's command helps")
def test_a_deployment_that_was_cut_off_is_forgotten_by_one_command(
    own_cluster: Cluster, own_namespace: str, own_images: Images
) -> None:
    service = gong.install(own_cluster, own_namespace, own_images, "stage")
    service.release.image = own_images["gong-webhook-next"]
    with upgrading(service) as helm:
        helm.kill()
        helm.communicate()
    assert status(service) == "pending-upgrade"
    with pytest.raises(Failed, match=r"another operation \(install/upgrade/rollback\) is in progress"):
        service.release.upgrade()
    forgotten = own_cluster.run("bash", "-euc", advised(gong.CHART, CUT_OFF, own_namespace))
    assert forgotten.returncode == 0, forgotten.stderr
    service.release.upgrade()
    assert status(service) == "deployed"


@pytest.mark.slow
@pytest.mark.proves(6, "a kubelet stopped: its pods are replaced on the other node, no event is lost or refused")
def test_a_silent_node_gets_its_pods_replaced(
    own_cluster: Cluster,
    own_processes: local.Running,
    own_namespace: str,
    own_images: Images,
    figure: Figure,
    count: Figure,
) -> None:
    service = install(own_cluster, own_namespace, own_images)
    silent = placed(service, "node-1")
    assert silent
    with load(service) as events:
        own_processes.control.kill("kubelet-1")
        eventually(lambda: len(ready(service, "node-0")) == 4, "all pods are ready on the other node", MOVED_SECONDS)
        gong.goes_on(events)
        own_processes.control.start("kubelet-1")
        eventually(lambda: not silent & placed(service, "node-1"), "the old ones are gone", MOVED_SECONDS)
        sent = events.stop()
    gong.assert_all_taken(sent)
    service.assert_each_is_one_row(sent["ids"])
    figure("events", sent["sent"])
    figure("pods replaced", len(silent))
    count("refused", 0)
    count("lost", 0)


@pytest.mark.slow
@pytest.mark.proves(6, "a node that is gone, of forty with 60 pods: they are replaced on the others")
def test_pods_of_a_node_that_is_gone_are_replaced(
    own_cluster: Cluster, own_namespace: str, figure: Figure, count: Figure
) -> None:
    with fakes.standing(own_cluster, "lost"):
        release = Release(own_cluster, own_namespace, voice.CHART, "prod", NOBODYS, overlay=False)
        release.upgrade()
        pods = voice.pods(own_cluster, own_namespace)
        (gone, most) = Counter(pod["spec"]["nodeName"] for pod in pods).most_common(1)[0]
        lost = {pod["metadata"]["uid"] for pod in pods if pod["spec"]["nodeName"] == gone}
        own_cluster.kubectl("delete", "node", gone)
        eventually(
            lambda: not lost & voice.uids(own_cluster, own_namespace, STABLE), "its pods are gone", MOVED_SECONDS
        )
        eventually(lambda: voice.served(own_cluster, own_namespace) == {"stable": 60}, "60 are served", MOVED_SECONDS)
    figure("pods replaced", most)
    count("pods served", 60)


@contextmanager
def load(service: gong.Service) -> Iterator[Load]:
    """From this machine, which asks no API server for the way."""
    found = service.cluster.json("services", gong.WEB, namespace=service.namespace)["spec"]["clusterIP"]
    where = [f"--url=http://{found}/webhooks/gong", f"--registered={gong.REGISTERED['prod']}"]
    with from_here("events", *where, RATE) as sender:
        yield sender


@contextmanager
def upgrading(service: gong.Service) -> Iterator[subprocess.Popen[str]]:
    """An upgrade that waits for its first new pod, which no node takes before the block is over."""
    release, cluster = service.release, service.cluster
    before = gong.ids(release.pods())
    command = ["helm", "upgrade", release.name, str(release.path), *release.settings(), *WAIT]
    with owned.cordoned(cluster, *NODES):
        helm = subprocess.Popen(
            [*command, f"--namespace={service.namespace}"], env=cluster.environment, stderr=subprocess.PIPE, text=True
        )
        eventually(lambda: gong.ids(release.pods()) - before, "a new pod waits for a node", BACK_SECONDS)
        yield helm


def interval(service: gong.Service) -> str:
    monitor = service.cluster.json("servicemonitors", gong.WEB, namespace=service.namespace)
    found: str = monitor["spec"]["endpoints"][0]["interval"]
    return found


def is_watched(cluster: Cluster) -> bool:
    """The last kind of what helm waits for, in one namespace: the cluster's own programs watch all of them."""
    metrics = cluster.kubectl("get", "--raw=/metrics").splitlines()
    series = [line for line in metrics if line.startswith("apiserver_longrunning_requests{")]
    return any(labels(line) >= WATCHED and float(line.rpartition(" ")[2]) for line in series)


def labels(line: str) -> set[str]:
    """As name="value", of a metric without commas in them."""
    return set(line.partition("{")[2].rpartition("}")[0].split(","))


def status(service: gong.Service) -> str:
    found: str = service.release.history()[-1]["status"]
    return found


def is_answering(cluster: Cluster) -> bool:
    return cluster.run("kubectl", "get", "nodes").returncode == 0


def placed(service: gong.Service, node: str) -> set[str]:
    return gong.ids([pod for pod in service.release.pods() if pod["spec"].get("nodeName") == node])


def ready(service: gong.Service, node: str) -> set[str]:
    pods = gong.staying(service.release.pods())
    return gong.ids([pod for pod in pods if pod["spec"].get("nodeName") == node and gong.is_ready(pod)])


def install(cluster: Cluster, namespace: str, images: Images, *values: str) -> gong.Service:
    """What the service needs is on the first node, the service on both."""
    with owned.only_on(cluster, NODES[0]):
        stand_in(cluster, namespace, images["standins"], *OUTSIDE, arguments=gong.BRIEF)
    return gong.install(cluster, namespace, images, "prod", *gong.THREE, *values, standins=OUTSIDE)
