"""Who may reach whom under the charts' NetworkPolicies, and that the evaluation itself follows the API."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.charts.netpol import Address, Pod, allowed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.charts.conftest import Render
    from tests.charts.netpol import Endpoint


def pod(namespace: str, **labels: str) -> Pod:
    keys = {"name": "app.kubernetes.io/name", "component": "app.kubernetes.io/component"}
    return Pod(
        namespace,
        {keys.get(key, key): value for key, value in labels.items()},
        {"kubernetes.io/metadata.name": namespace},
    )


GONG_STABLE = pod("sophia-ai", name="gong-webhook", component="web", version="stable", app="gong-webhook-service")
GONG_CANARY = replace(GONG_STABLE, labels={**GONG_STABLE.labels, "version": "canary"})
GONG_WORKER = replace(GONG_STABLE, labels={**GONG_STABLE.labels, "app.kubernetes.io/component": "worker"})
CANARY_WORKER = replace(GONG_WORKER, labels={**GONG_WORKER.labels, "version": "canary"})
GONG_SMOKE = pod("sophia-ai", name="gong-webhook", component="smoke-test", app="gong-webhook-service")
GONG_REDIS = pod("sophia-ai", name="gong-webhook", component="redis", app="gong-webhook-service")
OTHER_REDIS = pod("sophia-ai", app="redis-service")
NEIGHBOUR = pod("sophia-ai", app="another-service")
STRANGER = pod("elsewhere", app="another-service")
NGINX = pod("ingress-nginx", name="ingress-nginx")
NGINX_JOB = pod("ingress-nginx", name="admission-create")
FALSE_NGINX = pod("elsewhere", name="ingress-nginx")
PROMETHEUS = pod("monitoring", name="prometheus")
GRAFANA = pod("monitoring", name="grafana")
FALSE_PROMETHEUS = pod("elsewhere", name="prometheus")
COREDNS = pod("kube-system", **{"k8s-app": "kube-dns"})
NODE_LOCAL_DNS = Address("169.254.20.10")
METADATA = Address("169.254.169.254")
INTERNET = Address("203.0.113.7")
INTERNET6 = Address("2001:db8::7")
EMBEDDED: dict[str, Any] = {"redis": {"embedded": {"enabled": True}}}
ANY_REDIS: dict[str, Any] = {"networkPolicy": {"egress": {"redis": {"to": []}}}}
STRICT: dict[str, Any] = {"networkPolicy": {"egress": {"except": ["169.254.0.0/16", "203.0.113.0/24"]}}}
EXTRA: dict[str, Any] = {
    "networkPolicy": {
        "extraEgress": [
            {"to": [{"ipBlock": {"cidr": "::/0"}}], "ports": [{"port": 443}]},
            {"to": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "another-service"}}}]},
        ]
    }
}


@dataclass(frozen=True)
class Row:
    """Who, to whom, on which port; the chart, environment and values whose policies are asked."""

    name: str
    source: Endpoint
    target: Endpoint
    port: int
    protocol: str = "TCP"
    chart: str = "gong-webhook"
    env: str = "prod"
    values: Mapping[str, Any] = field(default_factory=dict)


MAY = [
    Row("the ingress controller reaches stable", NGINX, GONG_STABLE, 8080),
    Row("the ingress controller reaches the canary", NGINX, GONG_CANARY, 8080),
    Row("the ingress controller reaches stage", NGINX, GONG_STABLE, 8080, env="stage"),
    Row("Prometheus reaches stable", PROMETHEUS, GONG_STABLE, 8080),
    Row("Prometheus reaches the canary", PROMETHEUS, GONG_CANARY, 8080),
    Row("the smoke pod reaches stable", GONG_SMOKE, GONG_STABLE, 8080),
    Row("the smoke pod reaches the canary", GONG_SMOKE, GONG_CANARY, 8080),
    Row("stable reaches DNS in a pod, UDP", GONG_STABLE, COREDNS, 53, protocol="UDP"),
    Row("stable reaches DNS in a pod, TCP", GONG_STABLE, COREDNS, 53),
    Row("stable reaches DNS on the node", GONG_STABLE, NODE_LOCAL_DNS, 53, protocol="UDP"),
    Row("stable reaches a Redis of the namespace", GONG_STABLE, OTHER_REDIS, 6379),
    Row("stable reaches a Redis outside, once any may be", GONG_STABLE, INTERNET, 6379, values=ANY_REDIS),
    Row("stable reaches Gong, Snowflake and Slack", GONG_STABLE, INTERNET, 443),
    Row("the canary reaches Gong, Snowflake and Slack", GONG_CANARY, INTERNET, 443),
    Row("stable reaches IPv6 hosts, once a further rule allows it", GONG_STABLE, INTERNET6, 443, values=EXTRA),
    Row("stable reaches a service elsewhere, once a further rule allows it", GONG_STABLE, STRANGER, 8000, values=EXTRA),
    Row("Prometheus reaches a worker", PROMETHEUS, GONG_WORKER, 8080),
    Row("Prometheus reaches the canary's worker", PROMETHEUS, CANARY_WORKER, 8080),
    Row("a worker reaches DNS", GONG_WORKER, COREDNS, 53, protocol="UDP"),
    Row("a worker reaches a Redis of the namespace", GONG_WORKER, OTHER_REDIS, 6379),
    Row("a worker reaches Gong, Snowflake and Slack", GONG_WORKER, INTERNET, 443),
    Row("the canary's worker reaches Gong, Snowflake and Slack", CANARY_WORKER, INTERNET, 443),
    Row("a worker reaches the embedded Redis", GONG_WORKER, GONG_REDIS, 6379, values=EMBEDDED),
    Row("stable reaches the embedded Redis", GONG_STABLE, GONG_REDIS, 6379, values=EMBEDDED),
    Row("the canary reaches the embedded Redis", GONG_CANARY, GONG_REDIS, 6379, values=EMBEDDED),
]
MAY_NOT = [
    Row("the ingress controller to the Service's port on a pod", NGINX, GONG_STABLE, 80),
    Row("the ingress controller over UDP", NGINX, GONG_STABLE, 8080, protocol="UDP"),
    Row("another pod in the controller's place", NGINX_JOB, GONG_STABLE, 8080),
    Row("the controller's label elsewhere", FALSE_NGINX, GONG_STABLE, 8080),
    Row("another pod in Prometheus' place", GRAFANA, GONG_STABLE, 8080),
    Row("Prometheus' label elsewhere", FALSE_PROMETHEUS, GONG_STABLE, 8080),
    Row("a smoke pod elsewhere", replace(GONG_SMOKE, namespace="elsewhere"), GONG_STABLE, 8080),
    Row("a smoke pod without a smoke test", GONG_SMOKE, GONG_STABLE, 8080, values={"smokeTest": {"enabled": False}}),
    Row("a neighbour in the namespace", NEIGHBOUR, GONG_STABLE, 8080),
    Row("a pod of another namespace", STRANGER, GONG_STABLE, 8080),
    Row("the canary to stable", GONG_CANARY, GONG_STABLE, 8080),
    Row("the internet past the controller", INTERNET, GONG_STABLE, 8080),
    Row("the ingress controller to a worker", NGINX, GONG_WORKER, 8080),
    Row("the smoke pod to a worker", GONG_SMOKE, GONG_WORKER, 8080),
    Row("a web pod to a worker", GONG_STABLE, GONG_WORKER, 8080),
    Row("a worker to a web pod", GONG_WORKER, GONG_STABLE, 8080),
    Row("another pod in Prometheus' place to a worker", GRAFANA, GONG_WORKER, 8080),
    Row("a worker to the internet in plain text", GONG_WORKER, INTERNET, 80),
    Row("a worker to the metadata server", GONG_WORKER, METADATA, 443),
    Row("stable to another port of Redis", GONG_STABLE, OTHER_REDIS, 22),
    Row("stable to a Redis of another namespace", GONG_STABLE, replace(OTHER_REDIS, namespace="elsewhere"), 6379),
    Row("stable to a Redis outside", GONG_STABLE, INTERNET, 6379),
    Row("stable to the internet in plain text", GONG_STABLE, INTERNET, 80),
    Row("stable to the metadata server, HTTPS", GONG_STABLE, METADATA, 443),
    Row("stable to the metadata server, HTTP", GONG_STABLE, METADATA, 80),
    Row("stable to a range that is excepted", GONG_STABLE, INTERNET, 443, values=STRICT),
    Row("stable to an IPv6 host", GONG_STABLE, INTERNET6, 443),
    Row("stable to a service elsewhere", GONG_STABLE, STRANGER, 8000),
    Row("the smoke pod to the embedded Redis", GONG_SMOKE, GONG_REDIS, 6379, values=EMBEDDED),
    Row("a neighbour to the embedded Redis", NEIGHBOUR, GONG_REDIS, 6379, values=EMBEDDED),
    Row(
        "the same labels elsewhere to the embedded Redis",
        replace(GONG_STABLE, namespace="elsewhere"),
        GONG_REDIS,
        6379,
        values=EMBEDDED,
    ),
    Row("the embedded Redis to the internet", GONG_REDIS, INTERNET, 443, values=EMBEDDED),
    Row("the embedded Redis to DNS", GONG_REDIS, COREDNS, 53, values=EMBEDDED, protocol="UDP"),
]


def reaches(render: Render, row: Row) -> bool:
    objects = render(row.chart, row.env, row.values).values()
    # a chart that names no namespace is installed into this one
    policies = [
        {**manifest, "metadata": {"namespace": "default", **manifest["metadata"]}}
        for manifest in objects
        if manifest["kind"] == "NetworkPolicy"
    ]
    assert policies
    return allowed(policies, row.source, row.target, row.port, row.protocol)


@pytest.mark.parametrize("row", MAY, ids=lambda row: row.name)
def test_what_must_be_reached_is_reached(render: Render, row: Row) -> None:
    assert reaches(render, row)


@pytest.mark.parametrize("row", MAY_NOT, ids=lambda row: row.name)
def test_nothing_else_is_reached(render: Render, row: Row) -> None:
    assert not reaches(render, row)


@pytest.mark.parametrize(
    ("env", "key", "expected"),
    [
        ("prod", "Deployment/gong-webhook-service", GONG_STABLE),
        ("canary", "Deployment/gong-webhook-service-canary", GONG_CANARY),
        ("prod", "Deployment/gong-webhook-worker", GONG_WORKER),
        ("canary", "Deployment/gong-webhook-worker-canary", CANARY_WORKER),
        ("all", "StatefulSet/redis-service", GONG_REDIS),
        ("prod", "Pod/gong-webhook-service-smoke", GONG_SMOKE),
        ("canary", "Pod/gong-webhook-service-canary-smoke", GONG_SMOKE),
    ],
)
def test_the_rows_speak_of_pods_as_they_are_rendered(render: Render, env: str, key: str, expected: Pod) -> None:
    rendered = render("gong-webhook", env)[key]
    metadata = rendered["spec"].get("template", rendered)["metadata"]
    assert expected.labels.items() <= metadata["labels"].items()


NS = "kubernetes.io/metadata.name"
WEB, CLIENT = pod("a", app="web"), pod("b", app="client")
BOTH_SELECTORS = {
    "namespaceSelector": {"matchLabels": {NS: "b"}},
    "podSelector": {"matchLabels": {"app": "client"}},
}
EITHER_SELECTOR = [{key: value} for key, value in BOTH_SELECTORS.items()]


def policy(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"namespace": "a"}, "spec": {"podSelector": {"matchLabels": {"app": "web"}}, **spec}}


RULES = [
    pytest.param([], CLIENT, True, id="without a policy all is allowed"),
    pytest.param([policy()], CLIENT, False, id="a policy without rules allows nothing"),
    pytest.param([policy(ingress=[{}])], CLIENT, True, id="an empty rule allows all"),
    pytest.param([policy(ingress=[{"from": []}])], CLIENT, True, id="an empty list of peers allows all"),
    pytest.param([policy(ingress=[{"from": [BOTH_SELECTORS]}])], CLIENT, True, id="both selectors match"),
    pytest.param(
        [policy(ingress=[{"from": [BOTH_SELECTORS]}])], pod("b", app="x"), False, id="only the namespace does"
    ),
    pytest.param([policy(ingress=[{"from": [BOTH_SELECTORS]}])], pod("a", app="client"), False, id="only the pod does"),
    pytest.param(
        [policy(ingress=[{"from": EITHER_SELECTOR}])], pod("b", app="x"), True, id="two peers: either namespace"
    ),
    pytest.param([policy(ingress=[{"from": EITHER_SELECTOR}])], pod("a", app="client"), True, id="two peers: or pod"),
    pytest.param([policy(ingress=[{"from": [{"podSelector": {}}]}])], CLIENT, False, id="a pod selector stays at home"),
    pytest.param([policy(ingress=[{"from": [{"namespaceSelector": {}}]}])], CLIENT, True, id="any namespace"),
    pytest.param([policy(), policy(ingress=[{}])], CLIENT, True, id="policies add up"),
    pytest.param([policy(policyTypes=["Egress"])], CLIENT, True, id="an egress policy does not isolate ingress"),
    pytest.param([policy(ingress=[{"ports": [{"port": 80}]}])], CLIENT, False, id="another port"),
    pytest.param([policy(ingress=[{"ports": [{"port": "http"}]}])], CLIENT, True, id="a named port"),
    pytest.param([policy(ingress=[{"ports": [{"port": 8000, "endPort": 8100}]}])], CLIENT, True, id="a range of ports"),
    pytest.param([policy(ingress=[{"ports": [{"protocol": "UDP"}]}])], CLIENT, False, id="another protocol"),
]


@pytest.mark.parametrize(("policies", "source", "expected"), RULES)
def test_the_evaluation_follows_the_api(policies: list[dict[str, Any]], source: Pod, expected: bool) -> None:  # noqa: FBT001
    assert allowed(policies, source, replace(WEB, ports={"http": 8080}), 8080) is expected


def test_an_egress_rule_isolates_the_source_even_where_the_types_are_left_out() -> None:
    assert not allowed([policy(egress=[{"to": [{"podSelector": {}}]}])], WEB, CLIENT, 8080)


def test_splitting_the_selectors_of_a_rendered_peer_would_admit_strangers(render: Render) -> None:
    rendered = render("gong-webhook", "prod")["NetworkPolicy/gong-webhook-service"]
    split = [
        {**rule, "from": [{key: value} for peer in rule["from"] for key, value in peer.items()]}
        for rule in rendered["spec"]["ingress"]
    ]
    loose = {**rendered, "spec": {**rendered["spec"], "ingress": split}}
    assert not allowed([rendered], NGINX_JOB, GONG_STABLE, 8080)
    assert allowed([loose], NGINX_JOB, GONG_STABLE, 8080)
