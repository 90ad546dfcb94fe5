"""What each chart's releases need to run where no Snowflake and no Gong is, and what of them shows that Helm did it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from chartgen.sources.files import open_repository
from tests.cluster.handle import Cluster
from tests.cluster.images import Images
from tests.cluster.release import ROOT, Release

CONFIG = open_repository(ROOT / "chartgen.yaml").config
EACH = [(chart, environment) for chart, entry in CONFIG.charts.items() for environment in entry.environments]
# what comes and goes by itself, and is no object that somebody made
PASSING = {"events", "events.events.k8s.io", "pods.metrics.k8s.io", "leases.coordination.k8s.io"}


class Kind(NamedTuple):
    """`values`: what makes a release small, `empty`: without a pod; `changed`: a setting that pods read at their start.

    `service`: with its port; `health`: what a pod that takes traffic answers with 200.
    """

    image: str
    values: tuple[str, ...]
    empty: tuple[str, ...]
    changed: str
    service: str
    health: str
    secrets: Mapping[str, Mapping[str, str]]


KINDS = {
    "dv-pipecat": Kind(
        "dv-pipecat-echo",
        ("conversation=echo", "replicaCount=1"),
        ("replicaCount=0",),
        "maxSessions=21",
        "dv-pipecat:80",
        "/pc/v1/healthcheck",
        {"dv-pipecat-app-secrets": {"OPENAI_API_KEY": "none"}, "dv-pipecat-gcp-creds": {"creds.json": "{}"}},
    ),
    "gong-webhook": Kind(
        "gong-webhook",
        ("autoscaling.minReplicas=1", "autoscaling.maxReplicas=1", "replicaCount=1", "config.WORKERS=1"),
        ("autoscaling.enabled=false", "replicaCount=0", "worker.replicaCount=0"),
        "config.LOG_LEVEL=WARNING",
        "gong-webhook-service:80",
        "/health?ready",
        {
            "gong-webhook-secrets": {
                "GONG_WEBHOOK_SECRETS": "hs256:for-this-laptop-only-not-for-production",
                # the tables, and where no Redis is the queue, are files of each pod
                "DATA_DIR": "/tmp/data",  # noqa: S108  the pod's own
            }
        },
    ),
}
NO_REDIS = {"gong-webhook-secrets": {"REDIS_URL": ""}}


def supply(cluster: Cluster, namespace: str, chart: str, *more: Mapping[str, Mapping[str, str]]) -> None:
    """The Secrets that a chart's pods read; `more`: further keys of them."""
    for name, data in KINDS[chart].secrets.items():
        merged = {**data, **{key: value for each in more for key, value in each.get(name, {}).items()}}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": merged}
        cluster.apply(secret, namespace=namespace)


def release(cluster: Cluster, namespace: str, images: Images, chart: str, environment: str, *values: str) -> Release:
    kind = KINDS[chart]
    return Release(cluster, namespace, chart, environment, images[kind.image], values=(*kind.values, *values))


def prepared(cluster: Cluster, namespace: str, images: Images, chart: str, environment: str) -> Release:
    """One that can be installed: a canary's stable release is, without a pod that could answer in its place."""
    entry = CONFIG.charts[chart].environments[environment]
    supply(cluster, namespace, chart, NO_REDIS)
    if entry.track_of:
        release(cluster, namespace, images, chart, entry.track_of, *KINDS[chart].empty).upgrade()
    return release(cluster, namespace, images, chart, environment)


def changed(released: Release) -> Release:
    """The same with another setting, which only new pods have."""
    values = (*released.values, KINDS[released.chart].changed)
    where = (released.cluster, released.namespace, released.chart, released.environment)
    return Release(*where, released.image, values=values)


def pods(released: Release, component: str = "") -> list[dict[str, Any]]:
    """Those that are to stay."""
    return [pod for pod in released.pods(component) if "deletionTimestamp" not in pod["metadata"]]


def ids(released: Release, component: str = "") -> set[str]:
    return {pod["metadata"]["uid"] for pod in pods(released, component)}


def revisions(released: Release) -> set[str]:
    """Which ReplicaSets the pods are of."""
    return {pod["metadata"]["labels"]["pod-template-hash"] for pod in pods(released)}


def objects(cluster: Cluster, namespace: str) -> set[str]:
    """Everything in the namespace that has a name, of every type that the cluster knows."""
    kinds = cluster.kubectl("api-resources", "--namespaced", "--verbs=list", "--output=name").split()
    listed = ",".join(kind for kind in kinds if kind not in PASSING)
    return set(cluster.kubectl("get", listed, "--output=name", namespace=namespace).split())


def answer(cluster: Cluster, namespace: str, chart: str) -> str:
    """Of a pod behind the chart's Service, asked through the API server. Raises Failed unless it is a 200."""
    kind = KINDS[chart]
    return cluster.get(f"/api/v1/namespaces/{namespace}/services/{kind.service}/proxy{kind.health}")
