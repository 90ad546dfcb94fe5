"""gong-webhook in the namespace of its guide, brought there by the guide's own steps."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from tests.cluster.handle import Cluster, Failed
from tests.cluster.images import Images
from tests.cluster.lifecycles import NO_REDIS, release, supply
from tests.cluster.namespaces import RUN
from tests.cluster.release import Release
from tests.cluster.shells import Done, Shell, written
from tests.cluster.waiting import eventually

NAMESPACE = "sophia-ai"
GONE_SECONDS = 300
CHANGED_SECONDS = 300
FORCE = ("--server-side=true", "--force-conflicts")
ACCOUNT = {
    "GONG_ACCESS_KEY": "an-access-key",
    "GONG_CLIENT_SECRET": "hs256:for-this-laptop-only-not-for-production",
    "SNOWFLAKE_ACCOUNT": "an-account",
    "SNOWFLAKE_USER": "a-user",
    "SNOWFLAKE_PASSWORD": "a-password",
}
NO_ACCOUNTS = {"gong-webhook-secrets": {"GONG_API_KEY": "", "SNOWFLAKE_ACCOUNT": "", "SNOWFLAKE_USER": ""}}
# one pod, and an autoscaler that adds none while two cores start it, and waits for nothing to take one back
CALM = (
    "autoscaling.maxReplicas=10",
    "autoscaling.targetCPUUtilizationPercentage=1000",
    "autoscaling.scaleDownStabilizationSeconds=0",
)


class Installed(NamedTuple):
    """By the guide's own steps. `said`: what its commands did, and `refused`: why Helm would not have the objects."""

    release: Release
    said: dict[str, Done]
    refused: str


@contextmanager
def alone(cluster: Cluster) -> Iterator[None]:
    """The guide's namespace is one in a cluster, whoever tests there."""
    with (cluster.state / f"{NAMESPACE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = cluster.kubectl("get", "namespaces", f"--selector=!{RUN}", "--output=name").split()
        if f"namespace/{NAMESPACE}" in found:
            pytest.skip(f"needs a cluster without a namespace {NAMESPACE}, which the guide's commands name")
        eventually(lambda: not exists(cluster), "the namespace of the run before is gone", GONE_SECONDS)
        yield


def exists(cluster: Cluster) -> bool:
    return f"namespace/{NAMESPACE}" in cluster.kubectl("get", "namespaces", "--output=name").split()


def install(shell: Shell, images: Images, run: str) -> Installed:
    """`run`: labels the namespace."""
    cluster = shell.cluster
    found = release(cluster, NAMESPACE, images, "gong-webhook", "prod", *CALM)
    said = {"gong apply": shell.guide("gong apply")}
    labels = [f"{RUN}={run}", "pod-security.kubernetes.io/enforce=restricted"]
    cluster.kubectl("label", "namespace", NAMESPACE, *labels)
    eventually(lambda: waits_for_its_secret(shell), "pods wait for the Secret", CHANGED_SECONDS)
    said["gong create secret"] = shell.guide("gong create secret", {}, **ACCOUNT)
    said["again"] = shell.guide("gong create secret", {}, **ACCOUNT)
    again = (
        f"{written('gong create secret')} --dry-run=client -o yaml | kubectl apply --server-side --force-conflicts -f -"
    )
    said["by the README"] = shell.run(again, **ACCOUNT)
    # no Snowflake, Gong and Redis here: the pods' own files instead
    supply(cluster, NAMESPACE, "gong-webhook", NO_REDIS, NO_ACCOUNTS)
    with pytest.raises(Failed) as refused:
        found.upgrade()
    found.upgrade("--take-ownership", *FORCE)
    # the manifest's autoscaler has made three
    cluster.kubectl("scale", "deployment/gong-webhook-service", "--replicas=1", namespace=NAMESPACE)
    eventually(lambda: len(names(cluster)) == 2, "a web pod and a worker, and none on its way out", CHANGED_SECONDS)
    return Installed(found, said, str(refused.value))


def names(cluster: Cluster) -> list[str]:
    return cluster.kubectl("get", "pods", "--output=name", namespace=NAMESPACE).split()


def waits_for_its_secret(shell: Shell) -> bool:
    """True where the image is not to be had by the name that the manifest has."""
    reasons = "{.items[*].status.containerStatuses[*].state.waiting.reason}"
    found = shell.cluster.kubectl("get", "pods", f"--output=jsonpath={reasons}", namespace=NAMESPACE)
    return "CreateContainerConfigError" in found or "ImagePull" in found
