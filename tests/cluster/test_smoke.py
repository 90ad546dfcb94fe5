"""The suite itself: a namespace refuses what Pod Security forbids, and a chart runs where the rest will be proven."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_helm_charts.k8s.deployment import wait_for_deployments_to_run  # type: ignore[import-untyped]

from tests.cluster.handle import Cluster, Failed
from tests.cluster.images import Images
from tests.cluster.release import Release

SECRETS = {"dv-pipecat-app-secrets": {}, "dv-pipecat-gcp-creds": {"creds.json": "{}"}}
READY_SECONDS = 120


def test_a_namespace_of_the_suite_refuses_a_pod_that_runs_as_root(cluster: Cluster, namespace: str) -> None:
    with pytest.raises(Failed, match='violates PodSecurity "restricted:latest"'):
        cluster.kubectl("run", "root", "--image=nothing", namespace=namespace)


def test_pytest_helm_charts_sees_the_release_that_the_suite_installs(
    cluster: Cluster, namespace: str, images: Images, kube_cluster: Any
) -> None:
    for name, data in SECRETS.items():
        metadata = {"name": name}
        cluster.apply(
            {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}, namespace=namespace
        )
    values = ["conversation=echo", "replicaCount=1"]
    release = Release(cluster, namespace, "dv-pipecat", "stage", images["dv-pipecat-echo"], values=values)
    release.upgrade()
    names = [release.deployment]
    (found,) = wait_for_deployments_to_run(kube_cluster.kube_client, names, namespace, READY_SECONDS)
    assert found.replicas == len(release.pods()) == 1
    release.test()
    assert [revision["status"] for revision in release.history()] == ["deployed"]
