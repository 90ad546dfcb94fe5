"""What stays the same about an object: its group, its scope, the fields that the API server refuses to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# groups that Kubernetes itself moved a kind to; the kind stayed the same one. Sources: the removals of "extensions" in
# https://kubernetes.io/docs/reference/using-api/deprecation-guide/, CHANGELOG-1.2 (Job, HorizontalPodAutoscaler) and
# CHANGELOG-1.19 (Event) of kubernetes/kubernetes
MOVED = {
    ("", "Event"): "events.k8s.io",
    ("extensions", "DaemonSet"): "apps",
    ("extensions", "Deployment"): "apps",
    ("extensions", "HorizontalPodAutoscaler"): "autoscaling",
    ("extensions", "Ingress"): "networking.k8s.io",
    ("extensions", "Job"): "batch",
    ("extensions", "NetworkPolicy"): "networking.k8s.io",
    ("extensions", "PodSecurityPolicy"): "policy",
    ("extensions", "ReplicaSet"): "apps",
}
# dotted paths; all that stands below one of them is immutable too. Sources: "immutable" in the API reference, and the
# update checks in pkg/apis/*/validation of kubernetes/kubernetes. A Job's completions may change where it is elastic,
# and a Service's address where its type changes: rare enough to be named here all the same
IMMUTABLE = {
    ("", "PersistentVolumeClaim"): "spec.accessModes spec.dataSource spec.dataSourceRef spec.selector"
    " spec.storageClassName spec.volumeMode spec.volumeName",
    ("", "Secret"): "type",
    ("", "Service"): "spec.clusterIP spec.clusterIPs spec.healthCheckNodePort spec.loadBalancerClass",
    ("apiextensions.k8s.io", "CustomResourceDefinition"): "spec.group spec.scope spec.names.kind spec.names.plural",
    ("apps", "DaemonSet"): "spec.selector",
    ("apps", "Deployment"): "spec.selector",
    ("apps", "ReplicaSet"): "spec.selector",
    ("apps", "StatefulSet"): "spec.podManagementPolicy spec.selector spec.serviceName spec.volumeClaimTemplates",
    ("batch", "Job"): "spec.backoffLimitPerIndex spec.completionMode spec.completions spec.managedBy"
    " spec.podFailurePolicy spec.selector spec.successPolicy spec.template",
    ("discovery.k8s.io", "EndpointSlice"): "addressType",
    ("networking.k8s.io", "IngressClass"): "spec.controller",
    ("node.k8s.io", "RuntimeClass"): "handler",
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): "roleRef",
    ("rbac.authorization.k8s.io", "RoleBinding"): "roleRef",
    ("scheduling.k8s.io", "PriorityClass"): "preemptionPolicy value",
    ("storage.k8s.io", "CSIDriver"): "spec.attachRequired spec.volumeLifecycleModes",
    ("storage.k8s.io", "StorageClass"): "parameters provisioner reclaimPolicy volumeBindingMode",
    ("storage.k8s.io", "VolumeAttributesClass"): "driverName parameters",
}
POD_TEMPLATES = {
    ("", "Pod"): (),
    ("", "PodTemplate"): ("template",),
    ("", "ReplicationController"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("batch", "Job"): ("spec", "template"),
}


def group_of(api_version: str) -> str:
    """The API group: "apps" of "apps/v1", "" (the core group) of "v1"."""
    return api_version.rpartition("/")[0]


def canonical_group(group: str, kind: str) -> str:
    """The group in which a kind is known today: "apps" for a Deployment of "extensions"; else the group itself."""
    return MOVED.get((group, kind), group)


def is_immutable(group: str, kind: str, path: Sequence[str]) -> bool:
    """Whether the API server refuses to change what stands at a path of an existing object, other than by deleting it.

    `path` holds field names, "*" for a step into a list.
    """
    fields = IMMUTABLE.get((canonical_group(group, kind), kind), "").split()
    return any(tuple(path[: field.count(".") + 1]) == tuple(field.split(".")) for field in fields)


def pod_template_path(group: str, kind: str) -> tuple[str, ...] | None:
    """Where an object holds the template of its pods: () in a Pod itself, None in what runs no pods."""
    return POD_TEMPLATES.get((canonical_group(group, kind), kind))
