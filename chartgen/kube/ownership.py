"""Who has set a field of an object: what `metadata.managedFields` says.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from chartgen.model import Item, ObjectPath, Step, Tree

CONTROL_PLANE = frozenset(
    {"kube-controller-manager", "kube-scheduler", "kubelet", "kube-apiserver", "cloud-controller-manager"}
)
"""Managers that are parts of Kubernetes: what they set is no drift."""
STATUS = "status"


class Manager(NamedTuple):
    """A field manager of an object, and the fields it has: `f:` a field, `k:` and `v:` an item, `.` what they are in."""

    name: str
    operation: str
    subresource: str
    time: str
    fields: Mapping[str, Tree]

    def owns(self, path: ObjectPath) -> bool:
        """Whether it has set what stands at a path, or a whole that the path is in."""
        fields = self.fields
        for step in path:
            below = _below(fields, step)
            if below is None:
                return False
            if not below:
                return True
            fields = below
        return True


def managers(obj: Mapping[str, Tree]) -> list[Manager]:
    """The managers of an object that set more than its status, the last to do so first."""
    entries = obj.get("metadata", {}).get("managedFields") or ()
    found = [
        Manager(
            str(entry.get("manager", "")),
            str(entry.get("operation", "")),
            str(entry.get("subresource", "")),
            str(entry.get("time", "")),
            entry.get("fieldsV1") or {},
        )
        for entry in entries
        if entry.get("subresource") != STATUS
    ]
    return sorted(found, key=lambda each: each.time, reverse=True)


def owned(manager: Manager) -> list[ObjectPath]:
    """The paths of what a manager has set."""
    return list(_leaves(manager.fields, ()))


def _below(fields: Mapping[str, Tree], step: Step) -> Mapping[str, Tree] | None:
    if isinstance(step, str):
        found = fields.get(f"f:{step}")
        return found if isinstance(found, Mapping) else None
    if isinstance(step, int):
        return fields.get(f"i:{step}")
    for name, below in fields.items():
        if _values(name) == set(map(str, step.keys)):
            return below if isinstance(below, Mapping) else None
    return None


def _values(name: str) -> set[str]:
    """The values of an item's keys: `k:{"name":"web"}` and `v:"web"`."""
    mark, _, text = name.partition(":")
    if mark not in {"k", "v"}:
        return set()
    said = json.loads(text)
    return set(map(str, said.values())) if isinstance(said, Mapping) else {str(said)}


def _leaves(fields: Mapping[str, Tree], path: ObjectPath) -> Iterator[ObjectPath]:
    for name, below in fields.items():
        if name == ".":
            continue
        here = (*path, _step(name))
        if set(below) - {"."}:
            yield from _leaves(below, here)
        else:
            yield here


def _step(name: str) -> Step:
    mark, _, text = name.partition(":")
    if mark == "f":
        return text
    said = json.loads(text)
    if mark == "i":
        return int(said)
    return Item(tuple(said.values()) if isinstance(said, Mapping) else (said,))
