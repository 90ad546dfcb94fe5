"""What the suite lays over the charts' values: replicas, requests, placement and timings, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from chartgen.helm import sdk
from chartgen.manifests import parsing
from chartgen.model import Target
from chartgen.sources.files import open_repository
from chartgen.values import layers
from chartgen.values.reading import Reader
from tests.cluster.handle import Cluster
from tests.cluster.release import OVERLAYS, ROOT, Release

REPOSITORY = open_repository(ROOT / "chartgen.yaml")
CHARTS = sorted(path.stem for path in OVERLAYS.glob("*.yaml"))
EACH = [(chart, environment) for chart in CHARTS for environment in REPOSITORY.config.charts[chart].environments]
# those of a pod's own processes too
REPLICAS = r"(worker\.)?replicaCount|config\.WORKERS"
REQUESTS = r"(worker\.|smokeTest\.|redis\.embedded\.)?resources\.requests\.(cpu|memory|ephemeral-storage)"
PLACEMENT = r"nodeSelector|tolerations"
PROBES = (
    r"(readinessProbe|livenessProbe|probes\.\w+)\.(initialDelaySeconds|periodSeconds|timeoutSeconds|failureThreshold)"
)
SECONDS = r"(worker\.|drain\.|smokeTest\.)?[a-zA-Z]+Seconds"
ALLOWED = re.compile(f"{REPLICAS}|{REQUESTS}|{PLACEMENT}|{PROBES}|{SECONDS}")


def keys(values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from keys(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"


def overlay(chart: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((OVERLAYS / f"{chart}.yaml").read_text())
    return found


def target(chart: str, environment: str) -> Target:
    return REPOSITORY.target(REPOSITORY.config.charts[chart], environment)


def rendered(chart: str, environment: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Each object's body by its name. Raises AssertionError with Helm's words where the schema refuses the values."""
    loaded = sdk.open_chart(target(chart, environment))
    merged = layers.merge(layers.merge_all(Reader(sdk).layers(target(chart, environment))[1:]), values)
    assert not loaded.check(merged)
    texts = loaded.render(target(chart, environment), merged)
    return {str(found.id): found.body for found in parsing.objects(texts)}


def test_each_chart_has_an_overlay() -> None:
    assert sorted(REPOSITORY.config.charts) == CHARTS


@pytest.mark.parametrize("chart", CHARTS)
def test_an_overlay_changes_replicas_requests_placement_and_timings_only(chart: str) -> None:
    assert [key for key in keys(overlay(chart)) if not ALLOWED.fullmatch(key)] == []


@pytest.mark.parametrize("chart", CHARTS)
def test_an_overlay_sets_what_the_chart_knows(chart: str) -> None:
    known = set(keys(yaml.safe_load((ROOT / "charts" / chart / "values.yaml").read_text())))
    assert set(keys(overlay(chart))) <= known


@pytest.mark.parametrize(("chart", "environment"), EACH)
def test_every_environment_renders_the_same_objects_under_its_overlay(chart: str, environment: str) -> None:
    assert rendered(chart, environment, overlay(chart)).keys() == rendered(chart, environment, {}).keys()


@pytest.mark.parametrize(("chart", "environment"), EACH)
def test_no_pod_of_a_test_cluster_asks_for_a_kind_of_node(chart: str, environment: str) -> None:
    objects = rendered(chart, environment, overlay(chart)).items()
    pods = {name: body["spec"]["template"]["spec"] for name, body in objects if "template" in body.get("spec", {})}
    assert pods
    assert [name for name, pod in pods.items() if pod.get("nodeSelector") or pod.get("tolerations")] == []


@pytest.mark.parametrize(("chart", "environment"), EACH)
def test_two_cores_hold_two_releases_of_every_environment(chart: str, environment: str) -> None:
    deployments = [
        body["spec"] for body in rendered(chart, environment, overlay(chart)).values() if body["kind"] == "Deployment"
    ]
    pods = {"gong-webhook": 3}.get(chart, 0)  # at least, by its autoscaler
    millicores = sum(max(spec.get("replicas", 0), pods) * _millicores(spec["template"]["spec"]) for spec in deployments)
    assert 0 < millicores <= 500


def _millicores(pod: Mapping[str, Any]) -> int:
    return sum(int(each["resources"]["requests"]["cpu"].removesuffix("m")) for each in pod["containers"])


def test_a_release_is_installed_as_chartgen_yaml_says() -> None:
    cluster = Cluster("local", Path(), Path(), "", {})
    canary = Release(cluster, "t-1", "gong-webhook", "canary", None, values=["a=b"])
    files = [f"--values={ROOT}/charts/gong-webhook/values-{name}.yaml" for name in ("prod", "canary")]
    assert canary.settings() == [*files, f"--values={OVERLAYS}/gong-webhook.yaml", "--set=a=b"]
    assert (canary.name, canary.track) == ("gong-webhook-canary", "canary")
