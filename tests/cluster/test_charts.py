"""Every chart in every environment, as the API server judges it: each object strictly, each pod under "restricted"."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.handle import Cluster, Failed
from tests.cluster.lifecycles import EACH
from tests.cluster.release import ROOT, Release

STRICTLY = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "--output=name", "--filename=-")
UNKNOWN = "unknownField: field not declared in schema"
Object = dict[str, Any]


def rendered(cluster: Cluster, namespace: str, chart: str, *values: str) -> list[Object]:
    """What Helm would send, hooks included."""
    text = cluster.helm("template", "rendered", str(ROOT / "charts" / chart), *values, namespace=namespace)
    return [found for found in yaml.safe_load_all(text) if found]


def pods(objects: list[Object]) -> Iterator[Object]:
    """Each template of pods as a pod: of a Deployment with forbidden pods the API server only warns."""
    for each in objects:
        if template := each["spec"].get("template") if each["kind"] in {"Deployment", "StatefulSet"} else None:
            metadata = {**template["metadata"], "name": f"{each['metadata']['name']}-template"}
            claimed = [claim["metadata"]["name"] for claim in each["spec"].get("volumeClaimTemplates", [])]
            claims = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claimed]
            spec = {**template["spec"], "volumes": [*template["spec"]["volumes"], *claims]}
            yield {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def accept(cluster: Cluster, namespace: str, objects: list[Object]) -> list[str]:
    """Their names. Raises Failed with what the API server refuses; nothing is made but the accounts of pods."""
    everything = [*objects, *pods(objects)]
    for name in {each["spec"]["serviceAccountName"] for each in everything if each["kind"] == "Pod"}:
        cluster.kubectl("create", "serviceaccount", name, namespace=namespace)
    # not as a List: of that kubectl, and not the API server, judges the fields
    return cluster.kubectl(*STRICTLY, namespace=namespace, stdin="\n---\n".join(map(json.dumps, everything))).split()


@pytest.mark.proves(1, "each object is accepted by a strict dry run, and each pod under Pod Security restricted")
@pytest.mark.parametrize(("chart", "environment"), EACH)
def test_the_api_accepts_every_object_of_every_environment_strictly(
    cluster: Cluster, namespace: str, chart: str, environment: str
) -> None:
    release = Release(cluster, namespace, chart, environment, None, overlay=False)
    objects = rendered(cluster, namespace, chart, *release.settings())
    assert len(accept(cluster, namespace, objects)) == len(objects) + sum(1 for _ in pods(objects))


@pytest.mark.proves(1, "so is each object that any switch of a chart brings")
@pytest.mark.parametrize("chart", sorted({chart for chart, _ in EACH}))
def test_the_api_accepts_what_every_switch_brings(cluster: Cluster, namespace: str, chart: str) -> None:
    everything = ROOT / "charts" / chart / "ci" / "all-values.yaml"
    objects = [
        each
        for each in rendered(cluster, namespace, chart, f"--values={everything}")
        # a test may not make one of a fixed name
        if each["kind"] != "Namespace"
    ]
    assert accept(cluster, namespace, objects)


@pytest.mark.proves(1, "and an unknown field in any object, or a pod that asks for too much, is refused")
@pytest.mark.parametrize(
    ("kind", "field", "value", "reason"),
    [
        ("Service", "unknownField", 1, UNKNOWN),
        ("Deployment", "unknownField", 1, UNKNOWN),
        ("Ingress", "rules", [{"unknownField": 1}], UNKNOWN),
        ("BackendConfig", "unknownField", 1, UNKNOWN),
        ("PrometheusRule", "unknownField", 1, UNKNOWN),
        ("Deployment", "hostNetwork", True, 'violates PodSecurity "restricted:latest"'),
    ],
)
def test_the_api_refuses_what_no_chart_may_hold(
    cluster: Cluster, namespace: str, kind: str, field: str, value: object, reason: str
) -> None:
    release = Release(cluster, namespace, "dv-pipecat", "prod", None, overlay=False)
    objects = rendered(cluster, namespace, "dv-pipecat", *release.settings())
    (broken, *_) = (each for each in objects if each["kind"] == kind)
    broken["spec"].get("template", broken)["spec"][field] = value
    with pytest.raises(Failed, match=reason):
        accept(cluster, namespace, [broken])


@pytest.mark.proves(1, "so is each object of the manifest that the Gong guide applies")
def test_the_api_accepts_the_generated_manifest(cluster: Cluster, namespace: str) -> None:
    manifest = Path(ROOT, "infrastructure", "kubernetes", "manifests", "gong-webhook-service.yaml")
    found = [each for each in yaml.safe_load_all(manifest.read_text()) if each and each["kind"] != "Namespace"]
    for each in found:
        del each["metadata"]["namespace"]
    assert accept(cluster, namespace, found)
