"""dv-pipecat with real pods: conversations through the Service, whichever track, pod and release answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.cluster import namespaces, voice
from tests.cluster.handle import Cluster
from tests.cluster.images import STANDINS, Image, Images
from tests.cluster.release import Release
from tests.cluster.session import Facts
from tests.cluster.standins.loads import in_cluster
from tests.cluster.voice import CANARY, CHART, STABLE, image_ids
from tests.cluster.waiting import eventually

Figure = Callable[[str, object], None]
SERVED_SECONDS = 120
GONE_SECONDS = 300
# of the chart's readiness probe; times of the API are whole seconds
OWN_DELAY_SECONDS = 60 - 1
# new connections choose a pod by chance: with two to choose from, all go to one in one of 2**39 runs
SESSIONS = 40
SMALL = ("conversation=echo", "replicaCount=1", "maxSessions=100")


@pytest.mark.proves(3, "stage: conversations with a language model through the Service, and helm test")
def test_stage_holds_conversations_with_a_language_model_through_the_service(
    cluster: Cluster, namespace: str, images: Images, count: Figure
) -> None:
    voice.surround(cluster, namespace, images[STANDINS], "openai", "redis-service", "talk")
    stage = Release(cluster, namespace, CHART, "stage", images["dv-pipecat"], values=["replicaCount=1"])
    stage.upgrade()
    with in_cluster(cluster, namespace, "talk", "--sessions=3") as load:
        talked = load.stop()
    voice.assert_nothing_is_lost(talked)
    assert (talked["opened"], set(talked["tracks"])) == (3, {"stable"})
    asked = stage.test()
    assert '"conversation":"pipecat"' in asked
    count("sessions", talked["opened"])


@pytest.mark.slow
@pytest.mark.proves(3, "stage with the chart's own timings: ready after 60 s, and a rolling update that loses no turn")
def test_stage_with_its_own_timings_is_ready_after_a_minute_and_drains(
    cluster: Cluster, namespace: str, images: Images, figure: Figure, count: Figure
) -> None:
    voice.surround(cluster, namespace, images[STANDINS], "openai", "redis-service", "talk")
    stage = Release(cluster, namespace, CHART, "stage", images["dv-pipecat"], overlay=False)
    stage.upgrade()
    old = voice.names(cluster, namespace)
    with in_cluster(cluster, namespace, "talk", "--sessions=3") as load:
        stage.image = images["dv-pipecat-next"]
        stage.upgrade()
        eventually(lambda: not old & voice.names(cluster, namespace), "the old pod is gone", GONE_SECONDS)
        talked = load.stop()
    # a language model takes its time: each session may have been in the middle of an answer
    voice.assert_nothing_is_lost(talked, most_cut=3)
    (pod,) = voice.pods(cluster, namespace)
    assert voice.seconds_to_ready(pod) >= OWN_DELAY_SECONDS
    assert (talked["opened"], talked["reconnects"]) == (3, {"1012": 3})
    stage.test()
    count("sessions", talked["opened"])
    figure("seconds to ready", voice.seconds_to_ready(pod))
    figure("answers broken off, and given again", talked["cut"])


@pytest.fixture(scope="module")
def place(facts: Facts, cluster: Cluster, images: Images) -> Iterator[str]:
    """A namespace for both tracks, with one who talks."""
    with namespaces.fresh(cluster, facts.run) as name:
        voice.surround(cluster, name, images[STANDINS], "talk")
        yield name


@pytest.fixture
def tracks(cluster: Cluster, place: str, images: Images) -> tuple[Release, Release]:
    """Stable and canary, deployed by digest as another test may have found them or not; the canary is one ahead."""
    stable = Release(cluster, place, CHART, "prod", images["dv-pipecat-echo"], values=SMALL)
    canary = Release(cluster, place, CHART, "canary", images["dv-pipecat-echo-next"], values=SMALL)
    for release in (stable, canary):
        release.upgrade()
    both = Counter(stable=1, canary=1)
    eventually(lambda: voice.served(cluster, place) == both, "the Service has one pod of each track", SERVED_SECONDS)
    return stable, canary


@pytest.mark.xdist_group("tracks")
@pytest.mark.proves(3, "real pods of canary and stable share the Service; helm test asks the canary's own")
def test_canary_and_stable_share_the_service(
    cluster: Cluster, place: str, tracks: tuple[Release, Release], count: Figure, figure: Figure
) -> None:
    with in_cluster(cluster, place, "talk", f"--sessions={SESSIONS}") as load:
        talked = load.stop()
    voice.assert_nothing_is_lost(talked)
    assert set(talked["tracks"]) == {"stable", "canary"}
    assert sum(talked["tracks"].values()) == SESSIONS
    stable, canary = tracks
    # either track's pods may answer it
    assert '"status":"ok"' in stable.test()
    assert set(re.findall(r'"track":"(\w+)"', canary.test())) == {"canary"}
    count("sessions", SESSIONS)
    figure("by track", talked["tracks"])


@pytest.mark.xdist_group("tracks")
@pytest.mark.proves(3, "promotion by the guide's steps: stable runs the very image of the canary")
def test_promotion_puts_the_very_image_of_the_canary_on_stable(
    cluster: Cluster, place: str, tracks: tuple[Release, Release], images: Images
) -> None:
    stable, canary = tracks
    next_ids = image_ids(cluster, place, CANARY)
    assert image_ids(cluster, place, STABLE) != next_ids
    extract = ["get", "deployment", canary.deployment, "--output=jsonpath={.spec.template.spec.containers[0].image}"]
    stable.image = named(cluster.kubectl(*extract, namespace=place))
    assert stable.image == images["dv-pipecat-echo-next"]
    stable.upgrade()
    assert image_ids(cluster, place, STABLE) == next_ids
    assert image_ids(cluster, place, CANARY) == next_ids


def named(reference: str) -> Image:
    """Of a repository with tag and digest, where it has one."""
    tagged, _, digest = reference.partition("@")
    repository, _, tag = tagged.rpartition(":")
    return Image(repository, tag, digest)


@pytest.mark.xdist_group("tracks")
@pytest.mark.proves(3, "the guide's rollbacks after deployments by digest: canary by tag, stable by helm and by tag")
def test_the_guides_rollbacks_bring_the_image_back_after_deployments_by_digest(
    cluster: Cluster, place: str, tracks: tuple[Release, Release], images: Images
) -> None:
    stable, canary = tracks
    old, new = image_ids(cluster, place, STABLE), image_ids(cluster, place, CANARY)
    by_tag(canary, images["dv-pipecat-echo"]).upgrade()
    assert image_ids(cluster, place, CANARY) == old
    stable.image = images["dv-pipecat-echo-next"]
    stable.upgrade()
    assert image_ids(cluster, place, STABLE) == new
    stable.rollback()
    assert image_ids(cluster, place, STABLE) == old
    stable.upgrade()
    by_tag(stable, images["dv-pipecat-echo"]).upgrade()
    assert image_ids(cluster, place, STABLE) == old
    assert [each["status"] for each in stable.history()].count("deployed") == 1


def by_tag(release: Release, image: Image) -> Release:
    """The same, as the guide names an image: no digest is given, and none taken away."""
    values = (*SMALL, f"image.repository={image.repository}", f"image.tag={image.tag}")
    return Release(release.cluster, release.namespace, CHART, release.environment, None, values=values)
