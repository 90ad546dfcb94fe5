"""What the worker half of gong-webhook is, beside what it shares with the web half."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.charts.test_gong_webhook import CANARY_WORKER, CONTAINER, DEPLOYMENT, POD, SERVICE, WORKER, at

if TYPE_CHECKING:
    from tests.charts.conftest import Render

WORKERS, CANARY_WORKERS = f"Deployment/{WORKER}", f"Deployment/{CANARY_WORKER}"
OWN = {"app.kubernetes.io/name": "gong-webhook", "app.kubernetes.io/component": "worker"}
MIGRATE = f"{POD}.initContainers[0]"

# environment, object, path, expected, in words
FACTS: list[tuple[str, str, str, Any, str]] = [
    ("stage", WORKERS, "spec.replicas", 1, "stage has one worker"),
    ("prod", WORKERS, "spec.replicas", 2, "of production's two, one goes on when the other dies"),
    ("canary", CANARY_WORKERS, "spec.replicas", 1, "the canary's code has calls to work on"),
    ("prod", WORKERS, f"{CONTAINER}.name", "gong-webhook", "the container is called as in the web pods"),
    ("prod", WORKERS, f"{CONTAINER}.args", ["worker"], "it takes calls from the queue"),
    ("prod", WORKERS, f"{MIGRATE}.name", "migrate", "before it,"),
    ("prod", WORKERS, f"{MIGRATE}.args", ["migrate"], "the tables are created"),
    ("canary", CANARY_WORKERS, f"{MIGRATE}.args", ["migrate"], "those that new code needs, too"),
    ("prod", DEPLOYMENT, f"{POD}.initContainers", None, "a web pod starts without Snowflake"),
    ("prod", WORKERS, "spec.selector.matchLabels", {**OWN, "version": "stable"}, "stable selects its own workers"),
    ("canary", CANARY_WORKERS, "spec.selector.matchLabels", {**OWN, "version": "canary"}, "and the canary its"),
    ("prod", WORKERS, "spec.strategy.rollingUpdate", {"maxSurge": 1, "maxUnavailable": 0}, "one more, none less"),
    ("prod", WORKERS, f"{CONTAINER}.startupProbe.httpGet", {"path": "/health", "port": "http"}, "startup probe"),
    ("prod", WORKERS, f"{CONTAINER}.readinessProbe.httpGet", {"path": "/health?ready", "port": "http"}, "readiness"),
    ("prod", WORKERS, f"{CONTAINER}.livenessProbe.httpGet", {"path": "/health", "port": "http"}, "liveness"),
    ("prod", WORKERS, f"{CONTAINER}.ports", [{"name": "http", "containerPort": 8080}], "Prometheus has a port"),
    ("prod", WORKERS, f"{CONTAINER}.lifecycle", None, "nothing is routed to it, so nothing must forget it"),
    ("prod", WORKERS, f"{POD}.terminationGracePeriodSeconds", 60, "it has time to end its batch"),
    ("prod", f"Service/{WORKER}", "spec.clusterIP", "None", "each worker has an address of its own"),
    ("prod", f"Service/{WORKER}", "spec.selector", OWN, "in either track"),
    ("prod", f"Service/{WORKER}", "spec.ports", [{"name": "http", "port": 8080, "targetPort": "http"}], "port"),
    ("prod", "HorizontalPodAutoscaler/gong-webhook-hpa", "spec.scaleTargetRef.name", "gong-webhook-service",
     "no autoscaler multiplies the writers"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("env", "key", "path", "expected"), [pytest.param(*row[:-1], id=f"{row[0]}: {row[-1]}") for row in FACTS]
)
def test_fact(render: Render, env: str, key: str, path: str, expected: Any) -> None:
    assert at(render("gong-webhook", env)[key], path) == expected


# values on top of prod's, path in the worker's Deployment, expected
CHANGES: list[tuple[dict[str, Any], str, Any]] = [
    ({"worker": {"replicaCount": 3}}, "spec.replicas", 3),
    ({"worker": {"resources": {"limits": {"memory": "3Gi"}}}}, f"{CONTAINER}.resources.limits.memory", "3Gi"),
    ({"worker": {"resources": {"limits": {"memory": "3Gi"}}}}, f"{MIGRATE}.resources.limits.memory", "3Gi"),
    ({"worker": {"affinity": {"podAntiAffinity": None}}}, f"{POD}.affinity", None),
    ({"worker": {"terminationGracePeriodSeconds": 90}}, f"{POD}.terminationGracePeriodSeconds", 90),
    ({"config": {"PORT": "9000"}}, f"{CONTAINER}.ports[0].containerPort", 9000),
    ({"env": [{"name": "A", "value": "b"}]}, f"{MIGRATE}.env[3]", {"name": "A", "value": "b"}),
]


@pytest.mark.parametrize(
    ("values", "path", "expected"), CHANGES, ids=[f"{values} {path}" for values, path, _ in CHANGES]
)
def test_a_value_of_the_worker_changes_what_it_says(
    render: Render, values: dict[str, Any], path: str, expected: Any
) -> None:
    before, after = (at(render("gong-webhook", "prod", over)[WORKERS], path) for over in ({}, values))
    assert after == expected
    assert before != after


@pytest.mark.parametrize(
    "values",
    [
        {"replicaCount": 7, "autoscaling": {"enabled": False}},
        {"resources": {"limits": {"memory": "3Gi"}}},
        {"affinity": {"podAntiAffinity": None}},
        {"terminationGracePeriodSeconds": 90},
        {"preStopSleepSeconds": 5},
    ],
    ids=str,
)
def test_what_is_the_web_pods_own_leaves_the_worker_alone(render: Render, values: dict[str, Any]) -> None:
    before, after = (render("gong-webhook", "prod", over) for over in ({}, values))
    assert before[WORKERS] == after[WORKERS]
    assert before[DEPLOYMENT] != after[DEPLOYMENT]


@pytest.mark.parametrize("env", ["prod", "canary"])
def test_workers_keep_off_each_others_hosts_and_mind_no_web_pod(render: Render, env: str) -> None:
    spec = at(render("gong-webhook", env)[CANARY_WORKERS if env == "canary" else WORKERS], POD)
    (term,) = spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert term["podAffinityTerm"]["labelSelector"]["matchLabels"] == OWN
    assert [each["labelSelector"]["matchLabels"] for each in spec["topologySpreadConstraints"]] == [OWN, OWN]


@pytest.mark.parametrize("env", ["stage", "prod", "canary", "all"])
def test_no_webhook_is_ever_routed_to_a_worker(render: Render, env: str) -> None:
    routed = at(render("gong-webhook", "prod")[SERVICE], "spec.selector").items()
    for key, tree in render("gong-webhook", env).items():
        if key.startswith("Deployment/"):
            labels = at(tree, "spec.template.metadata.labels").items()
            assert (routed <= labels) is ("-service" in key)
