"""Objects to compare, and what is said of two of them."""

from __future__ import annotations

from chartgen.diff.differences import differences
from chartgen.model import KubeObject, ObjectId, ObjectPath, Tree
from chartgen.results import Pair


def obj(body: Tree, kind: str = "Deployment", group: str = "apps") -> KubeObject:
    return KubeObject(ObjectId(group, kind, "", "web"), body, "t.yaml")


def pod(spec: Tree) -> KubeObject:
    return obj({"spec": spec}, "Pod", "")


def config(text: Tree, key: str = "app.yaml") -> KubeObject:
    return obj({"data": {key: text}}, "ConfigMap", "")


def changes(before: KubeObject, after: KubeObject) -> list[tuple[ObjectPath, Tree, Tree, bool]]:
    return [(each.path, each.before, each.after, each.equal) for each in differences(Pair(before, after)).changes]
