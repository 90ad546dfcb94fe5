"""Who has set a field, by managed fields as an API server writes them."""

from __future__ import annotations

from typing import Any

import pytest

from chartgen.kube.ownership import Manager, managers, owned, owners
from chartgen.model import Item, ObjectPath

FIELDS = {
    "f:metadata": {"f:annotations": {".": {}, "f:a/b": {}}},
    "f:spec": {
        "f:replicas": {},
        "f:selector": {},
        "f:template": {
            "f:spec": {
                "f:containers": {
                    'k:{"name":"web"}': {
                        ".": {},
                        "f:image": {},
                        "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}},
                    }
                },
            }
        },
    },
    "f:finalizers": {'v:"keep"': {}},
    "f:rules": {"i:0": {}},
}
CONTAINERS = ("spec", "template", "spec", "containers")
MANAGER = Manager("kubectl", "Update", "", "", FIELDS)


WEB = (*CONTAINERS, Item(("web",)))


@pytest.mark.parametrize(
    "path",
    [
        ("spec", "replicas"),
        (*WEB, "image"),
        (*WEB, "ports", Item((80, "TCP")), "containerPort"),
        ("finalizers", Item(("keep",))),
        ("rules", 0),
        ("metadata", "annotations", "a/b"),
    ],
)
def test_a_manager_has_set_a_place_all_the_way(path: ObjectPath) -> None:
    assert MANAGER.depth(path) == len(path)
    assert owners([MANAGER], path) == [MANAGER]


def test_or_a_whole_that_it_is_in() -> None:
    path = ("spec", "selector", "matchLabels", "app")
    assert MANAGER.depth(path) == 2
    assert owners([MANAGER], path) == [MANAGER]


@pytest.mark.parametrize(
    "path",
    [
        (*WEB, "command"),
        (*CONTAINERS, Item(("other",)), "image"),
        (*WEB, "ports", Item((81, "TCP")), "containerPort"),
        ("rules", 1),
        ("status", "replicas"),
    ],
)
def test_what_it_has_not_set_is_nobodys(path: ObjectPath) -> None:
    assert MANAGER.depth(path) == 0
    assert owners([MANAGER], path) == []


def test_who_has_lost_all_keys_of_a_map_has_set_none_that_another_has() -> None:
    lost = Manager("create", "Update", "", "", {"f:data": {}})
    has = Manager("edit", "Update", "", "", {"f:data": {"f:a": {}}})
    assert owners([lost, has], ("data", "a")) == [has]
    assert owners([lost, has], ("data", "b")) == [lost]


def test_what_it_owns_is_listed_each_place_once() -> None:
    assert owned(MANAGER) == [
        ("metadata", "annotations", "a/b"),
        ("spec", "replicas"),
        ("spec", "selector"),
        (*CONTAINERS, Item(("web",)), "image"),
        (*CONTAINERS, Item(("web",)), "ports", Item((80, "TCP")), "containerPort"),
        ("finalizers", Item(("keep",))),
        ("rules", 0),
    ]


def test_managers_of_the_status_are_none_and_the_last_to_write_comes_first() -> None:
    def entry(name: str, time: str, **more: Any) -> dict[str, Any]:
        return {"manager": name, "operation": "Update", "time": time, "fieldsV1": {}, **more}

    entries = [entry("helm", "2026-01-01T00:00:00Z"), entry("edit", "2026-01-02T00:00:00Z", subresource="scale")]
    entries.append(entry("controller", "2026-01-03T00:00:00Z", subresource="status"))
    found = managers({"metadata": {"managedFields": entries}})
    assert [(each.name, each.subresource) for each in found] == [("edit", "scale"), ("helm", "")]
    assert managers({"metadata": {}}) == []
