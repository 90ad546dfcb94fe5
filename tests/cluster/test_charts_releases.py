"""The life of a release on real pods, in every environment: all that Helm does with it, and what is left in the end."""

from __future__ import annotations

import pytest

from tests.cluster.handle import Cluster
from tests.cluster.images import STANDINS, Images
from tests.cluster.lifecycles import EACH, answer, changed, objects, prepared, release, revisions, supply
from tests.cluster.waiting import eventually

GONE_SECONDS = 120
# each asks for every kind of object
POLL_SECONDS = 2.0
# what a StatefulSet leaves on purpose: the queue outlives the release
KEPT = {"persistentvolumeclaim/data-redis-service-0"}


@pytest.mark.proves(1, "installed from nothing, tested, upgraded, rolled back and uninstalled, which leaves nothing")
@pytest.mark.parametrize(("chart", "environment"), EACH)
def test_a_release_lives_from_its_installation_to_its_end(
    cluster: Cluster, namespace: str, images: Images, chart: str, environment: str
) -> None:
    released = prepared(cluster, namespace, images, chart, environment)
    before = objects(cluster, namespace)
    released.upgrade()
    first = revisions(released)
    answer(cluster, namespace, chart)
    released.test()
    changed(released).upgrade()
    assert revisions(released).isdisjoint(first)
    released.rollback()
    assert revisions(released) == first
    assert [each["status"] for each in released.history()] == ["superseded", "superseded", "deployed"]
    released.uninstall()
    eventually(lambda: objects(cluster, namespace) == before, "only what was there before", GONE_SECONDS, POLL_SECONDS)


@pytest.mark.proves(1, "but for the volume of the Redis that gong-webhook may bring")
def test_the_queue_outlives_the_release_that_brought_it(cluster: Cluster, namespace: str, images: Images) -> None:
    cluster.needs("storage")
    supply(cluster, namespace, "gong-webhook")
    before = objects(cluster, namespace)
    redis = ["redis.embedded.enabled=true", f"redis.embedded.image={images[STANDINS].reference}"]
    released = release(cluster, namespace, images, "gong-webhook", "stage", *redis)
    released.upgrade()
    released.uninstall()
    eventually(
        lambda: objects(cluster, namespace) == before | KEPT, "the claim and nothing else", GONE_SECONDS, POLL_SECONDS
    )
