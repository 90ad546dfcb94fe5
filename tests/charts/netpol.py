"""What NetworkPolicies allow, evaluated on rendered objects.

https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/. Addresses are hosts outside the
cluster: whether an ipBlock matches a pod's address is left to the network plug-in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Pod:
    """A pod, the labels of its namespace, and its named ports."""

    namespace: str
    labels: Mapping[str, str]
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Address:
    """A host outside the cluster, or on its nodes."""

    ip: str


Endpoint = Pod | Address


@dataclass(frozen=True)
class Port:
    """Where a connection goes, and the names that its target gives to ports."""

    number: int
    protocol: str
    named: Mapping[str, int]


def allowed(
    policies: Iterable[Mapping[str, Any]], source: Endpoint, target: Endpoint, port: int, protocol: str = "TCP"
) -> bool:
    """A connection needs the source's egress and the target's ingress."""
    found = list(policies)
    where = Port(port, protocol, target.ports if isinstance(target, Pod) else {})
    return admits(found, "egress", source, target, where) and admits(found, "ingress", target, source, where)


def admits(
    policies: Iterable[Mapping[str, Any]], direction: str, subject: Endpoint, other: Endpoint, port: Port
) -> bool:
    if isinstance(subject, Address):
        return True
    isolating = [policy for policy in policies if isolates(policy, direction, subject)]
    rules = [(policy, rule) for policy in isolating for rule in policy["spec"].get(direction) or ()]
    return not isolating or any(rule_matches(rule, policy, other, port) for policy, rule in rules)


def rule_matches(rule: Mapping[str, Any], policy: Mapping[str, Any], other: Endpoint, port: Port) -> bool:
    """Peers are alternatives, and so are ports; a list that is left out, or empty, restricts nothing."""
    peers = rule.get("from") or rule.get("to")
    ports = rule.get("ports")
    return (not peers or any(peer_matches(peer, policy, other) for peer in peers)) and (
        not ports or any(port_matches(entry, port) for entry in ports)
    )


def isolates(policy: Mapping[str, Any], direction: str, pod: Pod) -> bool:
    spec = policy["spec"]
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
    return (
        direction.capitalize() in types
        and policy["metadata"].get("namespace", pod.namespace) == pod.namespace
        and selects(spec["podSelector"], pod.labels)
    )


def peer_matches(peer: Mapping[str, Any], policy: Mapping[str, Any], other: Endpoint) -> bool:
    if isinstance(other, Address):
        return "ipBlock" in peer and in_block(peer["ipBlock"], other.ip)
    if "ipBlock" in peer:
        return False
    if "namespaceSelector" in peer:
        in_namespace = selects(peer["namespaceSelector"], other.namespace_labels)
    else:
        in_namespace = other.namespace == policy["metadata"].get("namespace", other.namespace)
    return in_namespace and selects(peer.get("podSelector", {}), other.labels)


def in_block(block: Mapping[str, Any], ip: str) -> bool:
    address = ip_address(ip)
    return address in ip_network(block["cidr"]) and not any(
        address in ip_network(excepted) for excepted in block.get("except") or ()
    )


def port_matches(entry: Mapping[str, Any], port: Port) -> bool:
    if entry.get("protocol", "TCP") != port.protocol:
        return False
    first = entry.get("port", port.number)
    first = port.named.get(first) if isinstance(first, str) else first
    return first is not None and first <= port.number <= entry.get("endPort", first)


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items()) and all(
        expression_matches(expression, labels) for expression in selector.get("matchExpressions") or ()
    )


def expression_matches(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value = labels.get(expression["key"])
    return {
        "In": value is not None and value in expression.get("values", ()),
        "NotIn": value not in expression.get("values", ()),
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }[expression["operator"]]
