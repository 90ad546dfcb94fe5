"""Whose a difference is: a deployment's, or somebody's who has changed the cluster since."""

from __future__ import annotations

from typing import Any

import pytest

from chartgen.kube.ownership import Manager
from chartgen.model import ABSENT, KubeObject, ObjectId, Tree
from chartgen.results import Change, Drift, Kept
from chartgen.sources.live import Standing
from chartgen.states import drift

ID = ObjectId("apps", "Deployment", "", "web")


def deployment(**spec: Tree) -> KubeObject:
    return KubeObject(ID, {"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec}, "web.yaml")


def manager(name: str, *fields: str, time: str = "") -> Manager:
    return Manager(name, "Update", "", time, {"f:spec": {f"f:{field}": {} for field in fields}})


def standing(live: Any, deployed: Any, released: Any, *managers: Manager, helm: tuple[Manager, ...] = ()) -> Standing:
    return Standing(deployment(), live, deployed, released, managers, helm)


REPLICAS = Change(("spec", "replicas"), 3, 60)


def told(one: Standing, change: Change = REPLICAS, *, is_deployed: bool = True) -> Drift | None:
    return drift.with_drift(change, one, is_deployed=is_deployed).drift


def test_what_stands_as_it_was_released_is_no_drift() -> None:
    live = deployment(replicas=3)
    assert told(standing(live, deployment(replicas=60), live, manager("kubectl", "replicas"))) is None


def test_what_does_not_is_that_of_the_last_manager_to_set_it_and_not_helms() -> None:
    managers = [manager("kubectl", "replicas"), manager("edit", "paused"), manager("helm", "replicas")]
    one = standing(deployment(replicas=3), deployment(replicas=60), deployment(replicas=60), *managers)
    assert told(one) == Drift("kubectl")


def test_what_helm_itself_has_set_differently_is_helms_if_the_release_is_deployed() -> None:
    one = standing(deployment(replicas=3), deployment(replicas=60), deployment(replicas=9), manager("helm", "replicas"))
    assert told(one) == Drift("helm")
    assert told(one, is_deployed=False) is None


def test_what_is_gone_is_drift_of_nobody_that_is_known() -> None:
    released = deployment(replicas=60)
    assert told(standing(None, released, released), Change((), ABSENT, {})) == Drift()
    assert told(standing(None, released, released), Change((), ABSENT, {}), is_deployed=False) is None
    assert told(standing(None, released, None), Change((), ABSENT, {})) is None


@pytest.mark.parametrize("name", ["helm", "kube-controller-manager"])
def test_nothing_is_kept_of_what_helm_or_kubernetes_has_set(name: str) -> None:
    assert list(drift.kept(standing(deployment(), deployment(), deployment(), manager(name, "paused")))) == []


def test_what_others_have_set_is_kept_where_helm_does_not_set_it_too() -> None:
    by_hand, helm = manager("edit", "paused", "replicas"), manager("helm", "replicas")
    one = standing(deployment(), deployment(), deployment(), by_hand, helm=(helm,))
    assert list(drift.kept(one)) == [Kept(ID, "web.yaml", (("spec", "paused"),), Drift("edit"))]


def test_of_items_that_several_have_set_nobody_is_named() -> None:
    def of_items(name: str) -> Manager:
        return Manager(name, "Update", "", "", {"f:spec": {"f:items": {'k:{"id":"a"}': {"f:value": {}}}}})

    change = Change(("spec", "items", 0, "value"), 1, 2)
    live, deployed = deployment(items=[{"id": "a", "value": 1}]), deployment(items=[{"id": "a", "value": 2}])
    alone = standing(live, deployed, deployed, of_items("edit"))
    assert told(alone, change) == Drift("edit")
    both = standing(live, deployed, deployed, of_items("edit"), of_items("patch"))
    assert told(both, change) == Drift()
