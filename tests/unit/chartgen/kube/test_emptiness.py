"""Null and empty values mean nothing exactly where Kubernetes' own schemas and sources say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from chartgen.kube.emptiness import FREE, LISTS, LONGEST, MAPS, STRUCTURES, TEXTS, is_nothing
from chartgen.model import ABSENT, MOVING, Masked, Tree
from tools import kube_table

POD = ("Deployment", "spec", "template", "spec")
CONTAINER = (*POD, "containers", "*")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((*POD, "nodeSelector"), {}),
        ((*POD, "tolerations"), []),
        ((*POD, "volumes"), []),
        ((*POD, "securityContext"), {}),
        ((*POD, "securityContext"), {"sysctls": [], "runAsUser": None, "capabilities": None}),
        ((*POD, "affinity"), {"podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}}),
        ((*POD, "imagePullSecrets"), []),
        ((*POD, "initContainers"), []),
        ((*POD, "topologySpreadConstraints"), []),
        ((*POD, "dnsConfig"), {"options": []}),
        ((*POD, "priorityClassName"), ""),
        ((*POD[:-1], "metadata"), {"annotations": {}, "creationTimestamp": None}),
        ((*CONTAINER, "env"), []),
        ((*CONTAINER, "env", "*", "value"), ""),
        ((*CONTAINER, "envFrom"), []),
        ((*CONTAINER, "args"), []),
        ((*CONTAINER, "command"), []),
        ((*CONTAINER, "ports"), []),
        ((*CONTAINER, "volumeMounts"), []),
        ((*CONTAINER, "lifecycle"), {}),
        ((*CONTAINER, "resources"), {}),
        ((*CONTAINER, "resources"), {"limits": {}, "requests": None}),
        ((*CONTAINER, "resources", "limits"), {}),
        (("Deployment", "spec", "strategy"), {}),
        (("Deployment", "spec", "selector", "matchLabels"), {}),
        (("Deployment", "status"), {}),
        (("Service", "status"), {"loadBalancer": {}}),
        (("Service", "spec", "selector"), {}),
        (("ConfigMap", "data"), {}),
        (("ConfigMap", "metadata", "labels"), {}),
        (("ConfigMap", "metadata", "namespace"), ""),
        (("Widget", "metadata", "annotations"), {}),
        (("NetworkPolicy", "spec", "ingress"), []),
        (("NetworkPolicy", "spec", "ingress", "*", "from"), []),
        (("NetworkPolicy", "spec", "egress", "*", "to"), []),
        (("NetworkPolicy", "spec", "policyTypes"), []),
        (("Ingress", "spec", "tls"), []),
        (("ClusterRole", "rules"), []),
    ],
)  # fmt: skip
def test_an_empty_value_is_none_where_kubernetes_sees_no_difference(place: tuple[str, ...], value: Tree) -> None:
    assert is_nothing(value, place)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((*POD, "volumes", "*", "emptyDir"), {}),
        ((*POD, "volumes", "*", "hostPath"), {}),
        ((*POD, "volumes", "*", "gcePersistentDisk"), {}),
        ((*POD, "resources"), {}),
        ((*POD, "overhead"), {}),
        ((*POD, "tolerations"), {}),
        ((*POD, "nodeSelector"), []),
        ((*POD, "nodeSelector"), {"a": None}),
        ((*POD, "securityContext"), {"runAsUser": 0}),
        ((*POD, "securityContext"), {"seLinuxOptions": {}}),
        ((*POD, "topologySpreadConstraints", "*", "labelSelector"), {}),
        ((*POD, "containers"), [{}]),
        ((*CONTAINER,), {}),
        ((*CONTAINER, "livenessProbe"), {}),
        ((*CONTAINER, "securityContext", "seccompProfile"), {}),
        ((*CONTAINER, "resources"), {"limits": {"cpu": 0}}),
        ((*CONTAINER, "image"), ""),
        ((*CONTAINER, "env", "*", "value"), 0),
        (("Deployment", "spec", "strategy"), {"rollingUpdate": {}}),
        (("Deployment", "spec", "replicas"), 0),
        (("Deployment", "spec", "selector"), {}),
        (("PersistentVolumeClaim", "spec", "selector"), {}),
        (("PersistentVolumeClaim", "spec", "storageClassName"), ""),
        (("PodDisruptionBudget", "spec", "selector"), {}),
        (("NetworkPolicy", "spec", "podSelector"), {}),
        (("NetworkPolicy", "spec", "ingress", "*", "from", "*", "namespaceSelector"), {}),
        (("NetworkPolicy", "spec", "ingress"), [{}]),
        (("HorizontalPodAutoscaler", "spec", "behavior"), {}),
        (("HorizontalPodAutoscaler", "spec", "behavior", "scaleUp", "policies"), []),
        (("CustomResourceDefinition", "spec", "versions", "*", "subresources", "status"), {}),
        (("Deployment",), {}),
        (("Deployment", "metadata", "annotations", "env"), []),
        (("Deployment", "metadata", "labels", "status"), {}),
        ((*POD, "volumes"), MOVING),
        ((*POD, "priorityClassName"), Masked(("", ""))),
    ],
)
def test_an_empty_value_is_one_everywhere_else(place: tuple[str, ...], value: Tree) -> None:
    assert not is_nothing(value, place)


@pytest.mark.parametrize("value", [None, ABSENT])
def test_null_is_no_value_in_every_field(value: Tree) -> None:
    for place in (POD, (*POD, "volumes", "*", "emptyDir"), ("Service", "spec", "ports", "*", "port"), ("Pod", "what")):
        assert is_nothing(value, place)


@pytest.mark.parametrize(
    "place",
    [
        ("ConfigMap", "data", "a"),
        ("Secret", "stringData", "a"),
        ("Pod", "metadata", "annotations", "a"),
        ("Pod", "metadata", "labels", "data"),
        ("Pod", "spec", "nodeSelector", "a"),
        ("Deployment", "spec", "selector", "matchLabels", "a"),
        ("Service", "spec", "selector", "a"),
        ("Pod", "spec", "containers", "*", "resources", "limits", "cpu"),
        ("Pod", "spec", "containers", "*"),
        ("CustomResourceDefinition", "spec", "versions", "*", "schema", "openAPIV3Schema", "default", "a", "b"),
        ("CustomResourceDefinition", "spec", "versions", "*", "subresources", "status"),
    ],
)
def test_null_is_a_value_in_a_map_of_the_users_own_and_in_a_list(place: tuple[str, ...]) -> None:
    assert not is_nothing(None, place)


Property = tuple[str, str, Any]
"""A definition, the name of a property, and its schema."""
HAS_NO_FIELDS = {"all", "single", "basic", "spec", "object", "status"}
"""Properties that are structures without any field, and so without one that could be null."""


def properties(minor: int) -> Iterator[Property]:
    definitions = kube_table.definitions(minor)
    for name, schema in definitions.items():
        if name.endswith("JSONSchemaProps"):
            continue
        for field, below in schema.get("properties", {}).items():
            reference = below.get("$ref", "").rpartition("/")[2]
            yield name.rpartition(".")[2], field, definitions[reference] if reference else below


PROPERTIES = [each for minor in (27, 37) for each in properties(minor)]


def last(table: frozenset[str]) -> set[str]:
    return {place.rpartition(".")[2] for place in table}


def types(schema: Any) -> set[str]:
    return {schema["type"]} if isinstance(schema.get("type"), str) else set(schema.get("type", ()))


def is_map(schema: Any) -> bool:
    return isinstance(schema.get("additionalProperties"), dict)


def test_every_map_that_kubernetes_knows_is_one_of_the_users_own() -> None:
    maps = {field for _, field, schema in PROPERTIES if is_map(schema)}
    shapeless = {field for _, field, schema in PROPERTIES if "object" in types(schema) and not schema.get("properties")}
    assert (maps | shapeless) - last(FREE) <= HAS_NO_FIELDS
    assert last(FREE) <= maps | shapeless | {"openAPIV3Schema", "subresources", "default"}


def test_every_name_is_that_of_a_field_of_its_type() -> None:
    assert last(LISTS) <= {field for _, field, schema in PROPERTIES if "array" in types(schema)}
    assert last(MAPS) <= {field for _, field, schema in PROPERTIES if is_map(schema)}
    assert last(TEXTS) <= {field for _, field, schema in PROPERTIES if "string" in types(schema)}
    assert max(place.count(".") + 1 for place in FREE | LISTS | MAPS | STRUCTURES | TEXTS) == LONGEST


def test_a_structure_that_is_named_alone_has_that_name_in_no_other_sense() -> None:
    owners = defaultdict(set)
    for owner, field, schema in PROPERTIES:
        if field in STRUCTURES - {"metadata", "status"} and schema.get("properties"):
            owners[field].add(owner)
    assert owners == {
        "securityContext": {"PodSpec", "Container", "EphemeralContainer"},
        "lifecycle": {"Container", "EphemeralContainer"},
        "dnsConfig": {"PodSpec"},
    }
