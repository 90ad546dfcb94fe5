"""What gong-webhook deploys to each environment: one row a fact."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.charts.conftest import Render

STABLE, CANARY = "gong-webhook-service", "gong-webhook-service-canary"
WORKER, CANARY_WORKER = "gong-webhook-worker", "gong-webhook-worker-canary"
DEPLOYMENT, SERVICE, HPA = f"Deployment/{STABLE}", f"Service/{STABLE}", "HorizontalPodAutoscaler/gong-webhook-hpa"
CONFIG, INGRESS = "ConfigMap/gong-webhook-config", "Ingress/gong-webhook-ingress"
POLICY, WEB_POLICY, REDIS = "NetworkPolicy/gong-webhook", f"NetworkPolicy/{STABLE}", "StatefulSet/redis-service"
SMOKE, CANARY_SMOKE = f"Pod/{STABLE}-smoke", f"Pod/{CANARY}-smoke"
BODY_SIZE = "nginx.ingress.kubernetes.io/proxy-body-size"
POD, CONTAINER = "spec.template.spec", "spec.template.spec.containers[0]"
WEB = {"app.kubernetes.io/name": "gong-webhook", "app.kubernetes.io/component": "web"}
WEB_AND_WORKER = [{"key": "app.kubernetes.io/component", "operator": "In", "values": ["web", "worker"]}]
GUIDE_CONFIG = {
    "HOST": "0.0.0.0",  # noqa: S104 - in a container
    "PORT": "8080",
    "WORKERS": "4",
    "GONG_API_BASE_URL": "https://api.gong.io",
    "GONG_API_RATE_LIMIT": "2.5",
    "GONG_API_BURST_LIMIT": "10",
    "SNOWFLAKE_WAREHOUSE": "COMPUTE_WH",
    "SNOWFLAKE_DATABASE": "SOPHIA_AI",
    "SNOWFLAKE_SCHEMA": "GONG_WEBHOOKS",
    "REDIS_URL": "redis://redis-service:6379",
    "MAX_RETRY_ATTEMPTS": "5",
    "INITIAL_RETRY_DELAY": "1.0",
    "MAX_RETRY_DELAY": "300.0",
    "WEBHOOK_TIMEOUT_SECONDS": "30",
}
CONFIG_OF_ALL = {**GUIDE_CONFIG, "LOG_LEVEL": "INFO"}
PROD_HOST, STAGE_HOST = "gong-webhook.sophia-ai.example", "gong-webhook.stage.sophia-ai.example"
SHARED = {
    SERVICE, f"Service/{WORKER}", INGRESS, CONFIG, POLICY, WEB_POLICY, f"ServiceAccount/{STABLE}",
    DEPLOYMENT, f"Deployment/{WORKER}", SMOKE,
}  # fmt: skip
PROD_ONLY = {
    HPA, f"ServiceMonitor/{STABLE}", f"PodDisruptionBudget/{STABLE}", f"PrometheusRule/{STABLE}",
    "ConfigMap/gong-webhook-dashboard",
}  # fmt: skip


def at(tree: Any, path: str) -> Any:
    """What stands at "spec.template.spec.containers[0].image"; None where nothing does."""
    for step in re.findall(r"[^.\[\]]+", path):
        tree = dict(enumerate(tree)).get(int(step)) if isinstance(tree, list) else (tree or {}).get(step)
    return tree


def annotation(key: str, below: str = "metadata") -> Callable[[Any], Any]:
    return lambda tree: at(tree, below).get("annotations", {}).get(key)


# environment, object ("" for all of them), path, expected, in words
FACTS: list[tuple[str, str, str | Callable[[Any], Any], Any, str]] = [
    ("stage", "", set, SHARED, "stage has no autoscaler, budget, monitor, alerts or dashboard"),
    ("prod", "", set, SHARED | PROD_ONLY, "prod has every object of the guide but Namespace and Secret"),
    ("canary", "", set,
     {f"Deployment/{CANARY}", f"Deployment/{CANARY_WORKER}", CANARY_SMOKE, f"Service/{CANARY}-pods"},
     "the canary is two Deployments, beside what exists only in a test"),
    ("canary", f"Service/{CANARY}-pods", annotation("helm.sh/hook"), "test", "the canary's Service is a hook"),
    ("canary", f"Service/{CANARY}-pods", annotation("helm.sh/hook-weight"), "-1", "and is there before the pod"),
    ("canary", f"Service/{CANARY}-pods", "spec.clusterIP", "None", "and gives the pods' own addresses"),
    ("canary", f"Service/{CANARY}-pods", "spec.selector", {**WEB, "version": "canary"}, "of canary pods alone"),
    ("canary", CANARY_SMOKE, lambda pod: pod["spec"]["containers"][0]["command"][3:],
     [f"{CANARY}-pods", "8080", "/health?ready"], "the canary's test asks the canary's pods"),
    ("prod", SMOKE, lambda pod: pod["spec"]["containers"][0]["command"][3:], [STABLE, "80", "/health?ready"],
     "stable's test asks through the Service"),
    ("prod", SMOKE, annotation("helm.sh/hook"), "test", "the smoke pod exists only in a test"),
    ("prod", SMOKE, annotation("helm.sh/hook-delete-policy"), "before-hook-creation,hook-succeeded", "and is deleted"),
    ("prod", SMOKE, "spec.restartPolicy", "Never", "the smoke pod fails instead of trying again"),
    ("prod", SMOKE, lambda pod: WEB.items() <= pod["metadata"]["labels"].items(), False, "no Service selects it"),
    ("prod", DEPLOYMENT, f"{CONTAINER}.name", "gong-webhook", "the container has the guide's name"),
    ("prod", DEPLOYMENT, f"{CONTAINER}.command", None, "the image's entry point runs"),
    ("prod", DEPLOYMENT, f"{CONTAINER}.args", ["serve"], "and serves"),
    ("prod", DEPLOYMENT, f"{CONTAINER}.image", "sophia-ai/gong-webhook-service:0.1.0", "the image is the guide's"),
    ("prod", DEPLOYMENT, f"{CONTAINER}.ports", [{"name": "http", "containerPort": 8080}], "the port is 8080"),
    ("prod", DEPLOYMENT, f"{CONTAINER}.envFrom",
     [{"configMapRef": {"name": "gong-webhook-config"}}, {"secretRef": {"name": "gong-webhook-secrets"}}],
     "settings come from the ConfigMap; the Secret wins"),
    ("canary", f"Deployment/{CANARY}", f"{CONTAINER}.envFrom[0].configMapRef.name", "gong-webhook-config",
     "the canary uses stable's ConfigMap"),
    ("canary", f"Deployment/{CANARY}", f"{POD}.serviceAccountName", STABLE, "and stable's ServiceAccount"),
    ("prod", f"ServiceAccount/{STABLE}", "automountServiceAccountToken", False, "the ServiceAccount gives no token"),
    ("prod", SERVICE, "spec.type", "ClusterIP", "the Service is internal"),
    ("prod", SERVICE, "spec.ports", [{"name": "http", "port": 80, "targetPort": "http"}], "the Service leads to 8080"),
    ("prod", SERVICE, "spec.selector", WEB, "the Service selects web pods of both tracks"),
    ("prod", DEPLOYMENT, "spec.selector.matchLabels", {**WEB, "version": "stable"}, "stable selects its own pods"),
    ("canary", f"Deployment/{CANARY}", "spec.selector.matchLabels", {**WEB, "version": "canary"}, "and the canary its"),
    ("prod", DEPLOYMENT, "spec.replicas", None, "the autoscaler owns prod's count"),
    ("stage", DEPLOYMENT, "spec.replicas", 1, "stage has one pod"),
    ("canary", f"Deployment/{CANARY}", "spec.replicas", 1, "the canary has one pod"),
    ("prod", DEPLOYMENT, "spec.strategy.rollingUpdate", {"maxSurge": 1, "maxUnavailable": 0}, "one more, none less"),
    ("prod", DEPLOYMENT, f"{CONTAINER}.resources.requests",
     {"cpu": "250m", "memory": "512Mi", "ephemeral-storage": "1Gi"}, "requests are the guide's"),
    ("prod", DEPLOYMENT, f"{CONTAINER}.resources.limits",
     {"cpu": "1000m", "memory": "2Gi", "ephemeral-storage": "2Gi"}, "limits are the guide's"),
    ("prod", DEPLOYMENT, f"{CONTAINER}.startupProbe.httpGet", {"path": "/health", "port": "http"}, "startup probe"),
    ("prod", DEPLOYMENT, f"{CONTAINER}.readinessProbe.httpGet", {"path": "/health?ready", "port": "http"}, "readiness"),
    ("prod", DEPLOYMENT, f"{CONTAINER}.livenessProbe.httpGet", {"path": "/health", "port": "http"},
     "liveness asks only whether the process lives"),
    ("prod", DEPLOYMENT, f"{CONTAINER}.lifecycle.preStop.exec.command",
     ["python", "-m", "app.gong_webhook", "drain", "--seconds", "10"], "not ready, and forgotten, first"),
    ("prod", DEPLOYMENT, annotation("secrets/rotation-days"), "90", "the Secret is rotated every 90 days"),
    ("prod", DEPLOYMENT, lambda tree: [
        (at(term, "podAffinityTerm.topologyKey"), at(term, "podAffinityTerm.labelSelector.matchLabels"))
        for term in at(tree, f"{POD}.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution")
    ], [("kubernetes.io/hostname", WEB)], "pods avoid each other"),
    ("prod", DEPLOYMENT, f"{POD}.topologySpreadConstraints", [
        {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway",
         "matchLabelKeys": ["pod-template-hash"], "labelSelector": {"matchLabels": WEB}}
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ], "pods spread softly over zones and hosts, each revision for itself"),
    ("prod", CONFIG, "data", {**CONFIG_OF_ALL, "PUBLIC_WEBHOOK_URL": f"https://{PROD_HOST}/webhooks/gong"},
     "prod's settings are the guide's"),
    ("stage", CONFIG, "data",
     {**CONFIG_OF_ALL, "WORKERS": "2", "PUBLIC_WEBHOOK_URL": f"https://{STAGE_HOST}/webhooks/gong"},
     "stage has fewer workers and a host of its own"),
    ("prod", INGRESS, "spec.ingressClassName", "nginx", "the Ingress is NGINX's"),
    ("prod", INGRESS, annotation("cert-manager.io/cluster-issuer"), "letsencrypt-prod", "cert-manager issues prod's"),
    ("stage", INGRESS, annotation("cert-manager.io/cluster-issuer"), "letsencrypt-staging", "and stage's certificate"),
    ("prod", INGRESS, "spec.tls", [{"hosts": [PROD_HOST], "secretName": "gong-webhook-tls"}], "TLS ends there"),
    ("prod", INGRESS, lambda tree: [
        (rule["host"], path["path"], path["pathType"], path["backend"]["service"])
        for rule in tree["spec"]["rules"] for path in rule["http"]["paths"]
    ], [(PROD_HOST, "/webhooks/gong", "Prefix", {"name": STABLE, "port": {"name": "http"}}),
        (PROD_HOST, "/health", "Exact", {"name": STABLE, "port": {"name": "http"}})],
     "only the webhook and the health check are routed, never the metrics"),
    ("prod", HPA, "spec.scaleTargetRef.name", STABLE, "the autoscaler scales stable"),
    ("prod", HPA, lambda tree: (tree["spec"]["minReplicas"], tree["spec"]["maxReplicas"]), (3, 10), "3 to 10 pods"),
    ("prod", HPA, lambda tree: {
        metric["resource"]["name"]: metric["resource"]["target"]["averageUtilization"]
        for metric in tree["spec"]["metrics"]
    }, {"cpu": 70, "memory": 80}, "on CPU and memory"),
    ("prod", HPA, "spec.behavior.scaleUp",
     {"stabilizationWindowSeconds": 0, "selectPolicy": "Min", "policies": [
         {"type": "Percent", "value": 100, "periodSeconds": 60}, {"type": "Pods", "value": 2, "periodSeconds": 60}]},
     "up by 100 % and at most two pods a minute"),
    ("prod", HPA, "spec.behavior.scaleDown",
     {"stabilizationWindowSeconds": 300, "policies": [{"type": "Percent", "value": 10, "periodSeconds": 60}]},
     "down by 10 % a minute after five minutes"),
    ("prod", f"PodDisruptionBudget/{STABLE}", "spec",
     {"minAvailable": 2, "unhealthyPodEvictionPolicy": "AlwaysAllow", "selector": {"matchLabels": WEB}},
     "two pods of either track stay, and an unhealthy one never blocks a drain"),
    ("prod", POLICY, "spec.podSelector.matchLabels", {"app.kubernetes.io/name": "gong-webhook"},
     "the network policy covers both tracks"),
    ("prod", POLICY, "spec.podSelector.matchExpressions", WEB_AND_WORKER, "and both halves"),
    ("prod", WEB_POLICY, "spec.policyTypes", ["Ingress"], "the one of the web pods only lets callers in"),
    ("prod", POLICY, "spec.policyTypes", ["Ingress", "Egress"], "in both directions"),
    ("prod", POLICY, "spec.egress[0]", {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]},
     "DNS goes anywhere: a node-local cache is no pod"),
    ("prod", POLICY, "spec.egress[2].to", [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}],
     "HTTPS goes anywhere but to the metadata server"),
    ("prod", f"ServiceMonitor/{STABLE}", "spec.selector",
     {"matchLabels": {"app.kubernetes.io/name": "gong-webhook"}, "matchExpressions": WEB_AND_WORKER},
     "Prometheus finds both Services"),
    ("prod", f"ServiceMonitor/{STABLE}", "spec.endpoints[0].path", "/metrics", "and reads its metrics"),
    ("prod", f"ServiceMonitor/{STABLE}", "spec.endpoints[0].relabelings",
     [{"sourceLabels": ["__meta_kubernetes_pod_label_version"], "targetLabel": "track"}], "told apart by track"),
    ("prod", f"PrometheusRule/{STABLE}", lambda tree: {rule["alert"] for rule in tree["spec"]["groups"][0]["rules"]},
     {f"GongWebhook{name}" for name in ("Down", "PodsNotReady", "Restarts", "ErrorRate", "QueueOld", "DeadLetters",
                                        "ApiBudgetLow", "DataQualityLow", "SecretsOld", "WorkersDown", "Refused",
                                        "StoreDown")},
     "there is an alert for each promise"),
    ("prod", f"PrometheusRule/{STABLE}", lambda tree: tree["spec"]["groups"][0]["rules"][-1]["expr"],
     'max(gong_webhook_secret_age_seconds{namespace="sophia-ai"}) > 7776000', "one of them after 90 days"),
    ("prod", "ConfigMap/gong-webhook-dashboard", "metadata.labels.grafana_dashboard", "1", "Grafana finds it"),
    ("all", "Namespace/sophia-ai", lambda tree: tree["metadata"]["labels"]["pod-security.kubernetes.io/enforce"],
     "restricted", "the namespace refuses pods that are not restricted"),
    ("all", "Namespace/sophia-ai", annotation("helm.sh/resource-policy"), "keep", "and outlives the release"),
    ("all", REDIS, lambda tree: at(tree, f"{CONTAINER}.args")[2:4], ["--appendonly", "yes"], "Redis keeps a log"),
    ("all", REDIS, lambda tree: at(tree, f"{CONTAINER}.args")[4:6], ["--appendfsync", "always"], "before it answers"),
    ("all", REDIS, lambda tree: at(tree, f"{CONTAINER}.args")[-2:], ["--protected-mode", "no"],
     "and answers other pods, whoever built its image"),
    ("all", REDIS, f"{POD}.securityContext.fsGroup", 1000, "and may write its volume"),
    ("all", REDIS, "spec.volumeClaimTemplates[0].spec.resources.requests.storage", "2Gi", "of the chosen size"),
    ("all", "Service/redis-service", "spec.ports", [{"name": "redis", "port": 6379, "targetPort": "redis"}],
     "at redis-service:6379"),
    ("all", "Service/redis-service", "spec.selector", {**WEB, "app.kubernetes.io/component": "redis"},
     "and is no endpoint of the service"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("env", "key", "path", "expected"), [pytest.param(*row[:-1], id=f"{row[0]}: {row[-1]}") for row in FACTS]
)
def test_fact(render: Render, env: str, key: str, path: str | Callable[[Any], Any], expected: Any) -> None:
    objects = render("gong-webhook", env)
    tree = objects[key] if key else objects
    assert (at(tree, path) if isinstance(path, str) else path(tree)) == expected
