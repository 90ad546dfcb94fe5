"""What a cluster that we did not make can do, as far as its API tells."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.cluster.handle import Cluster

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def told(cluster: Cluster) -> Cluster:
    """The same cluster, with what it turns out to lack beside what was known."""
    found = {
        "metrics": not _serves_metrics(cluster) and "the cluster has no metrics-server",
        "storage": not _has_storage(cluster) and "the cluster has no default StorageClass",
    }
    return replace(cluster, lacks={**{name: why for name, why in found.items() if why}, **cluster.lacks})


def _serves_metrics(cluster: Cluster) -> bool:
    return cluster.run("kubectl", "get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes").returncode == 0


def _has_storage(cluster: Cluster) -> bool:
    classes: list[dict[str, Any]] = json.loads(cluster.kubectl("get", "storageclasses", "--output=json"))["items"]
    return any(each["metadata"].get("annotations", {}).get(DEFAULT_CLASS) == "true" for each in classes)
