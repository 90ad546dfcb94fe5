"""dv-pipecat in production's full size, with the chart's own numbers, on nodes that only seem to be.

It proves what the API, the controllers and the scheduler make of the charts: counts, places, budgets, endpoints, the
order of a rollout. What a process, a probe or a hook does is for real pods.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from tests.cluster import fakes, namespaces, voice
from tests.cluster.handle import Cluster
from tests.cluster.images import Image
from tests.cluster.release import Release
from tests.cluster.session import Facts
from tests.cluster.voice import BOTH, CANARY, STABLE
from tests.cluster.waiting import eventually

Figure = Callable[[str, object], None]
REPLICAS, CANARIES = 60, 2
AMD64_NODES = 3
SURGE = REPLICAS // 4
# 10 % of all, rounded up
UNAVAILABLE = 7
MORE = 3
SECONDS = 300
TOO_MANY_REQUESTS = 429
# nobody pulls them
FIRST, SECOND = (Image("registry.example/dv-pipecat", f"1.42.{n}", f"sha256:{n:064}") for n in (1, 2))
# what the chart's README tells users of Helm 4 to add after `kubectl scale`
TAKE_BACK = ("--server-side=true", "--force-conflicts")

# the tests share one production, which is for one worker
pytestmark = [pytest.mark.xdist_group("production"), pytest.mark.minutes(2)]


class Production(NamedTuple):
    cluster: Cluster
    namespace: str
    stable: Release
    canary: Release

    def is_served(self, **tracks: int) -> None:
        """Once the Service has so many ready addresses of each track, and no others."""
        wanted = Counter(tracks)
        eventually(lambda: voice.served(self.cluster, self.namespace) == wanted, f"the Service has {tracks}", SECONDS)


@pytest.fixture(scope="module")
def amd64_nodes(cluster: Cluster) -> Iterator[list[str]]:
    """With as much room, and the same taint: it keeps away what other tests start."""
    with fakes.standing(cluster, "amd64", AMD64_NODES) as names:
        cluster.kubectl("label", "--overwrite", "nodes", *names, "kubernetes.io/arch=amd64")
        yield names


@pytest.fixture(scope="module")
def place(facts: Facts, cluster: Cluster, fake_nodes: list[str], amd64_nodes: list[str]) -> Iterator[str]:
    """The namespace of production."""
    assert fake_nodes
    assert amd64_nodes
    with namespaces.fresh(cluster, facts.run) as name:
        yield name


@pytest.fixture
def production(cluster: Cluster, place: str) -> Production:
    """Both tracks as their values say, whatever another test has made of them."""
    stable, canary = (
        Release(cluster, place, voice.CHART, environment, FIRST, overlay=False) for environment in ("prod", "canary")
    )
    made = Production(cluster, place, stable, canary)
    for release in (stable, canary):
        release.upgrade(*TAKE_BACK)
    made.is_served(stable=REPLICAS, canary=CANARIES)
    return made


@pytest.mark.proves(3, "production: 60 stable pods and 2 of the canary on arm64, 62 addresses behind one Service")
def test_production_has_60_and_2_pods_on_arm64_nodes_behind_one_service(
    production: Production, fake_nodes: list[str], count: Figure
) -> None:
    cluster, namespace, *_ = production
    nodes = Counter(pod["spec"]["nodeName"] for pod in voice.pods(cluster, namespace))
    assert (sum(nodes.values()), set(nodes) - set(fake_nodes)) == (REPLICAS + CANARIES, set())
    used = [node for node in cluster.json("nodes")["items"] if node["metadata"]["name"] in nodes]
    found = {node["status"]["nodeInfo"]["architecture"] for node in used}
    assert found == {"arm64"}
    count("addresses", REPLICAS + CANARIES)
    count("of the canary", CANARIES)


@pytest.mark.proves(3, "a rolling update of 60 pods keeps at least 60 ready, and makes at most 15 more")
def test_a_rolling_update_of_stable_never_has_less_than_60_ready_pods_nor_more_than_75(
    production: Production, tmp_path: Path, count: Figure
) -> None:
    cluster, namespace, stable, _ = production
    before = voice.uids(cluster, namespace, STABLE), voice.uids(cluster, namespace, CANARY)
    with (
        voice.watched(cluster, namespace, STABLE, tmp_path / "stable") as watched,
        voice.watched(cluster, namespace, BOTH, tmp_path / "both") as both,
        voice.sized(cluster, namespace, STABLE, tmp_path / "sizes") as sizes,
    ):
        stable.image = SECOND
        stable.upgrade()
        production.is_served(stable=REPLICAS, canary=CANARIES)
        watched.is_now(REPLICAS)
        both.is_now(REPLICAS + CANARIES)
        eventually(lambda: sizes()[-1] == REPLICAS, "the watch sees the last ReplicaSet", SECONDS)
    assert not before[0] & voice.uids(cluster, namespace, STABLE)
    assert voice.uids(cluster, namespace, CANARY) == before[1]
    assert min(ready for ready, _ in watched.history()) == REPLICAS
    # what is asked for: a pod of the new ReplicaSet may be there a moment before one of the old goes
    assert max(sizes()) == REPLICAS + SURGE
    assert min(ready for ready, _ in both.history()) == REPLICAS + CANARIES
    count("fewest ready", REPLICAS)


@pytest.mark.proves(3, "one budget over both tracks: of 62 pods no more than 7 are evicted at once")
def test_the_budget_lets_ten_percent_of_both_tracks_go_at_once(production: Production, count: Figure) -> None:
    cluster, namespace, *_ = production
    eventually(
        lambda: budgets(cluster, namespace) == [(REPLICAS + CANARIES, UNAVAILABLE)], "one budget counts 62", SECONDS
    )
    chosen = [*voice.pods(cluster, namespace, CANARY), *voice.pods(cluster, namespace, STABLE)][: UNAVAILABLE + MORE]
    with none_anew(cluster, namespace):
        went = [evicted(cluster, pod["metadata"]["name"], namespace) for pod in chosen]
        left = len(voice.pods(cluster, namespace))
    assert went == [True] * UNAVAILABLE + [False] * MORE
    assert left == REPLICAS + CANARIES - UNAVAILABLE
    production.is_served(stable=REPLICAS, canary=CANARIES)
    count("pods", REPLICAS + CANARIES)
    count("evicted", went.count(True))


@contextmanager
def none_anew(cluster: Cluster, namespace: str) -> Iterator[None]:
    """What goes is not replaced: the budget's count is that of one moment."""
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": 0}}}
    cluster.apply(quota, namespace=namespace)
    eventually(
        lambda: "used" in cluster.json("resourcequotas", "none", namespace=namespace)["status"], "it counts", SECONDS
    )
    yield
    cluster.kubectl("delete", "resourcequota", "none", namespace=namespace)
    eventually(lambda: all_are_back(cluster, namespace), "what went is replaced", SECONDS)


