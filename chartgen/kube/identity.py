"""What stays the same about an object: its group, its scope, the fields that the API server refuses to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# `+genclient:nonNamespaced` in k8s.io/api, and the kinds that CustomResourceDefinition and APIService add to it
CLUSTER_SCOPED = frozenset(
    (group, kind)
    for group, kinds in {
        "": "ComponentStatus Namespace Node PersistentVolume",
        "admissionregistration.k8s.io": "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding"
        " MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding"
        " ValidatingWebhookConfiguration",
        "apiextensions.k8s.io": "CustomResourceDefinition",
        "apiregistration.k8s.io": "APIService",
        "authentication.k8s.io": "SelfSubjectReview TokenReview",
        "authorization.k8s.io": "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
        "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
        "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
        "internal.apiserver.k8s.io": "StorageVersion",
        "networking.k8s.io": "ClusterCIDR IngressClass IPAddress ServiceCIDR",
        "node.k8s.io": "RuntimeClass",
        "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
        "resource.k8s.io": "DeviceClass DeviceTaintRule ResourceClass ResourcePoolStatusRequest ResourceSlice",
        "scheduling.k8s.io": "PriorityClass",
        "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
        "storagemigration.k8s.io": "StorageVersionMigration",
    }.items()
    for kind in kinds.split()
)

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
# also immutable where the object says `immutable: true`
SEALED = {("", "ConfigMap"): "binaryData data immutable", ("", "Secret"): "data immutable stringData"}

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


def is_cluster_scoped(group: str, kind: str) -> bool:
    """Whether a built-in kind stands outside namespaces; what a custom resource does, only its definition says."""
    return (group, kind) in CLUSTER_SCOPED


def is_immutable(group: str, kind: str, path: Sequence[str], *, sealed: bool = False) -> bool:
    """Whether the API server refuses to change what stands at a path of an existing object, other than by deleting it.

    `path` holds field names, "*" for a step into a list; `sealed`: whether the existing object has `immutable: true`.
    """
    fields = IMMUTABLE.get((group, kind), "").split()
    if sealed:
        fields += SEALED.get((group, kind), "").split()
    return any(tuple(path[: field.count(".") + 1]) == tuple(field.split(".")) for field in fields)


def pod_template_path(group: str, kind: str) -> tuple[str, ...] | None:
    """Where an object holds the template of its pods: () in a Pod itself, None in what runs no pods."""
    return POD_TEMPLATES.get((group, kind))
