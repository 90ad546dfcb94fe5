"""Who reaches the pods of dv-pipecat, and whom they reach, under production's NetworkPolicy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.charts.netpol import Address, Pod, allowed

if TYPE_CHECKING:
    from tests.charts.conftest import Render
    from tests.charts.netpol import Endpoint


def pod(namespace: str, name: str, **labels: str) -> Pod:
    return Pod(namespace, {"app.kubernetes.io/name": name, **labels}, {"kubernetes.io/metadata.name": namespace})


STABLE = pod("default", "dv-pipecat", version="stable")
CANARY = pod("default", "dv-pipecat", version="canary")
SMOKE = pod("default", "dv-pipecat-smoke")
PROMETHEUS = pod("monitoring", "prometheus")
LOAD_BALANCER, HEALTH_CHECK = Address("35.191.10.1"), Address("130.211.3.255")
INTERNET, METADATA, REDIS = Address("203.0.113.7"), Address("169.254.169.254"), Address("10.20.30.40")

# the connection in words, who, whom, port
MAY: list[tuple[str, Endpoint, Endpoint, int]] = [
    ("the load balancer reaches stable", LOAD_BALANCER, STABLE, 8765),
    ("the load balancer reaches the canary", LOAD_BALANCER, CANARY, 8765),
    ("its health checks reach stable", HEALTH_CHECK, STABLE, 8765),
    ("Prometheus reaches stable", PROMETHEUS, STABLE, 8765),
    ("Prometheus reaches the canary", PROMETHEUS, CANARY, 8765),
    ("the smoke pod reaches stable", SMOKE, STABLE, 8765),
    ("the smoke pod reaches the canary", SMOKE, CANARY, 8765),
    ("HTTPS reaches the internet", STABLE, INTERNET, 443),
    ("Redis is reached wherever it is", CANARY, REDIS, 6379),
    ("DNS is reached on the node", STABLE, Address("169.254.20.10"), 53),
]
MAY_NOT: list[tuple[str, Endpoint, Endpoint, int]] = [
    ("another port is closed", LOAD_BALANCER, STABLE, 8000),
    ("the internet comes through the load balancer only", INTERNET, STABLE, 8765),
    ("an address just beyond the load balancer's", Address("130.211.4.0"), STABLE, 8765),
    ("Prometheus' label elsewhere", pod("default", "prometheus"), STABLE, 8765),
    ("another pod in Prometheus' namespace", pod("monitoring", "grafana"), STABLE, 8765),
    ("a smoke pod of another namespace", replace(SMOKE, namespace="elsewhere"), STABLE, 8765),
    ("one track from the other", CANARY, STABLE, 8765),
    ("plain HTTP to the internet", STABLE, INTERNET, 80),
    ("the metadata server, HTTPS", STABLE, METADATA, 443),
    ("the metadata server, HTTP", STABLE, METADATA, 80),
]


def reaches(source: Endpoint, target: Endpoint, port: int, render: Render) -> bool:
    policy = render("dv-pipecat", "prod")["NetworkPolicy/dv-pipecat"]
    return allowed([{**policy, "metadata": {"namespace": "default"}}], source, target, port)


@pytest.mark.parametrize(("source", "target", "port"), [row[1:] for row in MAY], ids=[row[0] for row in MAY])
def test_what_must_be_reached_is_reached(source: Endpoint, target: Endpoint, port: int, render: Render) -> None:
    assert reaches(source, target, port, render)


@pytest.mark.parametrize(("source", "target", "port"), [row[1:] for row in MAY_NOT], ids=[row[0] for row in MAY_NOT])
def test_nothing_else_is_reached(source: Endpoint, target: Endpoint, port: int, render: Render) -> None:
    assert not reaches(source, target, port, render)
