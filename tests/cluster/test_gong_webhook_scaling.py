"""gong-webhook's autoscaler, with real pods: up and down by its policies, and switched on in a release that runs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cluster import gong
from tests.cluster.handle import Cluster
from tests.cluster.images import Images
from tests.cluster.shells import advised
from tests.cluster.waiting import eventually

CHAPTER = "## Switching the autoscaler on"
OFF, ON = "autoscaling.enabled=false", "--set=autoscaling.enabled=true"
NO_WORKER = "worker.replicaCount=0"
FIXED = (*gong.THREE, OFF, NO_WORKER)
# two fifths of it is what an idle pod takes, which leaves room to come down again; so little is its share of a busy
# machine too, hence the patience with its start
BUSY = (
    "resources.requests.cpu=20m",
    "probes.startup.periodSeconds=3",
    "probes.startup.failureThreshold=100",
    "progressDeadlineSeconds=600",
)
SOON = "autoscaling.scaleDownStabilizationSeconds=15"
LOAD = "--rate=40"
UP_SECONDS, DOWN_SECONDS, OWN_SECONDS = 300, 480, 1500
MINUTE = timedelta(minutes=1)
# what an event's time is rounded by, and how long after the change it is written
LATE = timedelta(seconds=3)
Figure = Callable[[str, object], None]
Sizes = list[tuple[datetime, int]]


def sizes(cluster: Cluster, namespace: str) -> Sizes:
    """To which the autoscaler has set the Deployment, and when; the earliest first."""
    events = cluster.json("events", fields="reason=SuccessfulRescale", namespace=namespace)["items"]
    found = {(each[when], each["message"]) for each in events for when in ("firstTimestamp", "lastTimestamp")}
    return sorted((datetime.fromisoformat(at), int(re.findall(r"\d+", message)[0])) for at, message in found)


def held(found: Sizes, at: datetime) -> int:
    """The size of that moment; three, before the autoscaler has done anything."""
    return [3, *(size for when, size in found if when <= at)][-1]


def size(service: gong.Service) -> int:
    found: int = service.cluster.json("deployments", gong.WEB, namespace=service.namespace)["spec"]["replicas"]
    return found


def has_pods(service: gong.Service, wanted: int) -> bool:
    return size(service) >= wanted


def scale(service: gong.Service, steps: Sequence[int], down_seconds: float) -> Sizes:
    """Up to so many pods, then so many, each under further load, for five may well bear what three could not.

    Then without load to three again; nothing is lost, as the queue tells.
    """
    with ExitStack() as stack:
        loads = []
        for wanted in steps:
            loads.append(stack.enter_context(service.load(LOAD)))
            eventually(partial(has_pods, service, wanted), f"there are {wanted} pods", UP_SECONDS)
        sent = [load.stop() for load in loads]
    eventually(lambda: size(service) == 3, "three pods again", down_seconds)
    for each in sent:
        gong.assert_all_taken(each)
    taken = sum(each["sent"] for each in sent)
    eventually(lambda: service.metric("gong_webhook_queue_depth") == taken, "all wait in the queue")
    return sizes(service.cluster, service.namespace)


def assert_by_the_policies(found: Sizes) -> None:
    """Two more than a minute before at most; a tenth less, or one."""
    for at, reached in found:
        before = {held(found, at - MINUTE + offset) for offset in (-LATE, LATE)}
        assert any(int(0.9 * was) <= reached <= was + 2 for was in before), found


@pytest.mark.minutes(2)
@pytest.mark.proves(
    2, "the autoscaler goes from 3 pods up under load, by two a minute, and back to 3, by a tenth a minute"
)
def test_the_autoscaler_goes_up_under_load_and_comes_back(
    cluster: Cluster, namespace: str, images: Images, figure: Figure
) -> None:
    cluster.needs("metrics")
    service = gong.install(cluster, namespace, images, "prod", *BUSY, *gong.PAUSE, SOON, NO_WORKER, standins=["events"])
    found = scale(service, [5], DOWN_SECONDS)
    assert_by_the_policies(found)
    figure("pods", [3, *(size for _, size in found)])


@pytest.mark.slow
@pytest.mark.proves(
    2, "the same for longer and by the chart's own numbers: none goes before five quiet minutes are over"
)
def test_the_autoscaler_by_the_charts_own_numbers(
    cluster: Cluster, namespace: str, images: Images, figure: Figure
) -> None:
    cluster.needs("metrics")
    service = gong.install(cluster, namespace, images, "prod", *BUSY, *gong.PAUSE, NO_WORKER, standins=["events"])
    found = scale(service, [5, 7], OWN_SECONDS)
    assert_by_the_policies(found)
    (highest, most), (lowered, fewer) = next(pair for pair in pairwise(found) if pair[0][1] > pair[1][1])
    assert fewer == most - 1
    assert lowered - highest > timedelta(minutes=5) - LATE
    figure("pods", [3, *(size for _, size in found)])


def hand_over(service: gong.Service) -> None:
    """By the commands of the README."""
    done = service.cluster.run("bash", "-euc", advised(gong.CHART, CHAPTER, service.namespace))
    assert done.returncode == 0, done.stderr


def nothing(_: gong.Service) -> None:
    """All that is done first."""


def pods(service: gong.Service) -> set[str]:
    return gong.ids(gong.staying(service.release.pods("web")))


@pytest.fixture
def by_helm(cluster: Cluster, tmp_path: Path, require: Callable[[str], Path]) -> Callable[[str], Cluster]:
    """The cluster, spoken with by a version of Helm that is named as `require` knows it."""

    def spoken_with(name: str) -> Cluster:
        (tmp_path / "helm").symlink_to(require(name))
        return replace(cluster, path=os.pathsep.join([str(tmp_path), cluster.path]))

    return spoken_with


@pytest.mark.proves(2, "switched on in a running release as the README says, the autoscaler finds the pods it had")
def test_the_autoscaler_that_is_switched_on_as_the_readme_says_keeps_the_pods(
    by_helm: Callable[[str], Cluster], namespace: str, images: Images, count: Figure
) -> None:
    service = gong.install(by_helm("helm"), namespace, images, "prod", *FIXED, standins=())
    before = pods(service)
    hand_over(service)
    service.release.upgrade(ON, "--server-side=true")
    assert size(service) == len(before)
    assert pods(service) == before
    count("pods", len(before))


@pytest.mark.parametrize(("helm", "first"), [("helm", nothing), ("helm3", hand_over)])
@pytest.mark.proves(2, "without that one of its pods is left, and by Helm 3 with it, as the README warns")
def test_the_autoscaler_that_is_switched_on_otherwise_loses_pods(
    by_helm: Callable[[str], Cluster],
    namespace: str,
    images: Images,
    helm: str,
    first: Callable[[gong.Service], None],
    count: Figure,
) -> None:
    service = gong.install(by_helm(helm), namespace, images, "prod", *FIXED, standins=())
    before = pods(service)
    first(service)
    service.release.upgrade(ON)
    eventually(lambda: before - pods(service), "pods are gone")
    eventually(lambda: size(service) == len(before), "the autoscaler has made others", UP_SECONDS)
    assert len(before & pods(service)) == 1
    count("pods", len(before))
    count("kept", 1)
