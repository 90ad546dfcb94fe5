"""What a cluster that we did not make can do, as far as its API tells."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.cluster.handle import Cluster

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def told(cluster: Cluster) -> Cluster:
    """The same cluster, with what it turns out to lack beside what was known."""
    nodes = _all(cluster, "nodes")
    found = {
        "two-nodes": sum(map(_is_free, nodes)) < 2 and "fewer than two nodes take pods",
        "arm64-nodes": not any(_is_arm(node) for node in nodes) and "no node has the architecture arm64",
        "metrics": not _serves_metrics(cluster) and "the cluster has no metrics-server",
        "storage": not _has_storage(cluster) and "the cluster has no default StorageClass",
    }
    return replace(cluster, lacks={**{name: why for name, why in found.items() if why}, **cluster.lacks})


def _all(cluster: Cluster, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(cluster.kubectl("get", kind, "--output=json"))["items"]
    return found


def _is_free(node: dict[str, Any]) -> bool:
    spec = node["spec"]
    kept = any(taint["effect"] in {"NoSchedule", "NoExecute"} for taint in spec.get("taints", []))
    return not kept and not spec.get("unschedulable", False)


def _is_arm(node: dict[str, Any]) -> bool:
    return bool(node["status"]["nodeInfo"]["architecture"] == "arm64")


def _serves_metrics(cluster: Cluster) -> bool:
    return cluster.run("kubectl", "get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes").returncode == 0


def _has_storage(cluster: Cluster) -> bool:
    classes = _all(cluster, "storageclasses")
    return any(each["metadata"].get("annotations", {}).get(DEFAULT_CLASS) == "true" for each in classes)
