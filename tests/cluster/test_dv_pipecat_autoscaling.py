"""Switching dv-pipecat's autoscaler on in a running release, on fake nodes: it has no metrics, so it never scales."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cluster import voice
from tests.cluster.handle import HELM_SECONDS, Cluster
from tests.cluster.images import Image
from tests.cluster.release import Release
from tests.cluster.shells import advised
from tests.cluster.voice import STABLE
from tests.cluster.waiting import eventually

Figure = Callable[[str, object], None]
# nobody pulls it
IMAGE = Image("registry.example/dv-pipecat", "1.42.1", f"sha256:{1:064}")
REPLICAS, FEWEST = 8, 2
SMALL = (f"replicaCount={REPLICAS}", f"autoscaling.minReplicas={FEWEST}")
CHAPTER = "## Switching the autoscaler on"
ON = "autoscaling.enabled=true"
SECONDS = 120


class Place(NamedTuple):
    cluster: Cluster
    namespace: str


@pytest.fixture
def place(cluster: Cluster, namespace: str, fake_nodes: list[str], helm3: Path) -> Place:
    assert fake_nodes
    assert helm3
    return Place(cluster, namespace)


def release(cluster: Cluster, namespace: str, environment: str, *values: str) -> Release:
    small = SMALL if environment == "prod" else ()
    return Release(cluster, namespace, voice.CHART, environment, IMAGE, overlay=False, values=(*small, *values))


def upgrade(helm: str, release: Release, *arguments: str) -> None:
    """By either Helm."""
    where = [f"--namespace={release.namespace}", "--wait", "--timeout=5m"]
    command = ["upgrade", "--install", release.name, str(release.path), *release.settings(), *where, *arguments]
    done = release.cluster.run(helm, *command, timeout=HELM_SECONDS)
    assert done.returncode == 0, done.stderr


def hand_over(cluster: Cluster, namespace: str) -> None:
    """By the commands of the chart's README."""
    done = cluster.run("bash", "-euc", advised(voice.CHART, CHAPTER, namespace))
    assert done.returncode == 0, done.stderr


def has_looked(cluster: Cluster, namespace: str) -> bool:
    """At the pods' metrics, which there are none of."""
    (autoscaler,) = cluster.json("horizontalpodautoscalers", namespace=namespace)["items"]
    conditions = {each["type"]: each["reason"] for each in autoscaler["status"].get("conditions", [])}
    return conditions.get("ScalingActive") == "FailedGetResourceMetric"


@pytest.mark.parametrize("helm_before", ["helm", "helm3"])
@pytest.mark.proves(3, "the HPA switched on in a running release as the README says keeps its pods, and the canary's")
def test_the_autoscaler_switched_on_after_the_handover_keeps_every_pod(
    place: Place, helm_before: str, tmp_path: Path, count: Figure
) -> None:
    """Whichever Helm has made the release."""
    cluster, namespace = place
    for environment in ("prod", "canary"):
        upgrade(helm_before, release(cluster, namespace, environment))
    before = voice.uids(cluster, namespace, voice.BOTH)
    with voice.watched(cluster, namespace, STABLE, tmp_path / "watch") as watched:
        hand_over(cluster, namespace)
        for environment in ("prod", "canary"):
            upgrade("helm", release(cluster, namespace, environment, ON), "--server-side=true")
        eventually(lambda: has_looked(cluster, namespace), "the autoscaler looks at the pods", SECONDS)
        watched.is_now(REPLICAS)
    assert set(watched.history()) == {(REPLICAS, REPLICAS)}
    assert voice.uids(cluster, namespace, voice.BOTH) == before
    count("pods of stable", REPLICAS)


@pytest.mark.parametrize(
    ("helm_before", "helm_after", "handed_over"),
    [("helm", "helm", False), ("helm3", "helm3", True), ("helm3", "helm", True)],
)
@pytest.mark.proves(3, "without that handover it falls, and by Helm 3 with it, as the README warns")
def test_the_autoscaler_switched_on_otherwise_drops_the_release(
    place: Place, helm_before: str, helm_after: str, *, handed_over: bool, tmp_path: Path
) -> None:
    cluster, namespace = place
    upgrade(helm_before, release(cluster, namespace, "prod"))
    with voice.watched(cluster, namespace, STABLE, tmp_path / "watch") as watched:
        if handed_over:
            hand_over(cluster, namespace)
        upgrade(helm_after, release(cluster, namespace, "prod", ON))
        # to 1, until the autoscaler sees to its own minimum
        eventually(lambda: min(there for _, there in watched.history()) <= FEWEST, "the pods go", SECONDS)
