"""Who reaches gong-webhook's pods, by the chart's own network policies."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.cluster import gong
from tests.cluster.handle import Cluster
from tests.cluster.images import Images
from tests.cluster.release import Release
from tests.cluster.standins.placing import stand_in

# exits with 1 where it is refused, or is not answered
CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5)"
SERVICES = {gong.WEB: "80", "redis-service": "6379"}


@pytest.mark.proves(2, "the network policies are taken as the chart writes them, nothing dropped")
def test_the_network_policies_are_taken_as_they_are_written(cluster: Cluster, namespace: str) -> None:
    release = Release(cluster, namespace, gong.CHART, "prod", None, values=["redis.embedded.enabled=true"])
    rendered = cluster.helm("template", release.name, str(release.path), *release.settings(), namespace=namespace)
    policies = [each for each in yaml.safe_load_all(rendered) if each and each["kind"] == "NetworkPolicy"]
    assert len(policies) == 3
    for policy in policies:
        manifest = yaml.safe_dump(policy)
        cluster.kubectl("apply", "--server-side", "--validate=strict", "-f-", namespace=namespace, stdin=manifest)
    taken = {
        each["metadata"]["name"]: each["spec"] for each in cluster.json("networkpolicies", namespace=namespace)["items"]
    }
    assert {policy["metadata"]["name"]: defaulted(policy["spec"]) for policy in policies} == taken


def defaulted(spec: dict[str, Any]) -> dict[str, Any]:
    """A port without a protocol is one of TCP."""
    for rule in [*spec.get("ingress", []), *spec.get("egress", [])]:
        for port in rule.get("ports", []):
            port.setdefault("protocol", "TCP")
    return spec


@pytest.mark.proves(2, "a pod that the network policies do not name reaches neither the web pods nor Redis")
def test_a_pod_that_the_policies_do_not_name_is_refused(cluster: Cluster, namespace: str, images: Images) -> None:
    cluster.needs("network-policy")
    service = gong.install(cluster, namespace, images, "stage")
    stand_in(cluster, namespace, images["standins"], "talk")
    assert reaches(service, "events", gong.WEB)
    assert reaches(service, gong.WORKER, "redis-service")
    assert not [name for name in SERVICES if reaches(service, "talk", name)]


def reaches(service: gong.Service, deployment: str, name: str) -> bool:
    command = ["kubectl", f"--namespace={service.namespace}", "exec", f"deployment/{deployment}", "--"]
    return service.cluster.run(*command, "python", "-c", CONNECT, name, SERVICES[name]).returncode == 0
