"""What the API calls a kind, without asking a cluster: its plural, and whether its objects stand in a namespace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from chartgen.kube import shapes
from chartgen.model import NOTHING, KubeObject, Tree

CUSTOM = ("apiextensions.k8s.io", "CustomResourceDefinition")
UNCOUNTED = {("", "Endpoints"): "endpoints"}
# https://kubernetes.io/docs/reference/kubernetes-api/, and `kubectl api-resources --namespaced=false`
CLUSTER_SCOPED = {
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
    "networking.k8s.io": "ClusterCIDR IPAddress IngressClass ServiceCIDR",
    "node.k8s.io": "RuntimeClass",
    "policy": "PodSecurityPolicy",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
    "resource.k8s.io": "DeviceClass DeviceTaintRule ResourceClass ResourcePoolStatusRequest ResourceSlice",
    "scheduling.k8s.io": "PriorityClass",
    "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
    "storagemigration.k8s.io": "StorageVersionMigration",
}


class Resource(NamedTuple):
    """A kind as URLs and Roles name it. `is_guess`: nothing that is at hand defines it."""

    group: str
    plural: str
    namespaced: bool
    is_guess: bool = False


Defined = Mapping[tuple[str, str], Resource]
"""By group and kind."""


def defined(objects: Iterable[KubeObject]) -> dict[tuple[str, str], Resource]:
    """The kinds that the CustomResourceDefinitions among some objects define."""
    found: dict[tuple[str, str], Resource] = {}
    for obj in objects:
        if (obj.id.group, obj.id.kind) == CUSTOM:
            spec: Mapping[str, Tree] = obj.body.get("spec") or NOTHING
            names: Mapping[str, Tree] = spec.get("names") or NOTHING
            group, kind, plural = str(spec.get("group")), str(names.get("kind")), str(names.get("plural"))
            found[group, kind] = Resource(group, plural, spec.get("scope") != "Cluster")
    return found


def resource(obj: KubeObject, custom: Defined = NOTHING) -> Resource:
    """The kind of an object. What neither Kubernetes nor `custom` defines is guessed by its name and namespace."""
    group, kind = obj.id.group, obj.id.kind
    if (group, kind) in custom:
        return custom[group, kind]
    if shapes.root(group, kind).is_known:
        return Resource(group, plural(group, kind), kind not in CLUSTER_SCOPED.get(group, "").split())
    is_cluster_wide = not obj.id.namespace and (kind.startswith("Cluster") or kind.endswith("Class"))
    return Resource(group, plural(group, kind), not is_cluster_wide, is_guess=True)


def plural(group: str, kind: str) -> str:
    """As Kubernetes' own code guesses it where it asks nobody: `UnsafeGuessKindToResource` of apimachinery's meta."""
    if (group, kind) in UNCOUNTED:
        return UNCOUNTED[group, kind]
    name = kind.lower()
    if name.endswith("s"):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
