"""What Kubernetes' own schemas say of lists and quantities is what chartgen knows of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

import pytest

from chartgen.kube import _table
from chartgen.kube.shapes import DOCUMENT, Shape, root
from tools import kube_table

CONTAINER = ("spec", "template", "spec", "containers", "*")


def shape_at(group: str, kind: str, path: Iterable[str]) -> Shape:
    """The shape at a path of field names, in which "*" stands for any item of a list."""
    return reduce(Shape.field, path, root(group, kind))


def test_the_committed_table_is_what_the_schemas_of_all_versions_give() -> None:
    derived = kube_table.table()
    assert {name: getattr(_table, name) for name in derived} == derived


@pytest.mark.parametrize(
    ("group", "kind", "path", "keys"),
    [
        ("apps", "Deployment", CONTAINER[:-1], ("name",)),
        ("apps", "Deployment", (*CONTAINER, "env"), ("name",)),
        ("apps", "Deployment", (*CONTAINER, "ports"), ("containerPort", "protocol")),
        ("apps", "Deployment", (*CONTAINER, "volumeMounts"), ("mountPath",)),
        ("apps", "Deployment", ("spec", "template", "spec", "volumes"), ("name",)),
        ("apps", "Deployment", ("spec", "template", "spec", "imagePullSecrets"), ("name",)),
        ("apps", "StatefulSet", ("spec", "template", "spec", "hostAliases"), ("ip",)),
        (
            "batch",
            "CronJob",
            ("spec", "jobTemplate", "spec", "template", "spec", "topologySpreadConstraints"),
            ("topologyKey", "whenUnsatisfiable"),
        ),
        ("", "Service", ("spec", "ports"), ("port", "protocol")),
        ("", "ConfigMap", ("metadata", "ownerReferences"), ("uid",)),
        ("apps", "Deployment", ("status", "conditions"), ("type",)),
        ("apps", "Deployment", ("spec", "template", "spec", "tolerations"), ()),
        ("apps", "Deployment", (*CONTAINER, "envFrom"), ()),
        ("apps", "Deployment", (*CONTAINER, "command"), ()),
        ("networking.k8s.io", "Ingress", ("spec", "rules"), ()),
        ("autoscaling", "HorizontalPodAutoscaler", ("spec", "metrics"), ()),
        ("rbac.authorization.k8s.io", "Role", ("rules",), ()),
    ],
)
def test_a_list_is_merged_by_the_keys_of_its_schema(
    group: str, kind: str, path: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    assert shape_at(group, kind, path).merge_keys == keys


@pytest.mark.parametrize(
    ("group", "kind", "path"),
    [
        ("apps", "Deployment", (*CONTAINER, "resources", "limits", "cpu")),
        ("apps", "Deployment", (*CONTAINER, "resources", "requests", "nvidia.com/gpu")),
        ("", "Pod", ("spec", "volumes", "*", "emptyDir", "sizeLimit")),
        ("", "PersistentVolumeClaim", ("spec", "resources", "requests", "storage")),
        ("", "PersistentVolume", ("spec", "capacity", "storage")),
        ("autoscaling", "HorizontalPodAutoscaler", ("spec", "metrics", "*", "pods", "target", "averageValue")),
        ("", "ResourceQuota", ("spec", "hard", "requests.cpu")),
        ("", "LimitRange", ("spec", "limits", "*", "max", "memory")),
        ("node.k8s.io", "RuntimeClass", ("overhead", "podFixed", "cpu")),
    ],
)
def test_a_quantity_is_known_by_its_type(group: str, kind: str, path: tuple[str, ...]) -> None:
    assert shape_at(group, kind, path).is_quantity


@pytest.mark.parametrize(
    ("group", "kind", "path"),
    [
        ("apps", "Deployment", ("spec", "replicas")),
        ("apps", "Deployment", ("metadata", "annotations", "cpu")),
        ("apps", "Deployment", (*CONTAINER, "resources")),
        ("", "Service", ("spec", "ports", "*", "targetPort")),
        ("", "ConfigMap", ("data", "cpu")),
        ("example.org", "Deployment", (*CONTAINER, "resources", "limits", "cpu")),
    ],
)
def test_numbers_elsewhere_are_no_quantities(group: str, kind: str, path: tuple[str, ...]) -> None:
    assert not shape_at(group, kind, path).is_quantity


def test_finalizers_are_a_set_in_every_kind_custom_ones_included() -> None:
    for group, kind in (("", "Pod"), ("storage.k8s.io", "StorageClass"), ("example.org", "Anything")):
        finalizers = shape_at(group, kind, ("metadata", "finalizers"))
        assert finalizers.is_set
        assert not finalizers.is_ordered


@pytest.mark.parametrize(
    ("path", "ordered"),
    [
        (("spec", "template", "spec", "initContainers"), True),
        ((*CONTAINER, "env"), True),
        ((*CONTAINER, "args"), True),
        (CONTAINER[:-1], False),
        ((*CONTAINER, "ports"), False),
    ],
)
def test_order_counts_where_kubernetes_runs_or_resolves_items_in_order(path: tuple[str, ...], ordered: bool) -> None:  # noqa: FBT001
    assert shape_at("apps", "Deployment", path).is_ordered is ordered


def test_a_shape_is_the_same_whichever_way_it_is_walked_to() -> None:
    pod = root("", "Pod").field("spec").field("containers").item().field("ports")
    assert pod == shape_at("apps", "DaemonSet", (*CONTAINER, "ports"))


def test_a_kind_has_one_shape_in_the_group_that_it_was_in_and_the_one_that_it_is_in() -> None:
    assert root("extensions", "Deployment") == root("apps", "Deployment")
    assert not root("extensions", "Anything").is_known


@pytest.mark.parametrize(
    ("shape", "known"),
    [
        (root("", "Pod"), True),
        (shape_at("", "Pod", ("spec", "no such field")), True),
        (shape_at("example.org", "Anything", ("spec", "things")), False),
        (shape_at("example.org", "Anything", ("metadata", "labels")), True),
        (DOCUMENT.field("metadata").field("labels"), False),
        (DOCUMENT.item(), False),
    ],
)
def test_what_is_known_are_the_kinds_of_kubernetes_and_the_metadata_of_all(shape: Shape, *, known: bool) -> None:
    assert shape.is_known is known


def test_a_document_that_is_no_object_has_no_sets() -> None:
    assert not DOCUMENT.field("metadata").field("finalizers").is_set
    assert DOCUMENT.keys_of([{"name": "a"}, {"name": "b"}]) == [("a",), ("b",)]


PORTS = shape_at("apps", "Deployment", (*CONTAINER, "ports"))
CUSTOM = shape_at("example.org", "Anything", ("spec", "things"))
ATOMIC = shape_at("networking.k8s.io", "Ingress", ("spec", "rules"))
FINALIZERS = shape_at("", "Pod", ("metadata", "finalizers"))


@pytest.mark.parametrize(
    ("shape", "items", "keys"),
    [
        pytest.param(PORTS, [{"containerPort": 53}], [(53, "TCP")], id="protocol is TCP where it is left out"),
        pytest.param(PORTS, [{"containerPort": 53, "protocol": None}], [(53, "TCP")], id="or null"),
        pytest.param(
            PORTS,
            [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53}],
            [(53, "UDP"), (53, "TCP")],
            id="one port, two protocols",
        ),
        pytest.param(PORTS, [{"containerPort": 53}, {"containerPort": 53}], None, id="a key twice"),
        pytest.param(PORTS, [{"name": "dns"}], None, id="a key left out"),
        pytest.param(CUSTOM, [{"name": "a"}, {"name": "b"}], [("a",), ("b",)], id="names of an unknown kind"),
        pytest.param(CUSTOM, [{"name": "a"}, {"name": "a"}], None, id="an unknown kind with a name twice"),
        pytest.param(CUSTOM, [{"name": {"of": "a"}}], None, id="an unknown kind with a name that is none"),
        pytest.param(CUSTOM, ["a", "b"], None, id="scalars of an unknown kind"),
        pytest.param(ATOMIC, [{"name": "a"}, {"name": "b"}], None, id="a list that Kubernetes replaces whole"),
        pytest.param(FINALIZERS, ["a", "b"], [("a",), ("b",)], id="items of a set"),
    ],
)
def test_items_are_keyed_only_where_each_has_a_key_of_its_own(
    shape: Shape, items: list[object], keys: list[tuple[object, ...]] | None
) -> None:
    assert shape.keys_of(items) == keys