def all_are_back(cluster: Cluster, namespace: str) -> bool:
    """A controller that was refused waits longer and longer, unless its object changes."""
    again = f"again={time.monotonic_ns()}"
    cluster.kubectl("annotate", "replicasets", "--all", again, "--overwrite", namespace=namespace)
    return len(voice.pods(cluster, namespace)) == REPLICAS + CANARIES


def budgets(cluster: Cluster, namespace: str) -> list[tuple[int, int]]:
    """Of each, how many pods it counts, and how many may go."""
    found = [each["status"] for each in cluster.json("poddisruptionbudgets", namespace=namespace)["items"]]
    return [(status["expectedPods"], status["disruptionsAllowed"]) for status in found]


def evicted(cluster: Cluster, name: str, namespace: str) -> bool:
    eviction = client.V1Eviction(metadata=client.V1ObjectMeta(name=name, namespace=namespace))
    try:
        client.CoreV1Api(cluster.api).create_namespaced_pod_eviction(name, namespace, eviction)
    except ApiException as error:
        if error.status != TOO_MANY_REQUESTS:
            raise
        return False
    return True


@pytest.mark.proves(3, "scaling, upgrading and uninstalling the canary touches no ReplicaSet and no pod of stable")
def test_whatever_is_done_to_the_canary_touches_no_replicaset_and_no_pod_of_stable(
    production: Production, count: Figure
) -> None:
    cluster, namespace, _, canary = production

    def stable() -> tuple[dict[str, tuple[int, int, int]], set[str]]:
        return voice.replica_sets(cluster, namespace, STABLE), voice.uids(cluster, namespace, STABLE)

    before = stable()
    cluster.kubectl("scale", "deployment", canary.deployment, "--replicas=5", namespace=namespace)
    production.is_served(stable=REPLICAS, canary=5)
    scaled = voice.uids(cluster, namespace, CANARY)
    assert stable() == before
    canary.image = SECOND
    canary.upgrade(*TAKE_BACK)
    production.is_served(stable=REPLICAS, canary=CANARIES)
    assert not scaled & voice.uids(cluster, namespace, CANARY)
    assert stable() == before
    canary.uninstall()
    production.is_served(stable=REPLICAS)
    assert stable() == before
    count("pods of stable untouched", len(before[1]))
