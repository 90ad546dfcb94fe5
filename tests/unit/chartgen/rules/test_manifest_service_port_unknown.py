"""A Service that sends to a port which no container of its pods has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chartgen.rules.manifest_service_port_unknown import check
from chartgen.rules.rule import Complaint, InObject

from .printing import printing, target

NAMED = "[{name: http, containerPort: 8080}]"


def deployment(
    ports: str, *, name: str = "web", labels: str = "{app: web}", spec: str = "", namespace: str = ""
) -> str:
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace or '""'}}}
spec:
  template:
    metadata: {{labels: {labels}}}
    spec: {{containers: [{{name: a, ports: {ports}}}], {spec}}}
"""


def service(ports: str, *, spec: str = "selector: {app: web}", namespace: str = "") -> str:
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: {namespace or '""'}}}
spec: {{ports: {ports}, {spec}}}
"""


def found(*documents: str) -> list[Complaint]:
    return list(check([printing(*documents)]))


def test_a_name_that_no_container_has_is_a_finding_about_the_service() -> None:
    (complaint,) = found(deployment(NAMED), service("[{port: 80, targetPort: htpp}]"))
    assert complaint.subject == "Service/web htpp"
    assert complaint.message == "Service/web sends to port htpp (TCP), which no container of its pods has"
    assert complaint.hint == "declared there: http"
    assert isinstance(complaint.where, InObject)
    assert (complaint.where.object.id.kind, complaint.where.text) == ("Service", "targetPort: htpp")


@pytest.mark.parametrize(
    ("container", "sent", "unknown"),
    [
        (NAMED, "[{port: 80, targetPort: http}]", []),
        (NAMED, "[{port: 80, targetPort: 8080}]", []),
        (NAMED, "[{port: 8080}]", []),
        (NAMED, "[{port: 80}]", ["80"]),
        (NAMED, "[{port: 80, targetPort: 8081}]", ["8081"]),
        (NAMED, "[{port: 80, targetPort: '8080'}]", ["8080"]),
        (NAMED, "[{port: 80, targetPort: http, protocol: UDP}]", ["http"]),
        ("[{name: dns, containerPort: 53, protocol: UDP}]", "[{port: 53, targetPort: dns, protocol: UDP}]", []),
        ("[{name: dns, containerPort: 53, protocol: UDP}]", "[{port: 53, targetPort: dns}]", ["dns"]),
        (NAMED, "[{port: 80, targetPort: a}, {port: 81, targetPort: b}]", ["a", "b"]),
        (NAMED, "[{port: 80, targetPort: http}, {port: 81, targetPort: b}]", ["b"]),
        ("[{containerPort: 8080}]", "[{port: 80, targetPort: http}]", ["http"]),
        ("[]", "[{port: 80, targetPort: http}]", ["http"]),
    ],
)
def test_a_port_is_known_by_its_name_and_protocol_or_by_its_number(
    container: str, sent: str, unknown: list[str]
) -> None:
    assert [each.subject.split()[1] for each in found(deployment(container), service(sent))] == unknown


@pytest.mark.parametrize(
    ("container", "sent"),
    [
        ("[]", "[{port: 80, targetPort: 8080}]"),
        ("null", "[{port: 80, targetPort: 8080}]"),
        (NAMED, "[{port: 80, targetPort: http}, {port: 9095}]"),
        (NAMED, "[{port: 80, targetPort: 8080}, {port: 9095}]"),
    ],
)
def test_a_number_need_not_be_declared_where_none_is_or_where_the_service_leads_to_another(
    container: str, sent: str
) -> None:
    assert found(deployment(container), service(sent)) == []


def test_any_of_several_workloads_behind_a_service_may_have_the_port() -> None:
    other = deployment("[{name: metrics, containerPort: 9090}]", name="other")
    assert (
        found(deployment(NAMED), other, service("[{port: 80, targetPort: http}, {port: 9, targetPort: metrics}]")) == []
    )
    (complaint,) = found(deployment(NAMED), other, service("[{port: 80, targetPort: htpp}]"))
    assert complaint.hint == "declared there: http, metrics"


@pytest.mark.parametrize(("policy", "count"), [("Always", 0), ("Never", 1)])
def test_an_init_container_has_a_port_where_it_goes_on_running(policy: str, count: int) -> None:
    spec = f"initContainers: [{{name: b, restartPolicy: {policy}, ports: [{{name: proxy, containerPort: 1}}]}}]"
    assert len(found(deployment(NAMED, spec=spec), service("[{port: 80, targetPort: proxy}]"))) == count


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "selector: {}",
        "selector: null",
        "selector: {app: other}",
        "selector: {app: web, tier: a}",
        "selector: {app: web}, clusterIP: None",
        "selector: {app: web}, type: ExternalName, externalName: a.example",
    ],
)
def test_a_service_that_sends_to_no_pods_of_the_release_is_not_asked(spec: str) -> None:
    assert found(deployment(NAMED), service("[{port: 80, targetPort: htpp}]", spec=spec)) == []


def test_pods_of_another_namespace_are_not_behind_a_service_and_the_releases_own_may_be_spelt_out() -> None:
    wrong = service("[{port: 80, targetPort: htpp}]", namespace="b")
    assert found(deployment(NAMED), wrong) == []
    assert list(check([printing(deployment(NAMED), wrong, of=target(namespace="b"))])) != []
    assert found(deployment(NAMED, namespace="b"), wrong) != []


@pytest.mark.parametrize("kind", ["Pod", "CronJob"])
def test_pods_may_be_of_any_kind_that_runs_them(kind: str) -> None:
    pod: dict[str, Any] = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"ports": [{"containerPort": 1}]}]},
    }
    body: dict[str, Any] = {
        "Pod": {"apiVersion": "v1", **pod},
        "CronJob": {"apiVersion": "batch/v1", "spec": {"jobTemplate": {"spec": {"template": pod}}}},
    }[kind]
    assert len(found(json.dumps({"kind": kind, **body}), service("[{port: 80, targetPort: htpp}]"))) == 1


def test_a_service_of_another_group_is_another_thing() -> None:
    knative = service("[{port: 80, targetPort: htpp}]").replace("v1", "serving.knative.dev/v1")
    assert found(deployment(NAMED), knative) == []


ODD = ["null", "1", "text", "true", "[]", "{}", "[1, text, null, [], {}]", "{a: [1]}", "[{port: null}]", "1.5"]


@pytest.mark.parametrize("odd", ODD)
def test_whatever_a_chart_prints_no_exception_comes_out(odd: str) -> None:
    right = service("[{port: 80, targetPort: htpp}]")
    found(deployment(odd), right)
    found(deployment(NAMED, labels=odd), right)
    found(deployment(NAMED, spec=f"initContainers: {odd}"), right)
    found(deployment(f"[{{name: {odd}, containerPort: {odd}, protocol: {odd}}}]"), right)
    found(deployment(NAMED), service(odd))
    found(deployment(NAMED), service(f"[{{port: {odd}, targetPort: {odd}, protocol: {odd}}}]"))
    found(deployment(NAMED), service(NAMED, spec=f"selector: {odd}"))
    found(deployment(NAMED), service(NAMED, spec=f"selector: {{app: {odd}}}"))
    for path in ("spec", "metadata"):
        found(deployment(NAMED), f"{{apiVersion: v1, kind: Service, {path}: {odd}}}")
        found(f"{{apiVersion: apps/v1, kind: Deployment, {path}: {odd}}}", right)
    found(f"{{apiVersion: apps/v1, kind: Deployment, spec: {{template: {odd}}}}}", right)
