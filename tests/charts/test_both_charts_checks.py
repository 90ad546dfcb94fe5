"""What either chart refuses although each value alone makes sense, and what it tells after a deployment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import helm_python
import pytest

from chartgen.errors import ChartgenError
from tests.charts.conftest import CHARTS, ENVIRONMENTS, texts

if TYPE_CHECKING:
    from tests.charts.conftest import Render

DV, GONG = ENVIRONMENTS
DRAIN = "drain.reserveSeconds must be less than terminationGracePeriodSeconds"
WEBHOOK = "preStopSleepSeconds plus config.WEBHOOK_TIMEOUT_SECONDS must be less than terminationGracePeriodSeconds"
BATCH = "config.WEBHOOK_TIMEOUT_SECONDS must be less than worker.terminationGracePeriodSeconds"
LOAD_BALANCER = "ingress.backendConfig.drainingTimeoutSec must be at least terminationGracePeriodSeconds"
BOUNDS = "autoscaling.minReplicas must be at most autoscaling.maxReplicas"
DEADLINE = "progressDeadlineSeconds must exceed terminationGracePeriodSeconds plus start-up"
AUTOSCALER = {"enabled": True, "minReplicas": 6, "maxReplicas": 5}

# chart, environment, values that do not fit together, the refusal
REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    (DV, "stage", {"drain": {"reserveSeconds": 60}}, DRAIN),
    (DV, "prod", {"terminationGracePeriodSeconds": 301}, LOAD_BALANCER),
    (DV, "prod", {"progressDeadlineSeconds": 390}, f"{DEADLINE} (270 + 120 s)"),
    (DV, "canary", {"readinessProbe": {"initialDelaySeconds": 270}}, f"{DEADLINE} (270 + 330 s)"),
    (GONG, "prod", {"progressDeadlineSeconds": 130}, f"{DEADLINE} (60 + 70 s)"),
    (
        GONG,
        "canary",
        {"probes": {"startup": {"periodSeconds": 10, "failureThreshold": 53}}},
        f"{DEADLINE} (60 + 540 s)",
    ),
    (GONG, "prod", {"preStopSleepSeconds": 30}, WEBHOOK),
    (GONG, "stage", {"config": {"WEBHOOK_TIMEOUT_SECONDS": 50}}, WEBHOOK),
    (GONG, "canary", {"terminationGracePeriodSeconds": 40}, WEBHOOK),
    (GONG, "prod", {"worker": {"terminationGracePeriodSeconds": 30}}, BATCH),
    (
        GONG,
        "prod",
        {"worker": {"terminationGracePeriodSeconds": 530}},
        f"{DEADLINE.replace('exceed ', 'exceed worker.')} (530 + 70 s)",
    ),
    *((chart, "prod", {"autoscaling": AUTOSCALER}, BOUNDS) for chart in ENVIRONMENTS),
]
# the nearest values that do
ACCEPTED: list[tuple[str, str, dict[str, Any]]] = [
    (DV, "prod", {"progressDeadlineSeconds": 391}),
    (GONG, "prod", {"progressDeadlineSeconds": 131}),
    (GONG, "prod", {"preStopSleepSeconds": 29}),
    (GONG, "prod", {"worker": {"terminationGracePeriodSeconds": 31}}),
    (GONG, "prod", {"worker": {"terminationGracePeriodSeconds": 529}}),
    (GONG, "stage", {"config": {"WEBHOOK_TIMEOUT_SECONDS": "49"}}),
    *((chart, "prod", {"autoscaling": {**AUTOSCALER, "minReplicas": 5}}) for chart in ENVIRONMENTS),
    *((chart, "prod", {"autoscaling": {**AUTOSCALER, "enabled": False}}) for chart in ENVIRONMENTS),
]


@pytest.mark.parametrize(("chart", "env", "values", "refusal"), REFUSED)
def test_values_that_do_not_fit_together_are_refused_by_their_keys(
    render: Render, chart: str, env: str, values: dict[str, Any], refusal: str
) -> None:
    with pytest.raises(ChartgenError, match=re.escape(refusal)):
        render(chart, env, values)


@pytest.mark.parametrize(("chart", "env", "values"), ACCEPTED)
def test_values_that_just_fit_together_are_accepted(
    render: Render, chart: str, env: str, values: dict[str, Any]
) -> None:
    assert render(chart, env, values)


def notes(chart: str, values: dict[str, Any]) -> str:
    return helm_python.Chart.load(CHARTS / chart).render(values, name=chart)[f"{chart}/templates/NOTES.txt"]


@pytest.mark.parametrize("chart", list(ENVIRONMENTS))
def test_the_handover_to_the_autoscaler_is_told_while_there_is_still_time(chart: str) -> None:
    handover = re.compile(r"N=\$\(kubectl get deployment .*-o jsonpath='\{\.spec\.replicas\}'\)\n.*replicas: \$N\}")
    told = notes(chart, {"autoscaling": {"enabled": False}})
    assert handover.search(told)
    # client-side, as Helm 3 does it, an upgrade takes the field from whoever owns it
    assert "--server-side=true" in told
    assert (
        "--server-side=true"
        in (CHARTS / chart / "README.md").read_text().partition("## Switching the autoscaler on")[2]
    )
    for later in ({"autoscaling": {"enabled": True}}, {"releaseTrack": "canary", "service": {"create": False}}):
        assert "handover-to-hpa" not in notes(chart, later)


@pytest.mark.parametrize("chart", list(ENVIRONMENTS))
@pytest.mark.parametrize("tag", [0, -1])
def test_a_number_that_is_no_tag_is_refused(render: Render, chart: str, tag: int) -> None:
    with pytest.raises(ChartgenError, match="at '/image/tag'"):
        render(chart, "stage", {"image": {"tag": tag}})


@pytest.mark.parametrize("chart", list(ENVIRONMENTS))
def test_the_comment_on_the_tag_says_how_to_write_one_that_looks_like_a_number(chart: str) -> None:
    text = (CHARTS / chart / "values.yaml").read_text()
    assert re.search(r"# -- .*quote a tag that looks like a number.*\n +tag:", text)


@pytest.mark.parametrize("chart", list(ENVIRONMENTS))
def test_an_ingress_without_hosts_is_refused(render: Render, chart: str) -> None:
    with pytest.raises(ChartgenError, match="at '/ingress/hosts'"):
        render(chart, "stage", {"ingress": {"hosts": []}})


def alerts(render: Render, chart: str) -> dict[str, str]:
    (rule,) = (found for found in render(chart, "prod").values() if found["kind"] == "PrometheusRule")
    return {each["alert"]: " ".join(each["expr"].split()) for each in rule["spec"]["groups"][0]["rules"]}


# chart, alert, what its expression must say
EXPRESSIONS: list[tuple[str, str, tuple[str, ...]]] = [
    (GONG, "GongWebhookDown", ("absent(up{", 'track="stable"')),
    (GONG, "GongWebhookErrorRate", ("sum by (track) (rate(", "/ sum by (track) (rate(")),
    (GONG, "GongWebhookWorkersDown", ("absent(up{", 'service="gong-webhook-worker"', 'track="stable"')),
    (GONG, "GongWebhookPodsNotReady", ("-(service|worker)(-canary)?", "< 0.9 * kube_deployment_spec_replicas")),
    (
        GONG,
        "GongWebhookRestarts",
        ("sum by (pod) (increase(", 'pod=~"gong-webhook-(service|worker)-.*"', "[15m])) > 0"),
    ),
    (
        GONG,
        "GongWebhookRefused",
        ("sum by (reason) (increase(gong_webhook_refused_total{", 'reason!="missing"', "[1h]))"),
    ),
    # what is the worker's own is 0 only if no worker has stored anything lately
    (
        GONG,
        "GongWebhookStoreDown",
        (
            'min by (store) (gong_webhook_store_up{namespace="sophia-ai", store!="warehouse"}) == 0 or ',
            'max by (store) (max_over_time(gong_webhook_store_up{namespace="sophia-ai", store="warehouse"}[10m])) == 0',
        ),
    ),
    (GONG, "GongWebhookDataQualityLow", ('service="gong-webhook-worker"',)),
    (DV, "DvPipecatRestarts", ('pod!~"dv-pipecat-canary-.*"', "[15m]) > 0)", "> 0.03 * sum(kube_deployment_spec_")),
]


@pytest.mark.parametrize(("chart", "alert", "parts"), EXPRESSIONS, ids=[row[1] for row in EXPRESSIONS])
def test_an_alert_looks_at(render: Render, chart: str, alert: str, parts: tuple[str, ...]) -> None:
    expression = alerts(render, chart)[alert]
    assert [part for part in parts if part not in expression] == []


@pytest.mark.parametrize("chart", list(ENVIRONMENTS))
def test_the_readme_creates_each_secret_that_the_pods_need(chart: str) -> None:
    deployment = texts(chart, "prod", {})[f"{chart}/templates/deployment.yaml"]
    secrets = re.findall(r"(?:secretName: |secretRef:\s+\{?name: )([\w-]+)", deployment)
    install = (CHARTS / chart / "README.md").read_text().split("## Install")[1].split("\n## ")[0]
    created = re.findall(r"kubectl create secret generic ([\w-]+)(?:.*\\\n)+.*--dry-run=client -o yaml \|", install)
    assert secrets
    assert set(created) == set(secrets)
