"""What the schema of dv-pipecat refuses, and what it lets pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chartgen.errors import ChartgenError

if TYPE_CHECKING:
    from tests.charts.conftest import Render


def nested(key: str, value: Any) -> dict[str, Any]:
    for part in reversed(key.split(".")):
        value = {part: value}
    return value  # type: ignore[no-any-return]


def path(**path: str) -> list[dict[str, Any]]:
    return [{"host": "voice.example.com", "paths": [path]}]


MANAGED = "networking.gke.io/managed-certificates"
# key, value, where the refusal says it is when that is not the key itself
REFUSED: list[tuple[str, Any, str]] = [
    ("environment", "production", ""),
    ("releaseTrack", "beta", ""),
    ("replicaCount", -1, ""),
    ("replicaCount", "2", ""),
    ("image.repository", "dv-pipecat:v1", ""),
    ("image.tag", "latest", ""),
    ("image.tag", "feature/x", ""),
    ("image.tag", 1.5, ""),
    ("image.digest", "sha256:abc", ""),
    ("image.pullPolicy", "always", ""),
    ("image.name", "dv-pipecat", "image"),
    ("imagePullSecrets", ["registry"], "imagePullSecrets/0"),
    ("podAnnotations", {"example.com/on": True}, "podAnnotations/example.com~1on"),
    ("podAnnotations", {"secrets/revision": "1"}, "podAnnotations/secrets~1revision"),
    ("podLabels", {"version": "canary"}, "podLabels/version"),
    ("podLabels", {"team": "voice agents"}, "podLabels/team"),
    ("env", [{"name": "LOG_LEVEL", "value": 3}], "env/0/value"),
    ("env", [{"name": "LOG-LEVEL", "value": "3"}], "env/0/name"),
    ("env", [{"name": "RELEASE_TRACK", "value": "stable"}], "env/0/name"),
    ("conversation", "", ""),
    ("conversation", "openai", ""),
    ("maxSessions", 0, ""),
    ("resources.requests.cpu", 0, ""),
    ("resources.requests.cpu", "1 core", ""),
    ("resources.requests.cpu", "0.0001", ""),
    ("resources.limits.memory", "3GB", ""),
    ("resources.limits.memory", "512m", ""),
    ("resources.limits.memory", 512, ""),
    ("resources.limits.ephemeral-storage", "1", ""),
    ("resources.limits.gpu", 1, "resources/limits"),
    ("nodeSelector", {"kubernetes.io/arch": 64}, "nodeSelector/kubernetes.io~1arch"),
    ("tolerations", [{"key": "arch", "operator": "Is"}], "tolerations/0/operator"),
    ("tolerations", [{"key": "arch", "effect": "No"}], "tolerations/0/effect"),
    ("tolerations", [{"taint": "arch"}], "tolerations/0"),
    ("affinity", {"hostAffinity": {}}, "affinity"),
    ("topologySpread.maxSkew", 0, ""),
    ("readinessProbe.periodSeconds", 0, ""),
    ("readinessProbe.initialDelaySeconds", "1m", ""),
    ("livenessProbe.failureThreshold", 0, ""),
    ("livenessProbe.httpGet", {}, "livenessProbe"),
    ("terminationGracePeriodSeconds", 1, ""),
    ("drain.reserveSeconds", 14, ""),
    ("drain.lagSeconds", -1, ""),
    ("env", [{"name": "PORT", "value": "9000"}], "env/0/name"),
    ("env", [{"name": "OPENAI_API_KEY", "value": "sk-1"}], "env/0/name"),
    ("strategy.maxSurge", "25", ""),
    ("strategy.maxUnavailable", "101%", ""),
    ("strategy", {"maxSurge": "0%", "maxUnavailable": 0}, ""),
    ("revisionHistoryLimit", -1, ""),
    ("progressDeadlineSeconds", 0, ""),
    ("secretsRevision", 1234, ""),
    ("secretsRevision", "a b", ""),
    ("secretsRotatedAt", "2026-01-31", ""),
    ("secretsRotatedAt", "2026-01-31T12:00:00+05:30", ""),
    ("service.create", "true", ""),
    ("service.name", "dv_pipecat", ""),
    ("service.port", 65536, ""),
    ("service.annotations", {"cloud.google.com/neg": "{}"}, "service/annotations/cloud.google.com~1neg"),
    ("service.type", "NodePort", "service"),
    ("serviceAccount.name", "", ""),
    ("ingress.hosts", [], ""),
    ("ingress.hosts", [{"host": "voice.example.com", "paths": []}], "ingress/hosts/0/paths"),
    ("ingress.hosts", [{"host": "https://voice.example.com", "paths": [{"path": "/"}]}], "ingress/hosts/0/host"),
    ("ingress.hosts", [{"host": "Voice.example.com", "paths": [{"path": "/"}]}], "ingress/hosts/0/host"),
    ("ingress.hosts", path(path="pc"), "ingress/hosts/0/paths/0/path"),
    ("ingress.hosts", path(path="/pc/*"), "ingress/hosts/0/paths/0/path"),
    ("ingress.hosts", path(path="/pc/*", pathType="Prefix"), "ingress/hosts/0/paths/0/path"),
    ("ingress.hosts", path(path="/pc/*", pathType="Exact"), "ingress/hosts/0/paths/0/path"),
    ("ingress.hosts", path(path="/*/pc", pathType="ImplementationSpecific"), "ingress/hosts/0/paths/0/path"),
    ("ingress.hosts", path(path="/pc", pathType="prefix"), "ingress/hosts/0/paths/0/pathType"),
    ("ingress.annotations", {"kubernetes.io/ingress.class": None}, ""),
    ("ingress.annotations", {MANAGED: "mine"}, f"ingress/annotations/{MANAGED.replace('/', '~1')}"),
    ("ingress.tls", [{"hosts": ["voice.example.com"]}], "ingress/tls/0"),
    ("ingress.className", "gce", "ingress"),
    ("ingress.backendConfig.timeoutSec", 86401, ""),
    ("ingress.backendConfig.drainingTimeoutSec", 3601, ""),
    ("ingress.backendConfig.healthCheck.checkIntervalSec", 0, ""),
    ("ingress.backendConfig.healthCheck.healthyThreshold", 11, ""),
    ("ingress.frontendConfig.redirectToHttps", "yes", ""),
    ("ingress.managedCertificate.domains", [], "ingress/managedCertificate"),
    ("autoscaling.minReplicas", 0, ""),
    ("autoscaling.maxReplicas", 0, ""),
    ("autoscaling.targetCPUUtilizationPercentage", 101, ""),
    ("autoscaling.targetSessionsPerPod", 0, ""),
    ("podDisruptionBudget.maxUnavailable", "10", ""),
    ("podDisruptionBudget.minAvailable", 1, "podDisruptionBudget"),
    ("networkPolicy.ingress.loadBalancerCidrs", ["35.191.0.0"], "networkPolicy/ingress/loadBalancerCidrs/0"),
    ("networkPolicy.egress.except", ["169.254.0.0/33"], "networkPolicy/egress/except/0"),
    ("networkPolicy.egress.redis.port", 0, ""),
    ("networkPolicy.egress.redis.to", [{"host": "redis"}], "networkPolicy/egress/redis/to/0"),
    ("networkPolicy.extraEgress", [{}], "networkPolicy/extraEgress/0"),
    ("networkPolicy.extraEgress", [{"ports": [{"protocol": "tcp"}]}], "networkPolicy/extraEgress/0/ports/0/protocol"),
    ("podMonitor.interval", "30", ""),
    ("prometheusRule.sessionsPercent", 101, ""),
    ("prometheusRule.firstReplySeconds", 0, ""),
    ("prometheusRule.secretMaxAgeDays", 0, ""),
    ("dashboard.labels", {"grafana_dashboard": 1}, "dashboard/labels/grafana_dashboard"),
    ("smokeTest.timeoutSeconds", 0, ""),
]


@pytest.mark.parametrize(("key", "value", "where"), REFUSED, ids=[f"{key}: {value!r}" for key, value, _ in REFUSED])
def test_a_value_is_refused_at_its_key(key: str, value: Any, where: str, render: Render) -> None:
    with pytest.raises(ChartgenError) as refusal:
        render("dv-pipecat", "prod", nested(key, value))
    assert f"at '/{where or key.replace('.', '/')}'" in str(refusal.value)


def test_a_key_that_the_chart_does_not_know_is_named(render: Render) -> None:
    with pytest.raises(ChartgenError, match="'replicas' not allowed"):
        render("dv-pipecat", "prod", {"replicas": 3})


def test_the_canary_may_not_create_the_service_that_stable_owns(render: Render) -> None:
    with pytest.raises(ChartgenError, match="at '/service/create'"):
        render("dv-pipecat", "canary", {"service": {"create": True}})


# environment, key, value
ACCEPTED: list[tuple[str, str, Any]] = [
    ("stage", "image.tag", "latest"),
    ("prod", "image.tag", "latest-2"),
    ("prod", "image.tag", 7),
    ("prod", "image.tag", "x" * 128),
    ("prod", "image.repository", "localhost:5000/dv-pipecat"),
    ("prod", "replicaCount", 0),
    ("prod", "resources.requests.cpu", "0.001"),
    ("prod", "resources.requests.cpu", "1m"),
    ("prod", "resources.limits.memory", "2.5Gi"),
    ("prod", "strategy", {"maxSurge": 0, "maxUnavailable": "100%"}),
    ("prod", "terminationGracePeriodSeconds", 300),
    ("prod", "ingress.hosts", path(path="/*", pathType="ImplementationSpecific")),
    ("prod", "ingress.hosts", path(path="/", pathType="Exact")),
    ("prod", "ingress.backendConfig.timeoutSec", 86400),
    ("stage", "autoscaling.targetSessionsPerPod", None),
    ("prod", "networkPolicy.egress.except", ["0.0.0.0/32"]),
    ("prod", "prometheusRule.firstReplySeconds", 0.5),
    ("prod", "podMonitor.interval", "1m30s"),
    ("prod", "affinity", {"nodeAffinity": {}}),
    ("prod", "global", {"anything": {"goes": True}}),
]


@pytest.mark.parametrize(("env", "key", "value"), ACCEPTED, ids=[f"{key}: {v!r}"[:100] for _, key, v in ACCEPTED])
def test_a_value_at_the_edge_is_accepted(env: str, key: str, value: Any, render: Render) -> None:
    assert "Deployment/dv-pipecat" in render("dv-pipecat", env, nested(key, value))
