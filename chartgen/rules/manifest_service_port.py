"""A Service that sends to a port which no container of its pods has: whoever connects is refused.

A name that no container gives to a port leads nowhere. A number need not be declared to work, so it is told only where
the containers declare ports, and none of them is it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chartgen.manifests.workloads import ContainerPort, has_labels, labels_of, pod_of, ports_of
from chartgen.model import KubeObject, Severity, Tree
from chartgen.rules.rule import Complaint, InObject, Part, Rule, Scope
from chartgen.trees import at
from chartgen.values.snapshot import Snapshot


def _pods(service: KubeObject, snapshot: Snapshot) -> list[Mapping[str, Tree]]:
    """The pods of the release that a Service selects."""
    selector = at(service.body, ("spec", "selector"))
    if not isinstance(selector, Mapping) or not selector:
        return []
    own = snapshot.target.namespace
    beside = (o for o in snapshot.manifests.values() if (o.id.namespace or own) == (service.id.namespace or own))
    pods = (pod for obj in beside if (pod := pod_of(obj)) is not None)
    return [pod for pod in pods if has_labels(selector, labels_of(pod))]


def _is_had(target: str | int, protocol: str, ports: Sequence[ContainerPort]) -> bool:
    if isinstance(target, int):
        return not ports or target in {port.number for port in ports}
    return (target, protocol) in {(port.name, port.protocol) for port in ports}


def _of_service(service: KubeObject, snapshot: Snapshot) -> Iterator[Complaint]:
    pods = _pods(service, snapshot)
    listed = at(service.body, ("spec", "ports"))
    if not pods or not isinstance(listed, list):
        return
    ports = [port for pod in pods for port in ports_of(pod)]
    for port in listed:
        target = port.get("targetPort") or port.get("port") if isinstance(port, Mapping) else None
        protocol = str(port.get("protocol") or "TCP") if isinstance(port, Mapping) else ""
        if isinstance(target, str | int) and not _is_had(target, protocol, ports):
            had = ", ".join(dict.fromkeys(f"{each.name or each.number}" for each in ports)) or "none"
            yield Complaint(
                f"{service.id} {target}",
                InObject(snapshot, service, f"targetPort: {target}"),
                f"{service.id} sends to port {target} ({protocol}), which no container of its pods has",
                f"declared there: {had}",
            )


def check(snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    for snapshot in snapshots:
        for obj in snapshot.manifests.values():
            if (obj.id.group, obj.id.kind) == ("", "Service"):
                yield from _of_service(obj, snapshot)


RULE = Rule(
    "service-port-unknown",
    Severity.WARNING,
    "a Service sends to a port that no container of its pods has",
    Scope.ENVIRONMENT,
    Part.MANIFESTS,
    check,
)
