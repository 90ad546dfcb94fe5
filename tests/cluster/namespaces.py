"""Namespaces for tests: made quickly, left without waiting, and what a failed test has to say of one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cluster.handle import Cluster, Failed

RUN = "cluster-suite/run"
LOG_LINES = 25
POD_COLUMNS = (
    "NAME:.metadata.name,PHASE:.status.phase,NODE:.spec.nodeName,"
    "READY:.status.containerStatuses[*].ready,RESTARTS:.status.containerStatuses[*].restartCount,"
    "WAITING:.status.containerStatuses[*].state.waiting.reason,ENDED:.status.containerStatuses[*].state.terminated.reason"
)
EVENT_COLUMNS = "LAST:.lastTimestamp,REASON:.reason,OBJECT:.involvedObject.name,MESSAGE:.message"


@contextmanager
def fresh(cluster: Cluster, run: str) -> Iterator[str]:
    """Its name. Pod Security "restricted" is enforced there. `run`: a label's value, to find what a killed run left."""
    name = f"t-{secrets.token_hex(4)}"
    pod_security = "pod-security.kubernetes.io/enforce"
    labels = {RUN: run, pod_security: "restricted", f"{pod_security}-version": "latest"}
    metadata = {"name": name, "labels": labels}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    try:
        yield name
    finally:
        cluster.kubectl("delete", "namespace", name, "--wait=false", check=False)
        # pods of a test that is over need no time to say farewell, and have work for two cores
        cluster.kubectl("delete", "pods", "--all", "--grace-period=1", "--wait=false", namespace=name, check=False)


def delete_of_run(cluster: Cluster, run: str) -> None:
    cluster.kubectl("delete", "namespaces", f"--selector={RUN}={run}", "--wait=false", check=False)


def state(cluster: Cluster, name: str) -> str:
    """Pods, events and the last lines of logs; nothing that shows an object's values."""
    try:
        pods = cluster.kubectl("get", "pods", f"--output=custom-columns={POD_COLUMNS}", namespace=name)
        sort = "--sort-by=.lastTimestamp"
        events = cluster.kubectl("get", "events", sort, f"--output=custom-columns={EVENT_COLUMNS}", namespace=name)
        names = [line.split()[0] for line in pods.splitlines()[1:]]
        logs = [_last_lines(cluster, name, pod) for pod in names]
    except Failed as error:
        return f"cannot be told: {error}"
    return "\n".join([pods, events, *logs])


def _last_lines(cluster: Cluster, namespace: str, pod: str) -> str:
    lines = cluster.kubectl(
        "logs", pod, "--all-containers", f"--tail={LOG_LINES}", "--ignore-errors", namespace=namespace, check=False
    )
    return f"--- {pod}\n{lines}"
