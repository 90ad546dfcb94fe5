"""What a value of gong-webhook changes."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import helm_python
import pytest
import yaml

from tests.charts.conftest import CHARTS
from tests.charts.test_gong_webhook import (
    BODY_SIZE,
    CONFIG,
    CONTAINER,
    DEPLOYMENT,
    HPA,
    INGRESS,
    POD,
    POLICY,
    SERVICE,
    SMOKE,
    WEB_POLICY,
    WORKER,
    at,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.charts.conftest import Render

CHART = CHARTS / "gong-webhook"
DIGEST = "sha256:" + "0" * 64
CHECKSUM = "checksum/config"
METRICS = {
    f"gong_webhook_{name}"
    for name in (
        "requests_total", "request_seconds", "api_calls_total", "rate_limit_wait_seconds", "api_budget_remaining",
        "data_quality_score", "background_tasks", "queue_depth", "queue_oldest_seconds", "dead_letters",
        "secret_age_seconds", "deliveries_total", "refused_total", "calls_stored_total", "retries_total",
        "dead_lettered_total", "store_up",
    )
}  # fmt: skip

# values on top of prod's, object, path, expected, in words
CHANGES: list[tuple[dict[str, Any], str, str, Any, str]] = [
    ({"autoscaling": {"enabled": False}}, DEPLOYMENT, "spec.replicas", 3, "without autoscaling, replicaCount rules"),
    ({"image": {"tag": "v1.1.0"}}, DEPLOYMENT, f"{CONTAINER}.image", "sophia-ai/gong-webhook-service:v1.1.0", "tag"),
    ({"image": {"tag": 1234567}}, DEPLOYMENT, f"{CONTAINER}.image", "sophia-ai/gong-webhook-service:1234567",
     "a tag that is a number"),
    ({"image": {"tag": 1234567.0}}, DEPLOYMENT, f"{CONTAINER}.image", "sophia-ai/gong-webhook-service:1234567",
     "a number from a file, which Helm reads as a float"),
    ({"image": {"tag": "v1", "digest": DIGEST}}, DEPLOYMENT, f"{CONTAINER}.image",
     f"sophia-ai/gong-webhook-service:v1@{DIGEST}", "a digest comes after the tag"),
    ({"image": {"pullPolicy": "Always"}}, DEPLOYMENT, f"{CONTAINER}.imagePullPolicy", "Always", "pull policy"),
    ({"image": {"repository": "r.example/gong"}}, SMOKE, "spec.containers[0].image", "r.example/gong:0.1.0",
     "the smoke test runs the same image"),
    ({"imagePullSecrets": [{"name": "r"}]}, DEPLOYMENT, f"{POD}.imagePullSecrets", [{"name": "r"}], "pull secrets"),
    ({"config": {"WORKERS": 8}}, CONFIG, "data.WORKERS", "8", "a number becomes a string"),
    ({"config": {"GONG_API_RATE_LIMIT": 1.5}}, CONFIG, "data.GONG_API_RATE_LIMIT", "1.5", "so does a decimal"),
    ({"config": {"PUBLIC_WEBHOOK_URL": ""}}, CONFIG, "data.PUBLIC_WEBHOOK_URL", None, "an empty URL is left out"),
    ({"config": {"PORT": "9000"}}, DEPLOYMENT, f"{CONTAINER}.ports[0].containerPort", 9000, "the container's port"),
    ({"config": {"PORT": "9000"}}, WEB_POLICY, "spec.ingress[0].ports", [{"port": 9000}], "the controller's way to it"),
    ({"config": {"PORT": "9000"}}, POLICY, "spec.ingress[0].ports", [{"port": 9000}], "Prometheus' way to it"),
    ({"config": {"PORT": "9000"}}, WEB_POLICY, "spec.ingress[1].ports", [{"port": 9000}], "the smoke test's way to it"),
    ({"config": {"LOG_LEVEL": "WARNING"}}, CONFIG, "data.LOG_LEVEL", "WARNING", "fewer lines in the log"),
    ({"env": [{"name": "A", "value": "b"}]}, DEPLOYMENT, f"{CONTAINER}.env[3]", {"name": "A", "value": "b"}, "env"),
    ({"nodeSelector": {"a": "b"}}, DEPLOYMENT, f"{POD}.nodeSelector", {"a": "b"}, "node selector"),
    ({"tolerations": [{"operator": "Exists"}]}, DEPLOYMENT, f"{POD}.tolerations", [{"operator": "Exists"}], "taints"),
    ({"affinity": {"podAntiAffinity": None}}, DEPLOYMENT, f"{POD}.affinity", None, "null removes the anti-affinity"),
    ({"topologySpread": {"enabled": False}}, DEPLOYMENT, f"{POD}.topologySpreadConstraints", None, "no spreading"),
    ({"probes": {"readiness": {"periodSeconds": 7}}}, DEPLOYMENT, f"{CONTAINER}.readinessProbe.periodSeconds", 7,
     "probe timing"),
    ({"preStopSleepSeconds": 3}, DEPLOYMENT, f"{CONTAINER}.lifecycle.preStop.exec.command[5]", "3", "pause"),
    ({"tmpSizeLimit": "2Gi"}, DEPLOYMENT, f"{POD}.volumes[0].emptyDir.sizeLimit", "2Gi", "size of /tmp"),
    ({"strategy": {"maxSurge": "25%"}}, DEPLOYMENT, "spec.strategy.rollingUpdate.maxSurge", "25%", "rollout"),
    ({"service": {"port": 8000}}, SERVICE, "spec.ports[0].port", 8000, "the Service's port"),
    ({"service": {"port": 8000}}, SMOKE, "spec.containers[0].command[4]", "8000", "the smoke test follows it"),
    ({"serviceAccount": {"name": "other"}}, DEPLOYMENT, f"{POD}.serviceAccountName", "other", "another account"),
    ({"ingress": {"className": "traefik"}}, INGRESS, "spec.ingressClassName", "traefik", "another controller"),
    ({"ingress": {"clusterIssuer": ""}}, INGRESS, "metadata.annotations", {BODY_SIZE: "4m"}, "without cert-manager"),
    ({"ingress": {"tls": []}}, INGRESS, "spec.tls", None, "without TLS"),
    ({"autoscaling": {"maxReplicas": 15}}, HPA, "spec.maxReplicas", 15, "as the guide patches it"),
    ({"autoscaling": {"scaleDownStabilizationSeconds": 60}}, HPA,
     "spec.behavior.scaleDown.stabilizationWindowSeconds", 60, "back sooner"),
    ({"networkPolicy": {"egress": {"except": []}}}, POLICY, "spec.egress[2].to",
     [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "no exceptions"),
    ({"networkPolicy": {"egress": {"redis": {"port": 6380}}}}, POLICY, "spec.egress[1].ports", [{"port": 6380}],
     "Redis on another port"),
    ({"networkPolicy": {"ingress": {"controller": {"podLabels": {"app.kubernetes.io/name": None, "app": "haproxy"}}}}},
     WEB_POLICY, "spec.ingress[0].from[0].podSelector.matchLabels", {"app": "haproxy"}, "another controller's labels"),
    ({"serviceMonitor": {"interval": "10s"}}, "ServiceMonitor/gong-webhook-service", "spec.endpoints[0].interval",
     "10s", "scrape interval"),
    ({"dashboard": {"labels": {"folder": "x"}}}, "ConfigMap/gong-webhook-dashboard", "metadata.labels.folder", "x",
     "labels of the dashboard"),
    ({"podDisruptionBudget": {"minAvailable": "50%"}}, "PodDisruptionBudget/gong-webhook-service", "spec.minAvailable",
     "50%", "the budget"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "key", "path", "expected"), [pytest.param(*row[:-1], id=f"{row[1]}: {row[-1]}") for row in CHANGES]
)
def test_a_value_changes_what_it_says(
    render: Render, values: dict[str, Any], key: str, path: str, expected: Any
) -> None:
    before, after = (at(render("gong-webhook", "prod", over)[key], path) for over in ({}, values))
    assert after == expected
    assert before != after


def test_what_a_digest_names_is_not_pulled_twice(render: Render) -> None:
    values = {"image": {"digest": DIGEST, "pullPolicy": "Always"}}
    assert at(render("gong-webhook", "prod", values)[DEPLOYMENT], f"{CONTAINER}.imagePullPolicy") == "IfNotPresent"


@pytest.mark.parametrize(
    ("values", "gone"),
    [
        ({"networkPolicy": {"enabled": False}}, {POLICY, WEB_POLICY}),
        ({"ingress": {"enabled": False}}, {INGRESS}),
        ({"autoscaling": {"enabled": False}}, {HPA}),
        ({"podDisruptionBudget": {"enabled": False}}, {"PodDisruptionBudget/gong-webhook-service"}),
        ({"serviceMonitor": {"enabled": False}}, {"ServiceMonitor/gong-webhook-service"}),
        ({"prometheusRule": {"enabled": False}}, {"PrometheusRule/gong-webhook-service"}),
        ({"dashboard": {"enabled": False}}, {"ConfigMap/gong-webhook-dashboard"}),
        ({"smokeTest": {"enabled": False}}, {SMOKE}),
        ({"service": {"create": False}}, {SERVICE, f"Service/{WORKER}"}),
        ({"serviceAccount": {"create": False}}, {"ServiceAccount/gong-webhook-service"}),
    ],
)
def test_a_switch_takes_away_what_it_names_and_nothing_else(
    render: Render, values: dict[str, Any], gone: set[str]
) -> None:
    assert render("gong-webhook", "prod").keys() - render("gong-webhook", "prod", values).keys() == gone


def test_the_embedded_redis_is_a_service_a_stateful_set_and_a_policy(render: Render) -> None:
    more = render("gong-webhook", "prod", {"redis": {"embedded": {"enabled": True}}}).keys()
    kinds = ("Service", "StatefulSet", "NetworkPolicy")
    assert more - render("gong-webhook", "prod").keys() == {f"{kind}/redis-service" for kind in kinds}


def test_nothing_that_is_switched_on_makes_the_canary_render_more(render: Render) -> None:
    everything = {"redis": {"embedded": {"enabled": True}}, "namespace": {"create": True}}
    assert render("gong-webhook", "canary", everything).keys() == render("gong-webhook", "canary").keys()


def pod_annotations(render: Render, env: str, values: dict[str, Any] | None = None) -> dict[str, str]:
    """Those of the web pods, which are the worker pods' too."""
    deployments = (tree for key, tree in render("gong-webhook", env, values).items() if key.startswith("Deployment/"))
    web, worker = (at(tree, "spec.template.metadata.annotations") for tree in deployments)
    assert web == worker
    found: dict[str, str] = web
    return found


