"""Every object that a chart renders is one that each supported Kubernetes accepts, field for field."""

from __future__ import annotations

from copy import deepcopy
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from chartgen.kube.identity import group_of
from chartgen.kube.quantities import parse
from chartgen.kube.shapes import Shape, root
from tests.charts.kubernetes_schemas import CRDS, custom_kinds, violations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Render = Callable[..., dict[str, Any]]

CHARTS = ("dv-pipecat", "gong-webhook")
RENDERINGS = list(product(CHARTS, ("stage", "prod", "canary", "all")))


@pytest.mark.parametrize(("chart", "env"), RENDERINGS)
def test_every_object_is_strictly_valid_in_every_supported_version(render: Render, chart: str, env: str) -> None:
    objects = render(chart, env)
    assert objects
    assert [line for manifest in objects.values() for line in violations(manifest)] == []


@pytest.mark.parametrize("chart", CHARTS)
def test_hooks_are_among_what_is_checked(render: Render, chart: str) -> None:
    assert any(
        "helm.sh/hook" in manifest["metadata"].get("annotations", {}) for manifest in render(chart, "all").values()
    )


def test_every_custom_kind_that_has_a_definition_here_is_rendered_by_some_chart(render: Render) -> None:
    rendered = {(m["apiVersion"], m["kind"]) for chart in CHARTS for m in render(chart, "all").values()}
    assert custom_kinds().keys() <= rendered


def quantities(value: Any, shape: Shape) -> Iterator[Any]:
    if shape.is_quantity:
        yield value
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from quantities(below, shape.field(name))
    elif isinstance(value, list):
        for item in value:
            yield from quantities(item, shape.item())


@pytest.mark.parametrize(("chart", "env"), RENDERINGS)
def test_every_quantity_is_one_that_kubernetes_can_read(render: Render, chart: str, env: str) -> None:
    found = [
        quantity
        for manifest in render(chart, env).values()
        for quantity in quantities(manifest, root(group_of(manifest["apiVersion"]), manifest["kind"]))
    ]
    assert found
    assert [quantity for quantity in found if parse(quantity) is None] == []


@pytest.mark.parametrize("path", sorted(CRDS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_custom_resource_definitions_are_valid_themselves(path: Any) -> None:
    assert violations(yaml.load(path.read_text(), yaml.CSafeLoader)) == []


@pytest.fixture
def deployment(render: Render) -> dict[str, Any]:
    """A valid Deployment, to be spoilt."""
    return deepcopy(render("dv-pipecat", "prod")["Deployment/dv-pipecat"])


MONITOR = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "ServiceMonitor",
    "metadata": {"name": "monitor"},
    "spec": {"selector": {"matchLabels": {"app": "web"}}, "endpoints": [{"port": "http", "targetPort": 8080}]},
}


def test_an_unknown_field_of_a_deployment_is_refused(deployment: dict[str, Any]) -> None:
    deployment["spec"]["template"]["spec"]["containers"][0]["imagePullpolicy"] = "Always"
    (line,) = violations(deployment)
    assert line.startswith("Deployment/dv-pipecat /spec/template/spec/containers/0: ")
    assert "imagePullpolicy" in line
    assert line.endswith("(1.27 to 1.37)")


def test_a_value_of_the_wrong_type_is_refused(deployment: dict[str, Any]) -> None:
    deployment["spec"]["replicas"] = "60"
    (line,) = violations(deployment)
    assert line.startswith("Deployment/dv-pipecat /spec/replicas: ")


def test_a_field_that_only_newer_versions_know_is_refused_by_the_older_ones(deployment: dict[str, Any]) -> None:
    deployment["spec"]["template"]["spec"]["hostnameOverride"] = "web"
    (line,) = violations(deployment)
    assert line.endswith("(1.27 to 1.33)")


def test_an_api_version_that_is_gone_is_refused(deployment: dict[str, Any]) -> None:
    deployment["apiVersion"] = "extensions/v1beta1"
    assert violations(deployment)


def test_a_custom_resource_that_its_definition_describes_is_accepted() -> None:
    assert violations(MONITOR) == []


@pytest.mark.parametrize(
    ("where", "field", "value"),
    [
        pytest.param(("spec",), "endpoint", [], id="unknown field"),
        pytest.param(("spec", "endpoints", 0), "portName", "http", id="unknown field in a list"),
        pytest.param(("metadata",), "label", {}, id="unknown field of the metadata"),
        pytest.param((), "specs", {}, id="unknown field at the top"),
        pytest.param(("spec", "endpoints", 0), "interval", 30, id="wrong type"),
        pytest.param(("spec", "endpoints", 0), "targetPort", True, id="neither a number nor a name"),
        pytest.param(("spec", "endpoints", 0), "interval", "30 seconds", id="no duration"),
    ],
)
def test_what_the_definition_of_a_custom_resource_does_not_allow_is_refused(
    where: tuple[str | int, ...], field: str, value: Any
) -> None:
    manifest: Any = deepcopy(MONITOR)
    spoilt = manifest
    for step in where:
        spoilt = spoilt[step]
    spoilt[field] = value
    lines = violations(manifest)
    assert lines
    assert all(line.startswith("ServiceMonitor/monitor /" + "/".join(map(str, where))) for line in lines)


@pytest.mark.parametrize("port", [8080, "http"])
def test_an_int_or_string_of_a_custom_resource_may_be_either(port: int | str) -> None:
    manifest: Any = deepcopy(MONITOR)
    manifest["spec"]["endpoints"][0]["targetPort"] = port
    assert violations(manifest) == []


@pytest.mark.parametrize(
    ("api_version", "kind", "spec"),
    [
        ("cloud.google.com/v1", "BackendConfig", {"connectionDraining": {"drainingTimeoutSec": 3601}}),
        ("cloud.google.com/v1", "BackendConfig", {"timeoutSeconds": 30}),
        ("networking.gke.io/v1beta1", "FrontendConfig", {"redirectToHttps": {"responseCodeName": "FOUND"}}),
        ("networking.gke.io/v1", "ManagedCertificate", {"domains": ["*.example.org"]}),
    ],
    ids=["draining beyond an hour", "unknown field", "redirect neither on nor off", "wildcard domain"],
)
def test_what_gke_does_not_take_is_refused(api_version: str, kind: str, spec: dict[str, Any]) -> None:
    (line,) = violations({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": spec})
    assert line.startswith(f"{kind}/web /spec")
