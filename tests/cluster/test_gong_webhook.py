"""gong-webhook with real pods: what is acknowledged becomes a row, whatever happens meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.cluster import gong
from tests.cluster.handle import Cluster
from tests.cluster.images import Image, Images
from tests.cluster.waiting import eventually

EVENTS = 20
RATE = "--rate=10"
# so that what a killed worker held is soon taken by the next one
LEASE = ("env[0].name=LEASE_SECONDS", "env[0].value=5.0")
AGAIN_SECONDS = 180
Figure = Callable[[str, object], None]


@pytest.mark.parametrize("environment", ["stage", "prod"])
@pytest.mark.proves(2, "a signed event through the Service becomes a row, with Redis in the cluster")
def test_a_signed_event_through_the_service_becomes_a_row(
    cluster: Cluster, namespace: str, images: Images, environment: str, count: Figure
) -> None:
    service = gong.install(cluster, namespace, images, environment, *(gong.THREE if environment == "prod" else ()))
    assert len(service.release.pods("web")) == {"stage": 1, "prod": 3}[environment]
    with service.load(f"--count={EVENTS}") as load:
        sent = load.wait()
    assert (sent["acknowledged"], sent["errors"]) == (EVENTS, {})
    service.assert_each_is_one_row(sent["ids"])
    count(f"events in {environment}", EVENTS)


@pytest.mark.minutes(1)
@pytest.mark.proves(2, "a rolling update of three pods under load loses no event and answers none with an error")
def test_a_rolling_update_under_load_loses_no_event_and_answers_none_with_an_error(
    cluster: Cluster, namespace: str, images: Images, figure: Figure, count: Figure
) -> None:
    service = gong.install(cluster, namespace, images, "prod", *gong.THREE, *gong.PAUSE)
    roll(service, images["gong-webhook-next"], figure)
    count("errors", 0)
    count("lost", 0)


@pytest.mark.slow
@pytest.mark.proves(2, "the same by the chart's own replicas, requests and timings")
def test_a_rolling_update_by_the_charts_own_numbers(
    cluster: Cluster, namespace: str, images: Images, figure: Figure, count: Figure
) -> None:
    service = gong.install(cluster, namespace, images, "prod", *gong.THREE, overlay=False)
    roll(service, images["gong-webhook-next"], figure)
    count("errors", 0)
    count("lost", 0)


def roll(service: gong.Service, image: Image, figure: Figure) -> None:
    """Each pod is another one then, and nobody felt it."""
    before = service.release.pods()
    service.release.image = image
    with service.load(RATE) as load:
        start = time.monotonic()
        service.release.upgrade()
        figure("seconds", round(time.monotonic() - start))
        service.waits_for_the_end_of(before)
        sent = load.stop()
    gong.assert_all_taken(sent)
    service.assert_each_is_one_row(sent["ids"])
    figure("events", sent["sent"])
    figure("slowest answer", f"{sent['slowest_seconds']} s")


@pytest.mark.minutes(1)
@pytest.mark.proves(2, "web pods and a worker that are killed under load lose nothing that was acknowledged")
def test_pods_that_are_killed_under_load_lose_nothing_that_was_acknowledged(
    cluster: Cluster, namespace: str, images: Images, figure: Figure, count: Figure
) -> None:
    service = gong.install(cluster, namespace, images, "prod", *gong.THREE, *LEASE)
    with service.load(RATE, "--retry") as load:
        for component in ("web", "worker", "web"):
            pod = service.release.pods(component)[0]
            assert gong.kill(cluster, pod)
            eventually(partial(is_back, service, pod), "it runs again", AGAIN_SECONDS)
        sent = load.stop()
    service.assert_nothing_is_lost(sent)
    figure("events", sent["sent"])
    figure("refused before they were taken", sent["errors"])
    count("kills", 3)
    count("lost", 0)


def is_back(service: gong.Service, killed: dict[str, Any]) -> bool:
    """In the same pod, whose containers are started again."""
    name = killed["metadata"]["name"]
    pod = service.cluster.json("pods", name, namespace=service.namespace)
    return gong.restarts([pod]) > gong.restarts([killed]) and gong.is_ready(pod)
