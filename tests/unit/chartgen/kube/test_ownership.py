"""Who has set a field, by managed fields as an API server writes them."""

from __future__ import annotations

from typing import Any

from chartgen.kube.ownership import Manager, managers, owned
from chartgen.model import Item

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


def test_a_manager_owns_what_it_has_set_and_what_is_in_it() -> None:
    web = (*CONTAINERS, Item(("web",)))
    assert MANAGER.owns(("spec", "replicas"))
    assert MANAGER.owns(("spec", "selector", "matchLabels", "app"))  # set whole
    assert MANAGER.owns((*web, "image"))
    assert MANAGER.owns((*web, "ports", Item((80, "TCP")), "containerPort"))
    assert MANAGER.owns(("finalizers", Item(("keep",))))
    assert MANAGER.owns(("rules", 0))
    assert MANAGER.owns(("metadata", "annotations", "a/b"))


def test_it_owns_nothing_else() -> None:
    web = (*CONTAINERS, Item(("web",)))
    assert not MANAGER.owns((*web, "command"))
    assert not MANAGER.owns((*CONTAINERS, Item(("other",)), "image"))
    assert not MANAGER.owns((*web, "ports", Item((81, "TCP")), "containerPort"))
    assert not MANAGER.owns(("rules", 1))
    assert not MANAGER.owns(("status", "replicas"))


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
