"""The order in which Helm installs kinds: `InstallOrder` in helm/helm pkg/release/v1/util/kind_sorter.go."""

from __future__ import annotations

KINDS = """
    PriorityClass Namespace NetworkPolicy ResourceQuota LimitRange PodSecurityPolicy PodDisruptionBudget
    ServiceAccount Secret SecretList ConfigMap StorageClass PersistentVolume PersistentVolumeClaim
    CustomResourceDefinition ClusterRole ClusterRoleList ClusterRoleBinding ClusterRoleBindingList Role RoleList
    RoleBinding RoleBindingList Service DaemonSet Pod ReplicationController ReplicaSet Deployment
    HorizontalPodAutoscaler StatefulSet Job CronJob IngressClass Ingress APIService MutatingWebhookConfiguration
    ValidatingWebhookConfiguration
""".split()  # noqa: SIM905 - one name a line would make a page of it


def place(kind: str) -> tuple[int, str]:
    """A sort key; kinds that Helm does not list come last, by name."""
    return (KINDS.index(kind), "") if kind in KINDS else (len(KINDS), kind)
