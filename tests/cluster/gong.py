"""gong-webhook in a namespace of its own, with all that it needs, and what became of what was sent to it."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.handle import Cluster
from tests.cluster.images import Images
from tests.cluster.release import Release
from tests.cluster.standins.loads import Load, in_cluster
from tests.cluster.standins.placing import provide_secrets, rows, stand_in, stored
from tests.cluster.waiting import eventually
from tests.servers.counted import counted

ROOT = Path(__file__).parents[2]
CHART = "gong-webhook"
WEB, WORKER = "gong-webhook-service", "gong-webhook-worker"
SECRET = "gong-webhook-secrets"  # noqa: S105  its name
REGISTERED = {
    "stage": "https://gong-webhook.stage.sophia-ai.example/webhooks/gong",
    "prod": "https://gong-webhook.sophia-ai.example/webhooks/gong",
}
# three pods whatever two cores are busy with: starting a pod costs more than it may use on average
THREE = ("autoscaling.maxReplicas=3",)
# longer than a busy machine needs until no connection is led to a pod that goes
PAUSE = ("preStopSleepSeconds=20", "terminationGracePeriodSeconds=60")
# what the stand-ins are reached through, where policies are enforced
_PEERS = "networkPolicy.extraEgress[0].to[0].podSelector.matchExpressions[0]"
EGRESS = (f"{_PEERS}.key=stand-in", f"{_PEERS}.operator=Exists")
STANDINS = ("gong", "snowflake", "events")
# a worker that is killed leaves its transaction behind, which the real one would keep for five minutes
BRIEF = {"snowflake": ["--idle-seconds=5"]}
STORED_SECONDS = 600
READY_SECONDS = 300
GONE_SECONDS = 300
AGAIN_SECONDS = 120
DOUBLED = "SELECT count(*) - count(DISTINCT call_id || ':' || position) FROM "
CHILDREN = ("participants", "transcripts", "trackers")


class Service:
    """`release`: to be upgraded and rolled back."""

    def __init__(self, cluster: Cluster, namespace: str, release: Release) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.release = release
        self._registered = f"--registered={REGISTERED[release.environment]}"

    @contextmanager
    def load(self, *arguments: str, key: str = "") -> Iterator[Load]:
        """Events through the Service, from a pod, until the block ends; begun when the first is acknowledged."""
        with in_cluster(self.cluster, self.namespace, "events", self._registered, *arguments, key=key) as load:
            yield load

    def send(self, count: int, key: str) -> dict[str, Any]:
        """What became of so many events, none of which is sent again."""
        program = ["python", "-m", "tests.cluster.standins.events", self._registered, "--key-on-input"]
        command = ["exec", "--stdin", "deployment/events", "--", *program, f"--count={count}"]
        said = self.cluster.kubectl(*command, namespace=self.namespace, stdin=f"{key}\n").splitlines()
        ended: dict[str, Any] = json.loads(said[-1])
        return ended

    def metric(self, series: str) -> float:
        """As a ready web pod tells it; of queue and dead letters all pods tell the same.

        Raises AssertionError where none is ready or it tells nothing, as of a store that does not answer.
        """
        found = counted(self.cluster.get(f"/api/v1/namespaces/{self.namespace}/services/{WEB}:80/proxy/metrics"))
        assert series in found, f"no {series}"
        return found[series]

    def waits_for_the_end_of(self, pods: Sequence[dict[str, Any]]) -> None:
        """Those too that have been told to end: until then they may answer."""
        eventually(lambda: not ids(pods) & ids(self.release.pods()), "the old pods are gone", GONE_SECONDS)

    def assert_each_is_one_row(self, acknowledged: Collection[str]) -> None:
        """Once all that waited is stored."""
        eventually(lambda: self.metric("gong_webhook_queue_depth") == 0, "nothing waits any more", STORED_SECONDS)
        found = Counter(stored(self.cluster, self.namespace))
        assert not set(acknowledged) - set(found), f"lost {len(set(acknowledged) - set(found))} of {len(acknowledged)}"
        assert set(found.values()) == {1}
        assert self.metric("gong_webhook_dead_letters") == 0
        assert self._doubled() == [0, 0, 0]

    def assert_nothing_is_lost(self, sent: dict[str, Any]) -> None:
        """Of a load whose events were sent again until they were taken."""
        assert sent["missing"] == []
        self.assert_each_is_one_row(sent["ids"])

    def _doubled(self) -> list[int]:
        """Rows too many, of tables without a key that would keep them out."""
        sql = " UNION ALL ".join(f"{DOUBLED}{table}" for table in CHILDREN)
        return [row[0] for row in rows(self.cluster, self.namespace, sql)]


def install(
    cluster: Cluster,
    namespace: str,
    images: Images,
    environment: str,
    *values: str,
    standins: Sequence[str] = STANDINS,
    overlay: bool = True,
) -> Service:
    """Ready. Where there is no redis-service among the stand-ins, it has the chart's own, and its volume."""
    if standins:
        stand_in(cluster, namespace, images["standins"], *standins, arguments=BRIEF)
    provide_secrets(cluster, namespace, SECRET)
    redis = ["redis.embedded.enabled=true", f"redis.embedded.image={images['standins'].reference}"]
    settings = [*EGRESS, *([] if "redis-service" in standins else redis), *values]
    release = Release(cluster, namespace, CHART, environment, images[CHART], overlay=overlay, values=settings)
    release.upgrade()
    # Helm waits for one pod, with which an autoscaler begins
    eventually(
        lambda: len(list(filter(is_ready, release.pods("web")))) >= _least(cluster, namespace),
        "all pods",
        READY_SECONDS,
    )
    return Service(cluster, namespace, release)


def _least(cluster: Cluster, namespace: str) -> int:
    """Web pods that the autoscaler keeps, where there is one."""
    found = cluster.json("horizontalpodautoscalers", namespace=namespace)["items"]
    return max((each["spec"]["minReplicas"] for each in found), default=0)


def assert_all_taken(sent: dict[str, Any]) -> None:
    """Each at once: none was refused, and no connection broken."""
    assert (sent["errors"], sent["missing"]) == ({}, []), sent["examples"]


def goes_on(load: Load, events: int = 10) -> None:
    """Returns when so many more have been acknowledged."""
    before = load.report()["acknowledged"]
    eventually(lambda: load.report()["acknowledged"] >= before + events, "events are acknowledged again", AGAIN_SECONDS)


def ids(pods: Sequence[dict[str, Any]]) -> set[str]:
    return {pod["metadata"]["uid"] for pod in pods}


def staying(pods: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that have not been told to end."""
    return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]


def is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def restarts(pods: Sequence[dict[str, Any]]) -> int:
    return sum(status["restartCount"] for pod in pods for status in pod["status"].get("containerStatuses", []))


def kill(cluster: Cluster, pod: dict[str, Any]) -> int:
    """How many processes of its containers SIGKILL ended, all at once: none can say farewell.

    Skips the test where the node's processes are not to be seen from here; a local cluster's are.
    """
    names = [status["containerID"].rpartition("/")[2] for status in pod["status"]["containerStatuses"]]
    found = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/cgroup") if _names_one(path, names)]
    if cluster.name != "local" and (os.geteuid() or not found):
        pytest.skip("needs the processes of the node: they are not this machine's, or not for this user to end")
    assert found
    for process in found:
        os.kill(process, signal.SIGKILL)
    return len(found)


def _names_one(path: Path, containers: Sequence[str]) -> bool:
    try:
        text = path.read_text()
    except OSError:
        return False
    return any(name in text for name in containers)
