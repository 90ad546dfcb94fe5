"""Two releases whose workloads select each other's pods."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chartgen.model import Target
from chartgen.rules.release_selectors_overlap import check
from chartgen.rules.rule import Complaint, InObject

from .printing import printing, target

PROD = target()
CANARY = target("web-canary", environment="canary")._replace(track_of="prod")


def workload(selector: Any, labels: Any, kind: str = "Deployment", namespace: str = "") -> str:
    group = {"Job": "batch/v1", "CronJob": "batch/v1", "ReplicationController": "v1", "Service": "v1"}
    return json.dumps(
        {
            "apiVersion": group.get(kind, "apps/v1"),
            "kind": kind,
            "metadata": {"name": "web", "namespace": namespace},
            "spec": {"selector": selector, "template": {"metadata": {"labels": labels}, "spec": {}}},
        }
    )


def of(app: str, release: str = "") -> str:
    labels = {"app": app} | ({"release": release} if release else {})
    return workload({"matchLabels": labels}, labels)


def found(one: str, other: str, first: Target = PROD, second: Target = CANARY) -> list[Complaint]:
    return list(check([printing(one, of=first), printing(other, of=second)]))


def releases(complaints: list[Complaint]) -> list[str]:
    return [each.where.snapshot.target.release for each in complaints if isinstance(each.where, InObject)]


def test_each_selector_that_matches_the_others_pods_is_a_finding() -> None:
    first, second = found(of("web"), of("web"))
    assert first.subject == second.subject == "Deployment/web Deployment/web"
    assert first.message == (
        "the selector of Deployment/web (release web) matches the pods of Deployment/web (release web-canary),"
        " which run beside it"
    )
    assert releases([first, second]) == ["web", "web-canary"]


def test_one_that_matches_in_one_direction_is_one_finding() -> None:
    assert releases(found(of("web"), of("web", "web-canary"))) == ["web"]
    assert releases(found(of("web", "web"), of("web"))) == ["web-canary"]


def test_a_label_that_each_release_has_to_itself_keeps_them_apart() -> None:
    assert found(of("web", "web"), of("web", "web-canary")) == []


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ({"operator": "In", "values": ["web", "api"]}, 1),
        ({"operator": "In", "values": ["api"]}, 0),
        ({"operator": "NotIn", "values": ["api"]}, 1),
        ({"operator": "NotIn", "values": ["web"]}, 0),
        ({"operator": "Exists"}, 1),
        ({"operator": "DoesNotExist"}, 0),
        ({"operator": "Like", "values": ["web"]}, 0),
    ],
)
def test_expressions_count(expression: dict[str, Any], count: int) -> None:
    selector = {"matchExpressions": [{"key": "app", **expression}]}
    assert len(found(workload(selector, {"app": "none-of-these", "x": "1"}), of("web"))) == count


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"])
def test_any_controller_counts(kind: str) -> None:
    one = workload({"matchLabels": {"app": "web"}}, {"app": "web"}, kind)
    assert len(found(one, of("web"))) == 2


def test_the_selector_of_a_replication_controller_is_labels() -> None:
    one = workload({"app": "web"}, {"app": "web"}, "ReplicationController")
    assert len(found(one, of("web"))) == 2
    assert releases(found(workload({"app": "web"}, {}, "ReplicationController"), of("web"))) == ["web"]


@pytest.mark.parametrize("kind", ["Job", "CronJob", "Service"])
def test_what_gets_its_selector_made_and_a_service_over_both_tracks_are_none(kind: str) -> None:
    one = workload({"matchLabels": {"app": "web"}}, {"app": "web"}, kind)
    assert found(one, one) == []
    over_both = json.dumps({"apiVersion": "v1", "kind": "Service", "spec": {"selector": {"app": "web"}}})
    one, other = (f"{of('web', release)}\n---\n{over_both}" for release in ("web", "web-canary"))
    assert found(one, other) == []


@pytest.mark.parametrize(
    ("second", "count"),
    [
        (CANARY, 2),
        (target("other"), 2),
        (target("other", environment="canary"), 0),
        (target("other", environment="x")._replace(track_of="canary"), 0),
        (target("other", environment="x")._replace(track_of="prod"), 2),
        (target("web", environment="canary")._replace(track_of="prod"), 0),
        (CANARY._replace(namespace="b"), 0),
        (CANARY._replace(context="eu"), 0),
    ],
)
def test_without_contexts_one_name_or_a_track_means_one_cluster(second: Target, count: int) -> None:
    assert len(found(of("web"), of("web"), PROD, second)) == count
    assert len(found(of("web"), of("web"), second, PROD)) == count


@pytest.mark.parametrize(("context", "other", "count"), [("eu", "eu", 2), ("eu", "us", 0), ("eu", "", 0), ("", "", 0)])
def test_with_contexts_they_alone_count(context: str, other: str, count: int) -> None:
    first = PROD._replace(context=context)
    second = target("other", environment="stage")._replace(context=other)
    assert len(found(of("web"), of("web"), first, second)) == count
    apart = second._replace(environment="prod") if context else second
    assert len(found(of("web"), of("web"), first, apart)) == count


def test_tracks_of_the_same_environment_run_beside_each_other() -> None:
    blue, green = (target(name, environment=name)._replace(track_of="prod") for name in ("blue", "green"))
    assert len(found(of("web"), of("web"), blue, green)) == 2


def test_the_namespace_of_an_object_counts_before_that_of_its_release() -> None:
    elsewhere = workload({"matchLabels": {"app": "web"}}, {"app": "web"}, namespace="b")
    assert found(elsewhere, of("web")) == []
    assert len(found(elsewhere, of("web"), PROD, CANARY._replace(namespace="b"))) == 2


ODD: list[Any] = [None, 1, "text", True, [], {}, [1, "text", None, [], {}], {"app": [1]}, {"app": None}, 1.5]


@pytest.mark.parametrize("odd", ODD, ids=json.dumps)
def test_whatever_a_chart_prints_no_exception_comes_out(odd: Any) -> None:
    expression = {"key": odd, "operator": odd, "values": odd}
    selectors = [odd, {"matchLabels": odd}, {"matchExpressions": odd}, {"matchExpressions": [expression]}]
    for selector in selectors:
        for kind in ("Deployment", "ReplicationController", "Pod", "PodTemplate"):
            found(workload(selector, odd, kind), of("web"))
    for body in ({"spec": odd}, {"metadata": odd}, {"spec": {"template": odd}}, {"spec": {"selector": odd}}):
        found(json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", **body}), of("web"))
