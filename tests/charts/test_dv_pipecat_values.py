"""What a value of dv-pipecat changes in what is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.charts.conftest import Objects, Render

STABLE, CANARY = "Deployment/dv-pipecat", "Deployment/dv-pipecat-canary"
DIGEST = "sha256:" + "0123456789abcdef" * 4
REPOSITORY = "us-east1-docker.pkg.dev/desivocalprod01/ringg-registry-prod/dv-pipecat"


def pod(objects: Objects, name: str = STABLE) -> Any:
    return objects[name]["spec"]["template"]["spec"]


def container(objects: Objects, name: str = STABLE) -> Any:
    return pod(objects, name)["containers"][0]


def variables(objects: Objects, name: str = STABLE) -> dict[str, Any]:
    return {item["name"]: item.get("value") for item in container(objects, name)["env"]}


@pytest.mark.parametrize(
    ("image", "rendered"),
    [
        ({"tag": "v1.42.0"}, f"{REPOSITORY}:v1.42.0"),
        ({"tag": 1234567}, f"{REPOSITORY}:1234567"),
        ({"tag": "v1", "digest": DIGEST}, f"{REPOSITORY}:v1@{DIGEST}"),
        ({"digest": DIGEST}, f"{REPOSITORY}:0.1.0@{DIGEST}"),
    ],
    ids=["a tag", "a tag that reads as a number", "a digest beside a tag", "a digest alone"],
)
def test_the_image_of_service_and_smoke_test_is(image: dict[str, Any], rendered: str, render: Render) -> None:
    objects = render("dv-pipecat", "prod", {"image": image})
    assert container(objects)["image"] == rendered
    assert objects["Pod/dv-pipecat-smoke"]["spec"]["containers"][0]["image"] == rendered


def test_a_tag_that_reads_as_a_number_is_the_version_that_the_pod_reports(render: Render) -> None:
    assert variables(render("dv-pipecat", "prod", {"image": {"tag": 1234567}}))["APP_VERSION"] == "1234567"


def test_a_digest_is_pulled_once_whatever_the_pull_policy(render: Render) -> None:
    objects = render("dv-pipecat", "stage", {"image": {"pullPolicy": "Always", "digest": DIGEST}})
    assert container(objects)["imagePullPolicy"] == "IfNotPresent"


def test_the_autoscaler_owns_the_pod_count_of_stable(render: Render) -> None:
    objects = render("dv-pipecat", "prod", {"autoscaling": {"enabled": True}})
    assert "replicas" not in objects[STABLE]["spec"]
    spec = objects["HorizontalPodAutoscaler/dv-pipecat"]["spec"]
    assert (spec["scaleTargetRef"]["name"], spec["minReplicas"], spec["maxReplicas"]) == ("dv-pipecat", 5, 100)
    assert [metric["resource"]["target"]["averageUtilization"] for metric in spec["metrics"]] == [75]


def test_the_canary_keeps_its_pod_count_when_production_has_an_autoscaler(render: Render) -> None:
    objects = render("dv-pipecat", "canary", {"autoscaling": {"enabled": True}})
    assert objects[CANARY]["spec"]["replicas"] == 2
    assert "HorizontalPodAutoscaler/dv-pipecat-canary" not in objects


def test_a_target_of_sessions_adds_a_second_metric_to_the_autoscaler(render: Render) -> None:
    objects = render("dv-pipecat", "prod", {"autoscaling": {"enabled": True, "targetSessionsPerPod": 12}})
    metric = objects["HorizontalPodAutoscaler/dv-pipecat"]["spec"]["metrics"][1]["pods"]
    assert metric["metric"]["name"] == "dv_pipecat_sessions_active"
    assert metric["target"] == {"type": "AverageValue", "averageValue": "12"}


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ({"terminationGracePeriodSeconds": 300}, "270"),
        ({"drain": {"reserveSeconds": 15}}, "255"),
        ({"drain": {"reserveSeconds": 244}}, "26"),
    ],
)
def test_a_pod_drains_for_the_grace_period_less_the_reserve(
    values: dict[str, Any], seconds: str, render: Render
) -> None:
    assert container(render("dv-pipecat", "prod", values))["lifecycle"]["preStop"]["exec"]["command"][-1] == seconds


def test_a_rotated_secret_rolls_the_pods_and_tells_them_when(render: Render) -> None:
    values = {"secretsRevision": "5e884898", "secretsRotatedAt": "2026-01-31T12:00:00Z"}
    objects = render("dv-pipecat", "prod", values)
    annotations = objects[STABLE]["spec"]["template"]["metadata"]["annotations"]
    assert (annotations["secrets/revision"], annotations["secrets/rotated-at"]) == tuple(values.values())
    told = next(item for item in container(objects)["env"] if item["name"] == "SECRETS_ROTATED_AT")
    assert told["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.annotations['secrets/rotated-at']"


def test_a_new_image_leaves_selectors_alone(render: Render) -> None:
    before, after = (render("dv-pipecat", "prod", {"image": {"tag": tag}}) for tag in ("v1", "v2"))
    assert before[STABLE]["spec"]["template"] != after[STABLE]["spec"]["template"]
    assert before[STABLE]["spec"]["selector"] == after[STABLE]["spec"]["selector"]
    assert before["Service/dv-pipecat"] == after["Service/dv-pipecat"]


def test_plain_settings_are_replaced_as_a_whole_and_the_charts_own_stay(render: Render) -> None:
    found = variables(render("dv-pipecat", "prod", {"env": [{"name": "LOG_LEVEL", "value": "debug"}]}))
    assert found["LOG_LEVEL"] == "debug"
    assert "LOGGER_NAME" not in found
    assert found["RELEASE_TRACK"] == "stable"


def test_the_alert_on_full_pods_follows_what_a_pod_accepts(render: Render) -> None:
    objects = render("dv-pipecat", "prod", {"maxSessions": 8, "prometheusRule": {"sessionsPercent": 50}})
    rules = objects["PrometheusRule/dv-pipecat"]["spec"]["groups"][0]["rules"]
    assert "> 50 / 100 * 8" in next(r["expr"] for r in rules if r["alert"] == "DvPipecatSessionsNearLimit")
    assert variables(objects)["MAX_SESSIONS"] == "8"


def test_without_a_key_the_service_says_what_it_hears(render: Render) -> None:
    assert variables(render("dv-pipecat", "stage", {"conversation": "echo"}))["CONVERSATION"] == "echo"


def test_a_path_without_a_type_is_a_prefix(render: Render) -> None:
    hosts = [{"host": "voice.example.com", "paths": [{"path": "/pc"}]}]
    objects = render("dv-pipecat", "stage", {"ingress": {"hosts": hosts}})
    assert objects["Ingress/dv-pipecat"]["spec"]["rules"][0]["http"]["paths"][0]["pathType"] == "Prefix"


@pytest.mark.parametrize(
    ("switch", "gone"),
    [
        ("service.create", {"Service"}),
        ("serviceAccount.create", {"ServiceAccount"}),
        ("ingress.enabled", {"Ingress", "BackendConfig", "FrontendConfig", "ManagedCertificate"}),
        ("ingress.backendConfig.enabled", {"BackendConfig"}),
        ("ingress.frontendConfig.enabled", {"FrontendConfig"}),
        ("ingress.managedCertificate.enabled", {"ManagedCertificate"}),
        ("podDisruptionBudget.enabled", {"PodDisruptionBudget"}),
        ("networkPolicy.enabled", {"NetworkPolicy"}),
        ("podMonitor.enabled", {"PodMonitor"}),
        ("prometheusRule.enabled", {"PrometheusRule"}),
        ("dashboard.enabled", {"ConfigMap"}),
        ("smokeTest.enabled", {"Pod"}),
    ],
)
def test_a_switch_takes_away(switch: str, gone: set[str], render: Render) -> None:
    values: Any = False
    for key in reversed(switch.split(".")):
        values = {key: values}
    before, after = render("dv-pipecat", "prod"), render("dv-pipecat", "prod", values)
    assert {before[name]["kind"] for name in before.keys() - after.keys()} == gone


def test_without_a_backend_config_the_service_refers_to_none(render: Render) -> None:
    objects = render("dv-pipecat", "prod", {"ingress": {"backendConfig": {"enabled": False}}})
    assert set(objects["Service/dv-pipecat"]["metadata"]["annotations"]) == {"cloud.google.com/neg"}


def test_who_scrapes_is_one_peer_and_the_smoke_test_another(render: Render) -> None:
    prometheus = {"namespaceLabels": {"team": "observability"}, "podLabels": {"app": "prometheus"}}
    values = {"networkPolicy": {"ingress": {"loadBalancerCidrs": [], "prometheus": prometheus}}}
    scraper, smoke = render("dv-pipecat", "prod", values)["NetworkPolicy/dv-pipecat"]["spec"]["ingress"][0]["from"]
    assert scraper["namespaceSelector"]["matchLabels"]["team"] == "observability"
    assert scraper["podSelector"]["matchLabels"]["app"] == "prometheus"
    labels = render("dv-pipecat", "canary")["Pod/dv-pipecat-canary-smoke"]["metadata"]["labels"]
    assert smoke["podSelector"]["matchLabels"].items() <= labels.items()


def test_egress_rules_are_added_and_never_replace_the_charts_own(render: Render) -> None:
    extra = {"to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}], "ports": [{"port": 5432, "protocol": "TCP"}]}
    rules = render("dv-pipecat", "prod", {"networkPolicy": {"extraEgress": [extra]}})["NetworkPolicy/dv-pipecat"]
    assert [[port["port"] for port in rule["ports"]] for rule in rules["spec"]["egress"]] == [
        [53, 53],
        [443],
        [6379],
        [5432],
    ]
    assert rules["spec"]["egress"][-1] == extra


def test_the_release_name_is_the_deployments_when_it_holds_the_charts(render: Render) -> None:
    assert CANARY in render("dv-pipecat", "canary")
    assert pod(render("dv-pipecat", "canary"), CANARY)["serviceAccountName"] == "dv-pipecat"
