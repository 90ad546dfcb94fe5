"""A Service that sends to a port which no container of its pods has: whoever connects is refused.

A name that no container gives to a port leads nowhere. A number need not be declared to work, so it is told only where
the containers declare ports and the Service leads to none of them. To the pods of a headless Service clients connect
without it, at any port.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from chartgen.manifests.workloads import ContainerPort, has_labels, labels_of, pod_of, ports_of
from chartgen.model import KubeObject, Severity, Tree
from chartgen.rules.rule import Complaint, InObject, Part, Rule, Scope
from chartgen.trees import at
from chartgen.values.snapshot import Snapshot


class _Target(NamedTuple):
    """Where a port of a Service sends."""

    port: str | int
    protocol: str


def _pods(service: KubeObject, snapshot: Snapshot) -> list[Mapping[str, Tree]]:
    """The pods of the release that a Service selects."""
    selector = at(service.body, ("spec", "selector"))
    if not isinstance(selector, Mapping) or not selector:
        return []
    own = snapshot.target.namespace
    beside = (o for o in snapshot.manifests if (o.id.namespace or own) == (service.id.namespace or own))
    pods = (pod for obj in beside if (pod := pod_of(obj)) is not None)
    return [pod for pod in pods if has_labels(selector, labels_of(pod))]


def _targets(service: KubeObject) -> list[_Target]:
    """Where a Service sends itself: nowhere where it is headless, or another name for a host."""
    spec = service.body.get("spec")
    if not isinstance(spec, Mapping) or spec.get("clusterIP") == "None" or spec.get("type") == "ExternalName":
        return []
    listed = spec.get("ports")
    ports = [port for port in listed if isinstance(port, Mapping)] if isinstance(listed, list) else []
    sent = [(each.get("targetPort") or each.get("port"), str(each.get("protocol") or "TCP")) for each in ports]
    return [_Target(port, protocol) for port, protocol in sent if isinstance(port, str | int)]


def _unknown(targets: Sequence[_Target], ports: Sequence[ContainerPort]) -> Iterator[_Target]:
    named = {(port.name, port.protocol) for port in ports}
    numbers = {port.number for port in ports}
    unknown = [each for each in targets if each not in named and each.port not in numbers]
    for each in unknown:
        if isinstance(each.port, str) or (ports and len(unknown) == len(targets)):
            yield each


def _of_service(service: KubeObject, snapshot: Snapshot) -> Iterator[Complaint]:
    pods = _pods(service, snapshot)
    ports = [port for pod in pods for port in ports_of(pod)]
    had = ", ".join(dict.fromkeys(port.name or str(port.number) for port in ports)) or "none"
    for target, protocol in _unknown(_targets(service), ports) if pods else ():
        yield Complaint(
            f"{service.id} {target}",
            InObject(snapshot, service, f"targetPort: {target}"),
            f"{service.id} sends to port {target} ({protocol}), which no container of its pods has",
            f"declared there: {had}",
        )


def check(snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    for snapshot in snapshots:
        for obj in snapshot.manifests:
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
