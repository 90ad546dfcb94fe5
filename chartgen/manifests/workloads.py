"""Pods, selectors and ports: which pods an object runs, which it selects, and what their containers listen on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from chartgen.kube.identity import pod_template_path
from chartgen.model import ABSENT, KubeObject, Tree
from chartgen.trees import at

Labels = Mapping[str, str]


class ContainerPort(NamedTuple):
    """A port that a container declares. `name` is "" where it has none."""

    name: str
    number: int
    protocol: str


def pod_of(obj: KubeObject) -> Mapping[str, Tree] | None:
    """The pod, or the template of the pods, that an object runs; None where it runs none."""
    path = pod_template_path(obj.id.group, obj.id.kind)
    pod = ABSENT if path is None else at(obj.body, path)
    return pod if isinstance(pod, Mapping) else None


def labels_of(pod: Mapping[str, Tree]) -> Labels:
    labels = at(pod, ("metadata", "labels"))
    return {name: _text(value) for name, value in labels.items()} if isinstance(labels, Mapping) else {}


def ports_of(pod: Mapping[str, Tree]) -> Iterator[ContainerPort]:
    """What the containers declare, and the init containers that go on running beside them (sidecars)."""
    sidecars = (each for each in _items(pod, "initContainers") if each.get("restartPolicy") == "Always")
    for container in (*_items(pod, "containers"), *sidecars):
        for port in _mappings(container.get("ports")):
            number = port.get("containerPort")
            if isinstance(number, int):
                yield ContainerPort(str(port.get("name") or ""), number, str(port.get("protocol") or "TCP"))


def selects(selector: Tree, labels: Labels) -> bool:
    """Whether a label selector (`matchLabels`, `matchExpressions`) matches labels; an empty or unknown one does not.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements
    """
    if not isinstance(selector, Mapping):
        return False
    wanted = selector.get("matchLabels") or {}
    expressions = _mappings(selector.get("matchExpressions"))
    if not isinstance(wanted, Mapping) or not (wanted or expressions):
        return False
    return has_labels(wanted, labels) and all(_holds(each, labels) for each in expressions)


def has_labels(wanted: Mapping[str, Tree], labels: Labels) -> bool:
    return all(labels.get(name) == _text(value) for name, value in wanted.items())


def _text(value: Tree) -> str:
    """A label's value, which Kubernetes takes for empty where nothing stands."""
    return "" if value is None else str(value)


def _holds(expression: Mapping[str, Tree], labels: Labels) -> bool:
    key, listed = str(expression.get("key")), expression.get("values") or []
    values = {str(value) for value in listed} if isinstance(listed, list) else set()
    answers = {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return answers.get(str(expression.get("operator")), False)


def _items(pod: Mapping[str, Tree], field: str) -> Sequence[Mapping[str, Tree]]:
    return _mappings(at(pod, ("spec", field)))


def _mappings(items: Tree) -> list[Mapping[str, Tree]]:
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
