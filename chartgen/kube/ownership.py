"""Who has set a field of an object: what `metadata.managedFields` says.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from chartgen.model import Item, ObjectPath, Step, Tree

CONTROL_PLANE = frozenset(
    {"kube-controller-manager", "kube-scheduler", "kubelet", "kube-apiserver", "cloud-controller-manager"}
)
"""Managers that are parts of Kubernetes: what they set beside Helm is theirs to set."""
STATUS = "status"


class Manager(NamedTuple):
    """A field manager of an object, and the fields it has: `f:` a field, `k:` and `v:` an item, `.` what has those."""

    name: str
    operation: str
    subresource: str
    time: str
    fields: Mapping[str, Tree]

    def depth(self, path: ObjectPath) -> int:
        """How far towards a path it has set something: all the way, or as far as to a whole that the path is in.

        0 where it has set neither. A map of which it had some keys once, and has none any more, counts as such a whole.
        """
        fields = self.fields
        for number, step in enumerate(path):
            below = _below(fields, step)
            if below is None:  # a place in a list that is kept by keys says not whose item it is
                return number if isinstance(step, int) and any(name.startswith(("k:", "v:")) for name in fields) else 0
            if not below:
                return number + 1
            fields = below
        return len(path)


def owners(some: Iterable[Manager], path: ObjectPath) -> list[Manager]:
    """Those of some managers that have set what stands at a path: who has set more of the way knows it better."""
    depths = [(manager, manager.depth(path)) for manager in some]
    deepest = max((depth for _, depth in depths), default=0)
    return [manager for manager, depth in depths if depth == deepest > 0]


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
