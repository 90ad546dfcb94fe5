"""What stands in for the world around the services, as objects of Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tests.servers import gong, openai, processes

# of every pod here; its value is the stand-in's name
LABEL = "stand-in"
# where the image has fakesnow
FAKESNOW = "/opt/fakesnow/bin/python"
SERVERS = "/opt/standins/tests/servers"
ANYWHERE = "--host=0.0.0.0"
# programs that know no SIGTERM as the first process of a pod
AT_ONCE_SECONDS = 1
EMPTY_DIR: Mapping[str, Any] = {"emptyDir": {}}
USER = 1000
# of what the services wait for, or what has much to do: on a busy machine the request is its share
BUSY = "100m"
# for values of both charts, where network policies are enforced: the way to the stand-ins
EGRESS = [{"to": [{"podSelector": {"matchExpressions": [{"key": LABEL, "operator": "Exists"}]}}]}]
SECRETS: Mapping[str, Mapping[str, str]] = {
    "gong-webhook-secrets": {
        "GONG_WEBHOOK_SECRETS": processes.SECRET,
        "GONG_API_KEY": gong.KEY,
        "GONG_API_BASE_URL": "http://gong:8091",
        "SNOWFLAKE_URL": "http://snowflake:8090",
        "SNOWFLAKE_ACCOUNT": "standin",
        "SNOWFLAKE_USER": "tests",
        "SNOWFLAKE_PASSWORD": "any",
    },
    "dv-pipecat-app-secrets": {
        "REDIS_URL": "redis://redis-service:6379",
        "OPENAI_API_KEY": openai.KEY,
        "OPENAI_BASE_URL": "http://openai:8092/v1",
    },
    "dv-pipecat-gcp-creds": {"creds.json": "{}"},
}


class StandIn(NamedTuple):
    """`port`: 0 for one that nobody connects to; `labels`: more of its pod's; `keeps`: whether it has data."""

    command: Sequence[str]
    port: int = 0
    labels: Mapping[str, str] = {}
    cpu: str = "10m"
    memory: str = "64Mi"
    keeps: bool = False
    grace_seconds: int = AT_ONCE_SECONDS


# those who make load may come in where the charts' own smoke tests may
STANDINS = {
    "gong": StandIn(["python", f"{SERVERS}/gong.py", ANYWHERE, "--port=8091"], 8091),
    "openai": StandIn(["python", f"{SERVERS}/openai.py", ANYWHERE, "--port=8092"], 8092),
    "snowflake": StandIn(
        [FAKESNOW, f"{SERVERS}/fakesnow_server.py", ANYWHERE, "--port=8090", "--db-path=/data"],
        8090,
        cpu=BUSY,
        memory="256Mi",
        keeps=True,
        grace_seconds=10,
    ),
    "redis-service": StandIn(
        # as the chart's own
        ["redis-server", "--dir", "/data", "--appendonly", "yes", "--appendfsync", "always", "--protected-mode", "no"],
        6379,
        cpu=BUSY,
        keeps=True,
        grace_seconds=10,
    ),
    "events": StandIn(
        ["sleep", "infinity"],
        cpu=BUSY,
        labels={"app.kubernetes.io/name": "gong-webhook", "app.kubernetes.io/component": "smoke-test"},
    ),
    "talk": StandIn(["sleep", "infinity"], labels={"app.kubernetes.io/name": "dv-pipecat-smoke"}, cpu=BUSY),
}


def objects(name: str, image: str, volume: Mapping[str, Any], arguments: Sequence[str]) -> list[dict[str, Any]]:
    """`volume`: where its data is; `arguments`: more of its command line."""
    standin = STANDINS[name]
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            # never two on the same data
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": {LABEL: name}},
            "template": {
                "metadata": {"labels": {LABEL: name, **standin.labels}},
                "spec": _pod(standin, image, volume, arguments),
            },
        },
    }
    ports = [{"port": standin.port}]
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {LABEL: name}, "ports": ports},
    }
    return [deployment, service] if standin.port else [deployment]


def claim(name: str) -> dict[str, Any]:
    """For a volume that outlives the pod, and the namespace's objects but for itself."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }


def secret(name: str, data: Mapping[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": dict(data)}


def _pod(standin: StandIn, image: str, volume: Mapping[str, Any], arguments: Sequence[str]) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": "stand-in",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": [*standin.command, *arguments],
        "resources": {"requests": {"cpu": standin.cpu, "memory": standin.memory}},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108  a volume of its own
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    volumes: list[dict[str, Any]] = [{"name": "tmp", **EMPTY_DIR}]
    if standin.keeps:
        container["volumeMounts"].append({"name": "data", "mountPath": "/data"})
        volumes.append({"name": "data", **volume})
    if standin.port:
        # each second a program, or a list that grows, would cost more than what the stand-in does
        container["readinessProbe"] = {"tcpSocket": {"port": standin.port}, "periodSeconds": 1, "timeoutSeconds": 5}
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": standin.grace_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": volumes,
    }
