"""Which pods an object runs, which a selector matches, and what their containers listen on."""

from __future__ import annotations

from typing import Any

import pytest

from chartgen.manifests.parsing import as_object
from chartgen.manifests.workloads import ContainerPort, has_labels, labels_of, pod_of, ports_of, selects

POD = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}}


def run_by(kind: str, api: str, **body: Any) -> Any:
    return pod_of(as_object({"apiVersion": api, "kind": kind, "metadata": {"name": "a"}, **body}, "a.yaml"))


@pytest.mark.parametrize(
    ("kind", "api"),
    [
        ("Deployment", "apps/v1"),
        ("StatefulSet", "apps/v1"),
        ("DaemonSet", "apps/v1"),
        ("ReplicaSet", "apps/v1"),
        ("Job", "batch/v1"),
        ("ReplicationController", "v1"),
    ],
)
def test_controllers_hold_the_template_of_their_pods(kind: str, api: str) -> None:
    assert run_by(kind, api, spec={"template": POD}) == POD


def test_a_pod_is_its_own_a_cron_job_holds_one_deeper_and_a_template_holds_one_without_a_spec() -> None:
    assert run_by("Pod", "v1", **POD)["spec"] == POD["spec"]
    assert run_by("CronJob", "batch/v1", spec={"jobTemplate": {"spec": {"template": POD}}}) == POD
    assert run_by("PodTemplate", "v1", template=POD) == POD


@pytest.mark.parametrize(
    ("kind", "api", "spec"),
    [
        ("Service", "v1", {"template": POD}),
        ("Deployment", "example.com/v1", {"template": POD}),
        ("Deployment", "apps/v1", {}),
        ("Deployment", "apps/v1", {"template": "text"}),
        ("Deployment", "apps/v1", None),
    ],
)
def test_nothing_else_runs_pods(kind: str, api: str, spec: Any) -> None:
    assert run_by(kind, api, spec=spec) is None


def test_values_of_labels_are_text_and_empty_where_nothing_stands() -> None:
    assert labels_of({"metadata": {"labels": {"a": 1, "b": None, "c": "x"}}}) == {"a": "1", "b": "", "c": "x"}


@pytest.mark.parametrize("pod", [{}, {"metadata": None}, {"metadata": {}}, {"metadata": {"labels": ["a"]}}])
def test_a_pod_may_have_no_labels(pod: Any) -> None:
    assert labels_of(pod) == {}


def test_ports_are_those_of_containers_and_of_sidecars_and_tcp_where_nothing_is_said() -> None:
    def container(number: int, **more: Any) -> dict[str, Any]:
        return {"ports": [{"containerPort": number}], **more}

    spec = {
        "containers": [{"ports": [{"name": "dns", "containerPort": 53, "protocol": "UDP"}]}, container(2), {}],
        "initContainers": [container(3), container(4, restartPolicy="Always"), container(5, restartPolicy="Never")],
        "ephemeralContainers": [container(6)],
    }
    assert list(ports_of({"spec": spec})) == [
        ContainerPort("dns", 53, "UDP"),
        ContainerPort("", 2, "TCP"),
        ContainerPort("", 4, "TCP"),
    ]


@pytest.mark.parametrize(
    "spec",
    [
        None,
        {"containers": None},
        {"containers": {"a": 1}},
        {"containers": ["a", None]},
        {"containers": [{"ports": {"a": 1}}]},
        {"containers": [{"ports": [None, "a", {}, {"containerPort": "80"}, {"containerPort": [80]}]}]},
    ],
)
def test_what_is_no_port_is_passed_over(spec: Any) -> None:
    assert list(ports_of({"spec": spec})) == []


@pytest.mark.parametrize(
    ("selector", "is_match"),
    [
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web", "tier": None}}, True),
        ({"matchLabels": {"app": "api"}}, False),
        ({"matchLabels": {"app": "web", "x": "1"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}, True),
        ({"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["web"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}, {"key": "x", "operator": "Exists"}]}, False),
        ({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchLabels": None, "matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": "web"}]}, False),
        ({"matchExpressions": [{}]}, False),
        ({"matchLabels": {}}, False),
        ({"matchLabels": ["app"]}, False),
        ({"app": "web"}, False),
        ({}, False),
        (None, False),
        ("app=web", False),
    ],
)
def test_a_selector_matches_where_all_that_it_says_holds_and_it_says_something(selector: Any, is_match: bool) -> None:  # noqa: FBT001 - one of a table
    assert selects(selector, {"app": "web", "tier": ""}) is is_match


def test_labels_are_compared_as_text() -> None:
    assert has_labels({"a": 1}, {"a": "1"})
    assert not has_labels({"a": None}, {})
