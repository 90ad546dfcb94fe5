"""Where no value, null and an empty value mean the same to Kubernetes.

A place is a kind and then the names of fields, "*" for a step into a list: ("Pod", "spec", "containers", "*", "env").
The tables hold how places end. Null is no value in every field; an empty value is one wherever no table says otherwise:
`emptyDir: {}` asks for a volume, an empty `podSelector` for all pods, empty `policies` of an autoscaler are refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chartgen.model import ABSENT, Absent, Tree

LONGEST = 3
"""Names of an entry below, at most."""


def _names(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


# below these are no fields: null is a value there, which the API server refuses or turns into ""
FREE = _names(
    "annotations labels matchLabels nodeSelector Service.spec.selector ReplicationController.spec.selector",  # texts
    "data binaryData stringData parameters options volumeAttributes attachmentMetadata extra attestations",  # texts
    "deprecatedTopology disruptedPods userAnnotations unverifiedUserAnnotations allocatedResourceStatuses",  # texts
    "limits requests hard used capacity default defaultRequest max min maxLimitRequestRatio overhead podFixed",  # sizes
    "allocatable allocatedResources consumedCapacity counters attributes nodeAllocatableResources",  # of devices
    "openAPIV3Schema fieldsV1",  # trees in a form of their own
    "subresources",  # switches: an empty `status` says that there is one
)

# Kubernetes keeps objects in a form that knows no empty list or map, protobuf. These are the ones of which its
# defaults, checks and controllers, too, ask for the length and never for presence: `len(` in
# pkg/apis/*/v1/defaults.go, pkg/apis/*/validation, plugin/pkg/admission and pkg/controller of kubernetes/kubernetes
LISTS = _names(
    "finalizers ownerReferences matchExpressions",  # of metadata and selectors
    "initContainers ephemeralContainers volumes tolerations imagePullSecrets hostAliases readinessGates",  # of a pod:
    "schedulingGates topologySpreadConstraints supplementalGroups sysctls",  # nothing more is asked for
    "preferredDuringSchedulingIgnoredDuringExecution requiredDuringSchedulingIgnoredDuringExecution",  # no wish
    "dnsConfig.nameservers dnsConfig.searches dnsConfig.options",  # added to what the cluster says
    "env envFrom ports volumeMounts volumeDevices claims httpHeaders capabilities.add capabilities.drop",  # none
    "args command",  # the image's own
    "configMap.items secret.items",  # all keys
    "mountOptions Service.spec.externalIPs ServiceAccount.secrets",  # none
    "Ingress.spec.rules Ingress.spec.tls tls.*.hosts",  # none
    "Service.spec.loadBalancerSourceRanges",  # from everywhere
    "NetworkPolicy.spec.ingress NetworkPolicy.spec.egress ipBlock.except",  # none
    "ingress.*.from egress.*.to",  # "empty or missing": all, says the API reference
    "NetworkPolicy.spec.policyTypes HorizontalPodAutoscaler.spec.metrics",  # get a default
    "Role.rules ClusterRole.rules subjects StatefulSet.spec.volumeClaimTemplates",  # none
    "rules.*.resourceNames rules.*.nonResourceURLs",  # "an empty set means that everything is allowed"; none
)
MAPS = _names(
    "annotations labels matchLabels nodeSelector limits requests",  # nothing is asked for
    "Service.spec.selector",  # "if empty or not present": endpoints come from elsewhere, says the API reference
    "ConfigMap.data ConfigMap.binaryData Secret.data Secret.stringData StorageClass.parameters",  # none
)
STRUCTURES = _names(
    "metadata status status.loadBalancer",  # no pointers in staging/src/k8s.io/api: presence cannot be seen
    "*.resources Deployment.spec.strategy DaemonSet.spec.updateStrategy StatefulSet.spec.updateStrategy",  # nor there
    "securityContext securityContext.capabilities lifecycle dnsConfig",  # the kubelet looks only at what is in them
    "spec.affinity affinity.nodeAffinity affinity.podAffinity affinity.podAntiAffinity",  # and so does the scheduler
)
TEXTS = _names(
    "metadata.namespace env.*.value tolerations.*.value volumeMounts.*.subPath workingDir",  # no pointers either
    "schedulerName priorityClassName serviceAccountName imagePullPolicy",  # and these get a default if ""
    "Service.spec.clusterIP Service.spec.loadBalancerIP",  # or an address
)


def is_nothing(value: Tree | Absent, place: Sequence[str]) -> bool:
    """Whether a value means to Kubernetes that there is none, at a place of a kind that Kubernetes defines."""
    if not _is_field(place):
        return False
    if value is ABSENT or value is None:
        return True
    if isinstance(value, Mapping):
        inside = all(is_nothing(below, (*place, name)) for name, below in value.items())
        return inside and _ends_in(STRUCTURES if value else STRUCTURES | MAPS, place)
    if isinstance(value, list):
        return not value and _ends_in(LISTS, place)
    return bool(value == "") and _ends_in(TEXTS, place)


def _is_field(place: Sequence[str]) -> bool:
    above = (place[:length] for length in range(2, len(place)))
    return len(place) > 1 and place[-1] != "*" and not any(_ends_in(FREE, each) for each in above)


def _ends_in(table: frozenset[str], place: Sequence[str]) -> bool:
    return any(".".join(place[-length:]) in table for length in range(1, LONGEST + 1))