@pytest.mark.parametrize("env", ["prod", "canary"])
def test_a_changed_setting_rolls_the_pods_of_either_track(render: Render, env: str) -> None:
    changed = pod_annotations(render, env, {"config": {"WORKERS": "8"}})
    assert changed[CHECKSUM] != pod_annotations(render, env)[CHECKSUM]


def test_both_tracks_carry_the_checksum_of_the_same_settings(render: Render) -> None:
    assert pod_annotations(render, "canary")[CHECKSUM] == pod_annotations(render, "prod")[CHECKSUM]


def test_secrets_leave_their_revision_and_time_on_the_pods_and_the_time_in_the_environment(render: Render) -> None:
    values = {"secretsRevision": "3f2a", "secretsRotatedAt": "2026-01-31T12:00:00Z"}
    found = pod_annotations(render, "prod", values)
    assert (found["secrets/revision"], found["secrets/rotated-at"]) == ("3f2a", "2026-01-31T12:00:00Z")
    variable = at(render("gong-webhook", "prod", values)[DEPLOYMENT], f"{CONTAINER}.env")[-1]
    assert variable["name"] == "SECRETS_ROTATED_AT"
    assert variable["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.annotations['secrets/rotated-at']"


def test_without_a_known_rotation_there_is_neither_annotation_nor_variable(render: Render) -> None:
    assert not any(key.startswith("secrets/") for key in pod_annotations(render, "prod"))
    assert "SECRETS_ROTATED_AT" not in str(render("gong-webhook", "prod")[DEPLOYMENT])


def test_labels_and_annotations_of_ones_own_stand_beside_the_charts(render: Render) -> None:
    values = {"podLabels": {"team": "sophia"}, "podAnnotations": {"note": "x"}}
    metadata = at(render("gong-webhook", "prod", values)[DEPLOYMENT], "spec.template.metadata")
    assert metadata["labels"].items() >= {"team": "sophia", "version": "stable"}.items()
    assert metadata["annotations"].keys() >= {"note", CHECKSUM}


def test_alerts_and_dashboard_ask_for_no_metric_that_the_service_does_not_have(render: Render) -> None:
    objects = render("gong-webhook", "prod")
    panels = json.loads(objects["ConfigMap/gong-webhook-dashboard"]["data"]["gong-webhook.json"])["panels"]
    alerts = str(objects["PrometheusRule/gong-webhook-service"]["spec"])
    asked = set(re.findall(r"gong_webhook_\w+", alerts + str([panel["targets"] for panel in panels])))
    assert {name.removesuffix("_bucket") for name in asked} == METRICS


def test_every_threshold_stands_in_its_alert(render: Render) -> None:
    limits = {"errorRatio": 0.11, "queueOldestSeconds": 222, "deadLetters": 33, "apiBudgetRemaining": 444}
    more = {"dataQualityScore": 0.55, "refusedDeliveries": 66}
    values = {"prometheusRule": {**limits, **more}, "secretsRotationDays": 10}
    rules = render("gong-webhook", "prod", values)["PrometheusRule/gong-webhook-service"]["spec"]["groups"][0]["rules"]
    found = {rule["alert"].removeprefix("GongWebhook"): rule["expr"].split()[-1] for rule in rules}
    wanted = {"ErrorRate": 0.11, "Refused": 66, "QueueOld": 222, "DeadLetters": 33, "ApiBudgetLow": 444}
    wanted |= {"DataQualityLow": 0.55, "SecretsOld": 864000}
    assert {alert: float(found[alert]) for alert in wanted} == wanted


def test_a_new_chart_version_rolls_no_pod(render: Render, tmp_path: Path) -> None:
    copy = shutil.copytree(CHART, tmp_path / "gong-webhook")
    (copy / "Chart.yaml").write_text((CHART / "Chart.yaml").read_text().replace("version: 0.1.0", "version: 0.2.0"))
    text = helm_python.Chart.load(copy).render({}, name="gong-webhook", namespace="sophia-ai")
    newer = yaml.safe_load(text["gong-webhook/templates/deployment.yaml"])
    older = render("gong-webhook", "stage", {})[DEPLOYMENT]
    assert newer["metadata"]["labels"]["helm.sh/chart"] == "gong-webhook-0.2.0"
    assert newer["spec"]["template"]["metadata"]["labels"] == older["spec"]["template"]["metadata"]["labels"]


def test_an_ingress_that_is_given_neither_issuer_nor_annotations_has_none() -> None:
    hosts = [{"host": "gong.example", "paths": [{"path": "/webhooks/gong"}]}]
    values = {"ingress": {"enabled": True, "hosts": hosts}}
    text = helm_python.Chart.load(CHART).render(values, name="gong-webhook", namespace="sophia-ai")
    assert "annotations" not in yaml.safe_load(text["gong-webhook/templates/ingress.yaml"])["metadata"]


def test_the_registered_url_is_one_that_the_ingress_routes(render: Render) -> None:
    for env in ("stage", "prod"):
        objects = render("gong-webhook", env)
        rule = objects[INGRESS]["spec"]["rules"][0]
        url = f"https://{rule['host']}{rule['http']['paths'][0]['path']}"
        assert objects[CONFIG]["data"]["PUBLIC_WEBHOOK_URL"] == url
