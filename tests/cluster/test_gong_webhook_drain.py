"""gong-webhook on two nodes, of which one is drained."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.cluster import gong
from tests.cluster.handle import Cluster
from tests.cluster.owned import NODES, cordoned, images_of, only_on
from tests.cluster.standins.placing import stand_in

KEPT, DRAINED = NODES
OUTSIDE = ("redis-service", *gong.STANDINS)
DRAIN_SECONDS = 300
DRAIN = ("--ignore-daemonsets", "--delete-emptydir-data", f"--timeout={DRAIN_SECONDS}s")
HEALTHY = '--output=jsonpath={.status.currentHealthy} {.status.desiredHealthy}{"\\n"}'
Figure = Callable[[str, object], None]


@pytest.mark.proves(2, "a node drain under load evicts pods one by one: two stay ready, no event is lost or refused")
def test_a_node_drain_under_load_leaves_two_pods_ready_and_loses_no_event(
    own_cluster: Cluster, own_namespace: str, figure: Figure, count: Figure
) -> None:
    images = images_of(own_cluster)
    with only_on(own_cluster, KEPT):
        stand_in(own_cluster, own_namespace, images["standins"], *OUTSIDE, arguments=gong.BRIEF)
    with only_on(own_cluster, DRAINED):
        service = gong.install(own_cluster, own_namespace, images, "prod", *gong.THREE, *gong.PAUSE, standins=OUTSIDE)
    assert {pod["spec"]["nodeName"] for pod in service.release.pods()} == {DRAINED}
    with service.load("--rate=10") as load, healthy(service) as seen, cordoned(own_cluster, DRAINED):
        own_cluster.kubectl("drain", DRAINED, *DRAIN, timeout=2 * DRAIN_SECONDS)
        sent = load.stop()
    assert {pod["spec"]["nodeName"] for pod in gong.staying(service.release.pods())} == {KEPT}
    assert min(ready for ready, _ in seen) == 2
    assert {wanted for _, wanted in seen} == {2}
    gong.assert_all_taken(sent)
    service.assert_each_is_one_row(sent["ids"])
    figure("events", sent["sent"])
    count("fewest ready pods", 2)


@contextmanager
def healthy(service: gong.Service) -> Iterator[Sequence[tuple[int, int]]]:
    """Every count of ready pods that the budget has had, and how many it wants; complete when the block is over."""
    seen: list[tuple[int, int]] = []
    command = [
        "kubectl",
        f"--namespace={service.namespace}",
        "get",
        "poddisruptionbudget",
        gong.WEB,
        "--watch",
        HEALTHY,
    ]
    watch = subprocess.Popen(command, env=service.cluster.environment, stdout=subprocess.PIPE, text=True)
    with watch:
        yield seen
        watch.terminate()
        assert watch.stdout
        for line in watch.stdout:
            ready, wanted = line.split()
            seen.append((int(ready), int(wanted)))
