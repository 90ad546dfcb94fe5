"""What dv-pipecat deploys to each environment: one row a fact."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.charts.conftest import Render

Path = str | Callable[[Any], Any]

STABLE, CANARY = "Deployment/dv-pipecat", "Deployment/dv-pipecat-canary"
DEPLOYMENTS = {"stage": STABLE, "prod": STABLE, "canary": CANARY}
SERVICE, INGRESS, POLICY = "Service/dv-pipecat", "Ingress/dv-pipecat", "NetworkPolicy/dv-pipecat"
BACKEND, BUDGET, MONITOR = "BackendConfig/dv-pipecat", "PodDisruptionBudget/dv-pipecat", "PodMonitor/dv-pipecat"
RULES, SMOKE, CANARY_SMOKE = "PrometheusRule/dv-pipecat", "Pod/dv-pipecat-smoke", "Pod/dv-pipecat-canary-smoke"
POD, MAIN = "spec.template.spec", "spec.template.spec.containers[0]"
ARM64 = {"key": "kubernetes.io/arch", "operator": "Equal", "value": "arm64", "effect": "NoSchedule"}
REGISTRY = "docker.pkg.dev/desivocalprod01/ringg-registry"
RESOURCES = {
    "stage": {
        "requests": {"cpu": "500m", "memory": "1Gi", "ephemeral-storage": "128Mi"},
        "limits": {"cpu": 1, "memory": "1.5Gi", "ephemeral-storage": "1Gi"},
    },
    "prod": {
        "requests": {"cpu": 1, "memory": "2.5Gi", "ephemeral-storage": "128Mi"},
        "limits": {"cpu": 1, "memory": "3Gi", "ephemeral-storage": "1Gi"},
    },
}
SHARED = "Ingress NetworkPolicy Service ServiceAccount"
PRODUCTION = (
    "BackendConfig ConfigMap Deployment FrontendConfig Ingress ManagedCertificate NetworkPolicy PodDisruptionBudget"
    " PodMonitor PrometheusRule Service ServiceAccount"
)
NAME = {"app.kubernetes.io/name": "dv-pipecat"}
PROBE = {"path": "/pc/v1/healthcheck", "port": 8765}
ASKS = {"name": "X-Probe", "value": "readiness"}
DRAIN = ["python", "-m", "app.dv_pipecat", "drain", "--timeout"]
CREDENTIALS = {
    "name": "secret-volume-gcp-creds",
    "mountPath": "/app/creds.json",
    "subPath": "creds.json",
    "readOnly": True,
}
READY = {"initialDelaySeconds": 60, "periodSeconds": 30, "timeoutSeconds": 5, "failureThreshold": 2}
ALIVE = {"initialDelaySeconds": 90, "periodSeconds": 60, "timeoutSeconds": 5, "failureThreshold": 2}


def annotation(name: str) -> Path:
    return lambda found: found["metadata"]["annotations"].get(name)


def variable(name: str) -> Path:
    return lambda found: next(
        (item.get("value") for item in at(found, f"{MAIN}.env") if item["name"] == name), "no such variable"
    )


def first(count: int, path: str) -> Path:
    return lambda found: at(found, path)[:count]


def kinds(objects: Any) -> str:
    """What a release holds, hooks left out: they exist only while `helm test` runs."""
    owned = [found for found in objects.values() if "helm.sh/hook" not in found["metadata"].get("annotations", {})]
    return " ".join(sorted(found["kind"] for found in owned))


def alerts(found: Any) -> set[str]:
    return {rule["alert"] for rule in at(found, "spec.groups[0].rules")}


def peers(found: Any) -> list[str]:
    return [rule["ipBlock"]["cidr"] for rule in at(found, "spec.ingress[0].from") if "ipBlock" in rule]


def at(found: Any, path: Path) -> Any:
    """What stands at a path such as `spec.rules[0].host`; None where an object lacks the last key."""
    if callable(path):
        return path(found)
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        found = found.get(key) if key else found[int(index)]
    return found


# environment, object ("*": all of them), path, what stands there, the fact in words
FACTS: list[tuple[str, str, Path, Any, str]] = [
    ("stage", "*", kinds, f"BackendConfig Deployment {SHARED}", "staging needs no custom resource but GKE's"),
    ("prod", "*", kinds, PRODUCTION, "stable owns what both tracks share"),
    ("canary", "*", kinds, "Deployment", "the canary is a Deployment and nothing else"),
    ("stage", STABLE, "spec.replicas", 1, "staging runs one pod"),
    ("prod", STABLE, "spec.replicas", 60, "production runs 60 pods"),
    ("canary", CANARY, "spec.replicas", 2, "the canary runs 2 pods"),
    ("stage", STABLE, f"{MAIN}.image", f"asia-south1-{REGISTRY}-stage/dv-pipecat:0.1.0", "staging's registry"),
    ("prod", STABLE, f"{MAIN}.image", f"us-east1-{REGISTRY}-prod/dv-pipecat:0.1.0", "production's registry"),
    ("canary", CANARY, f"{MAIN}.image", f"us-east1-{REGISTRY}-prod/dv-pipecat:0.1.0", "the canary's registry"),
    ("stage", STABLE, f"{MAIN}.imagePullPolicy", "Always", "a branch's tag moves in staging"),
    ("prod", STABLE, f"{MAIN}.imagePullPolicy", "IfNotPresent", "production pulls once"),
    ("stage", STABLE, f"{MAIN}.resources", RESOURCES["stage"], "staging's resources"),
    ("prod", STABLE, f"{MAIN}.resources", RESOURCES["prod"], "production's resources"),
    ("canary", CANARY, f"{MAIN}.resources", RESOURCES["prod"], "the canary has production's resources"),
    ("stage", STABLE, f"{POD}.nodeSelector", None, "staging runs on any node"),
    ("prod", STABLE, f"{POD}.nodeSelector", {"kubernetes.io/arch": "arm64"}, "production runs on arm64"),
    ("canary", CANARY, f"{POD}.nodeSelector", {"kubernetes.io/arch": "arm64"}, "the canary runs on arm64"),
    ("prod", STABLE, f"{POD}.tolerations", [ARM64], "production tolerates the taint of arm64 nodes"),
    ("canary", CANARY, f"{POD}.tolerations", [ARM64], "the canary tolerates the taint of arm64 nodes"),
    ("stage", STABLE, f"{POD}.terminationGracePeriodSeconds", 60, "staging's grace period leaves time to drain"),
    ("prod", STABLE, f"{POD}.terminationGracePeriodSeconds", 270, "production's grace period is 4.5 minutes"),
    ("canary", CANARY, f"{POD}.terminationGracePeriodSeconds", 270, "the canary has production's grace period"),
    ("stage", STABLE, f"{MAIN}.lifecycle.preStop.exec.command[5]", "30", "staging drains for grace less reserve"),
    ("prod", STABLE, f"{MAIN}.lifecycle.preStop.exec.command[5]", "240", "production drains for grace less reserve"),
    ("stage", STABLE, variable("LOGGER_NAME"), "pipecat", "staging logs as pipecat"),
    ("prod", STABLE, variable("LOGGER_NAME"), "pipecat", "stable logs as pipecat"),
    ("canary", CANARY, variable("LOGGER_NAME"), "pipecat-canary", "the canary logs as pipecat-canary"),
    ("stage", STABLE, variable("ENVIRONMENT"), "stage", "staging knows its environment"),
    ("prod", STABLE, variable("ENVIRONMENT"), "prod", "stable knows its environment"),
    ("canary", CANARY, variable("ENVIRONMENT"), "prod", "the canary's environment is prod"),
    ("prod", STABLE, variable("RELEASE_TRACK"), "stable", "stable knows its track"),
    ("canary", CANARY, variable("RELEASE_TRACK"), "canary", "the canary knows its track"),
    ("stage", STABLE, variable("CONVERSATION"), "pipecat", "staging talks through the language model, as production"),
    ("canary", CANARY, variable("CONVERSATION"), "pipecat", "the canary does what stable does"),
    ("prod", STABLE, variable("DRAIN_LAG_SECONDS"), "25", "pods stay until the load balancer has heard"),
    ("canary", CANARY, variable("DRAIN_LAG_SECONDS"), "25", "the canary's too"),
    ("prod", STABLE, variable("APP_VERSION"), "0.1.0", "a pod knows its version"),
    ("prod", STABLE, variable("SECRETS_ROTATED_AT"), "no such variable", "an unknown rotation time is absent"),
    ("prod", STABLE, f"{POD}.serviceAccountName", "dv-pipecat", "stable runs under its own ServiceAccount"),
    ("canary", CANARY, f"{POD}.serviceAccountName", "dv-pipecat", "the canary runs under stable's ServiceAccount"),
    ("stage", INGRESS, "spec.rules[0].host", "stage-api2.desivocal.com", "staging's host"),
    ("stage", INGRESS, "spec.rules[0].http.paths[0].path", "/pc", "staging's path"),
    ("stage", INGRESS, "spec.rules[0].http.paths[0].pathType", "Prefix", "/pc and what is below it"),
    ("prod", INGRESS, "spec.rules[0].host", "use1-api.ringg.ai", "production's host"),
    ("prod", INGRESS, "spec.rules[0].http.paths[0].path", "/pc/*", "production's path"),
    ("prod", INGRESS, "spec.rules[0].http.paths[0].pathType", "ImplementationSpecific", "GKE's own wildcard"),
    ("prod", INGRESS, "spec.ingressClassName", None, "GKE would ignore a class named here"),
    ("prod", INGRESS, annotation("kubernetes.io/ingress.class"), "gce", "GKE's class is an annotation"),
    ("prod", INGRESS, annotation("networking.gke.io/managed-certificates"), "dv-pipecat", "Google's certificate"),
    ("prod", INGRESS, annotation("networking.gke.io/v1beta1.FrontendConfig"), "dv-pipecat", "HTTPS redirect"),
    ("stage", INGRESS, annotation("networking.gke.io/managed-certificates"), None, "no certificate in staging"),
    ("prod", INGRESS, "spec.rules[0].http.paths[0].backend.service.name", "dv-pipecat", "the shared Service"),
    ("prod", INGRESS, "spec.rules[0].http.paths[0].backend.service.port.number", 80, "the Service's port"),
    ("prod", "ManagedCertificate/dv-pipecat", "spec.domains", ["use1-api.ringg.ai"], "certificate for the hosts"),
    ("prod", "FrontendConfig/dv-pipecat", "spec.redirectToHttps", {"enabled": True}, "HTTP goes to HTTPS"),
    ("prod", BACKEND, "spec.timeoutSec", 3600, "a websocket outlives the load balancer's 30 seconds"),
    ("stage", BACKEND, "spec.timeoutSec", 3600, "staging's websockets too"),
    ("prod", BACKEND, "spec.connectionDraining.drainingTimeoutSec", 300, "draining outlasts the grace period"),
    ("prod", BACKEND, "spec.healthCheck.requestPath", "/pc/v1/healthcheck", "the health check is explicit"),
    ("prod", BACKEND, "spec.healthCheck.port", 8765, "the health check asks the pods themselves"),
    ("prod", SERVICE, "spec.selector", NAME, "the Service selects both tracks"),
    ("stage", SERVICE, "spec.selector", NAME, "staging's Service selects by name alone"),
    ("prod", SERVICE, "spec.ports[0].targetPort", "http", "the Service reaches the container's port"),
    ("prod", SERVICE, annotation("cloud.google.com/neg"), '{"ingress": true}', "the load balancer reaches pods"),
    ("prod", SERVICE, annotation("cloud.google.com/backend-config"), '{"default": "dv-pipecat"}', "on the Service"),
    ("prod", BUDGET, "spec.maxUnavailable", "10%", "a tenth may be evicted at once"),
    ("prod", BUDGET, "spec.selector.matchLabels", NAME, "one budget over both tracks"),
    ("prod", MONITOR, "spec.selector.matchLabels", NAME, "both tracks are scraped"),
    ("prod", MONITOR, "spec.podMetricsEndpoints[0].relabelings[0].targetLabel", "track", "series carry the track"),
    ("prod", MONITOR, "spec.podMetricsEndpoints[0].honorLabels", True, "what pods say of their track stands"),
    ("prod", RULES, lambda found: len(alerts(found)), 10, "no more alerts than one reads"),
    ("prod", RULES, lambda found: "DvPipecatSecretOld" in alerts(found), True, "old secrets alert"),
    ("prod", "ConfigMap/dv-pipecat-dashboard", "metadata.labels.grafana_dashboard", "1", "Grafana finds it"),
    ("prod", POLICY, "spec.podSelector.matchLabels", NAME, "one policy over both tracks"),
    ("prod", POLICY, peers, ["35.191.0.0/16", "130.211.0.0/22"], "the load balancer is admitted"),
    ("prod", POLICY, "spec.egress[1].to[0].ipBlock.except", ["169.254.0.0/16"], "the metadata server is not"),
    ("prod", SMOKE, "spec.containers[0].env[0].value", "dv-pipecat", "stable is asked through the Service"),
    ("canary", CANARY_SMOKE, "spec.containers[0].env[0].value", "dv-pipecat-canary-pods", "the canary is not"),
    ("canary", CANARY_SMOKE, "spec.nodeSelector", {"kubernetes.io/arch": "arm64"}, "its test runs its image"),
    ("canary", "Service/dv-pipecat-canary-pods", "spec.clusterIP", "None", "its pods are asked by address"),
    ("canary", "Service/dv-pipecat-canary-pods", annotation("helm.sh/hook"), "test", "only while tested"),
    ("canary", "Service/dv-pipecat-canary-pods", "spec.selector", {**NAME, "version": "canary"}, "canary only"),
]
# the same in every environment: path in the Deployment, what stands there, the fact in words
EVERYWHERE: list[tuple[Path, Any, str]] = [
    (f"{MAIN}.name", "dv-pipecat", "the container is dv-pipecat"),
    (f"{MAIN}.ports[0].containerPort", 8765, "it listens on 8765"),
    (f"{MAIN}.readinessProbe", {"httpGet": {**PROBE, "httpHeaders": [ASKS]}, **READY}, "readiness says who asks"),
    (f"{MAIN}.livenessProbe", {"httpGet": PROBE, **ALIVE}, "liveness asks the same path plainly"),
    (first(5, f"{MAIN}.lifecycle.preStop.exec.command"), DRAIN, "a pod drains before SIGTERM"),
    (f"{MAIN}.envFrom", [{"secretRef": {"name": "dv-pipecat-app-secrets"}}], "its environment is the Secret"),
    (f"{MAIN}.volumeMounts[0]", CREDENTIALS, "credentials are one read-only file"),
    (f"{POD}.volumes[0].name", "secret-volume-gcp-creds", "the volume of that file"),
    (f"{POD}.volumes[0].secret.secretName", "dv-pipecat-gcp-creds", "credentials are a Secret"),
    ("spec.strategy.rollingUpdate", {"maxSurge": "25%", "maxUnavailable": 0}, "a rollout starts pods before it stops"),
]
FACTS += [(env, DEPLOYMENTS[env], *fact) for env in DEPLOYMENTS for fact in EVERYWHERE]
FACTS += [
    (env, name, path, {**NAME, "version": track}, f"{path} keeps the tracks apart")
    for env, name, track in [("stage", STABLE, "stable"), ("prod", STABLE, "stable"), ("canary", CANARY, "canary")]
    for path in ["spec.selector.matchLabels", f"{POD}.topologySpreadConstraints[0].labelSelector.matchLabels"]
]


@pytest.mark.parametrize(
    ("env", "name", "path", "expected"), [fact[:4] for fact in FACTS], ids=[f"{f[0]}: {f[4]}" for f in FACTS]
)
def test_an_environment_deploys(env: str, name: str, path: Path, expected: object, render: Render) -> None:
    objects = render("dv-pipecat", env)
    assert at(objects if name == "*" else objects[name], path) == expected
