"""Groups, immutable fields and pod templates are those of the API reference."""

from __future__ import annotations

import pytest

from chartgen.kube import _table
from chartgen.kube.identity import (
    IMMUTABLE,
    MOVED,
    POD_TEMPLATES,
    canonical_group,
    group_of,
    is_immutable,
    pod_template_path,
)
from tools import kube_table


@pytest.mark.parametrize(
    ("api_version", "group"), [("v1", ""), ("apps/v1", "apps"), ("networking.k8s.io/v1", "networking.k8s.io")]
)
def test_the_group_is_what_stands_before_the_version(api_version: str, group: str) -> None:
    assert group_of(api_version) == group


REMOVED = {"policy/PodSecurityPolicy"}
"""In Kubernetes 1.25, before the first of the schemas."""


def test_every_kind_named_here_exists_in_kubernetes() -> None:
    named = IMMUTABLE.keys() | POD_TEMPLATES.keys() | {(group, kind) for (_, kind), group in MOVED.items()}
    assert {f"{group}/{kind}" for group, kind in named} <= _table.ROOTS.keys() | REMOVED


@pytest.mark.parametrize(
    ("group", "kind", "known_in"),
    [
        ("extensions", "Deployment", "apps"),
        ("extensions", "DaemonSet", "apps"),
        ("extensions", "ReplicaSet", "apps"),
        ("extensions", "Ingress", "networking.k8s.io"),
        ("extensions", "NetworkPolicy", "networking.k8s.io"),
        ("extensions", "PodSecurityPolicy", "policy"),
        ("", "Event", "events.k8s.io"),
        ("events.k8s.io", "Event", "events.k8s.io"),
        ("apps", "Deployment", "apps"),
        ("", "Service", ""),
        ("serving.knative.dev", "Service", "serving.knative.dev"),
        ("extensions", "Anything", "extensions"),
        ("networking.istio.io", "Ingress", "networking.istio.io"),
    ],
)
def test_a_kind_that_kubernetes_moved_is_the_same_kind(group: str, kind: str, known_in: str) -> None:
    assert canonical_group(group, kind) == known_in


def test_every_immutable_field_exists_in_some_version_of_its_kind() -> None:
    schemas = {minor: kube_table.definitions(minor) for minor in (27, 37)}
    roots = kube_table.roots(schemas)
    for (group, kind), fields in IMMUTABLE.items():
        for field in fields.split():
            reached = roots[f"{group}/{kind}"]
            for step in field.split("."):
                below = [dict(kube_table.steps(fragment, schemas)) for fragment in reached]
                reached = frozenset(names[step] for names in below if step in names)
            assert reached, f"{kind} {field}"


def test_every_kind_with_a_pod_template_has_containers_below_it() -> None:
    schemas = {37: kube_table.definitions(37)}
    for (group, kind), path in POD_TEMPLATES.items():
        (fragment, *_) = kube_table.roots(schemas)[f"{group}/{kind}"]
        for step in (*path, "spec", "containers"):
            fragment = dict(kube_table.steps(fragment, schemas))[step]


@pytest.mark.parametrize(
    ("group", "kind", "path"),
    [
        ("apps", "Deployment", "spec.selector.matchLabels.app"),
        ("extensions", "Deployment", "spec.selector"),
        ("apps", "StatefulSet", "spec.volumeClaimTemplates.*.spec.resources"),
        ("batch", "Job", "spec.template.spec.containers.*.image"),
        ("", "Service", "spec.clusterIP"),
        ("", "PersistentVolumeClaim", "spec.storageClassName"),
        ("rbac.authorization.k8s.io", "RoleBinding", "roleRef.name"),
        ("storage.k8s.io", "StorageClass", "parameters.type"),
    ],
)
def test_a_field_the_api_server_will_not_change_is_immutable_with_all_below_it(
    group: str, kind: str, path: str
) -> None:
    assert is_immutable(group, kind, path.split("."))


@pytest.mark.parametrize(
    ("group", "kind", "path"),
    [
        ("apps", "Deployment", "spec.template.spec.containers.*.image"),
        ("apps", "Deployment", "spec"),
        ("apps", "StatefulSet", "spec.replicas"),
        ("", "PersistentVolumeClaim", "spec.resources.requests.storage"),
        ("", "Service", "spec.selector.app"),
        ("networking.k8s.io", "Ingress", "spec.rules"),
        ("example.org", "Deployment", "spec.selector"),
    ],
)
def test_other_fields_can_change_in_place(group: str, kind: str, path: str) -> None:
    assert not is_immutable(group, kind, path.split("."))


@pytest.mark.parametrize(
    ("group", "kind", "path"),
    [
        ("apps", "Deployment", ("spec", "template")),
        ("extensions", "Deployment", ("spec", "template")),
        ("batch", "CronJob", ("spec", "jobTemplate", "spec", "template")),
        ("", "Pod", ()),
        ("", "Service", None),
    ],
)
def test_pods_are_described_below_the_pod_template(group: str, kind: str, path: tuple[str, ...] | None) -> None:
    assert pod_template_path(group, kind) == path
