"""dv-pipecat as its tests see it: who stands behind its Service, what its ReplicaSets are, how a rollout went."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.cluster.handle import Cluster
from tests.cluster.images import Image
from tests.cluster.standins.placing import provide_secrets, stand_in
from tests.cluster.waiting import eventually

CHART = "dv-pipecat"
BOTH = f"app.kubernetes.io/name={CHART}"
STABLE, CANARY = f"{BOTH},version=stable", f"{BOTH},version=canary"
SECRETS = ("dv-pipecat-app-secrets", "dv-pipecat-gcp-creds")
SEEN_SECONDS = 120
_READY = '{.object.status.conditions[?(@.type=="Ready")].status}'
_SIZES = ("{.type}", "{.object.metadata.name}", "{.object.spec.replicas}")
_COLUMNS = ("{.type}", "{.object.metadata.name}", "{.object.metadata.deletionTimestamp}", _READY)


def served(cluster: Cluster, namespace: str) -> Counter[str]:
    """By track: ready addresses of the Service's EndpointSlices, each of another pod."""
    slices = cluster.json("endpointslices", selector=f"kubernetes.io/service-name={CHART}", namespace=namespace)[
        "items"
    ]
    ready = {
        endpoint["targetRef"]["name"]: address
        for each in slices
        for endpoint in each["endpoints"] or []
        for address in endpoint["addresses"]
        if endpoint["conditions"]["ready"]
    }
    assert len(set(ready.values())) == len(ready), "two pods have one address"
    tracks = {pod["metadata"]["name"]: pod["metadata"]["labels"]["version"] for pod in pods(cluster, namespace)}
    return Counter(tracks[name] for name in ready if name in tracks)


def pods(cluster: Cluster, namespace: str, selector: str = BOTH) -> list[dict[str, Any]]:
    """Without those that are on their way out."""
    found = cluster.json("pods", selector=selector, namespace=namespace)["items"]
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


def uids(cluster: Cluster, namespace: str, selector: str) -> set[str]:
    return {pod["metadata"]["uid"] for pod in pods(cluster, namespace, selector)}


def replica_sets(cluster: Cluster, namespace: str, selector: str) -> dict[str, tuple[int, int, int]]:
    """By uid: generation, replicas, and how many are ready."""
    return {
        each["metadata"]["uid"]: (
            each["metadata"]["generation"],
            each["spec"]["replicas"],
            each["status"].get("readyReplicas", 0),
        )
        for each in cluster.json("replicasets", selector=selector, namespace=namespace)["items"]
    }


def replicas(cluster: Cluster, namespace: str, deployment: str) -> int:
    found: int = cluster.json("deployments", deployment, namespace=namespace)["spec"]["replicas"]
    return found


class Watched:
    """What a watch on pods has seen, in a file that grows."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._begun = 0

    def begin(self) -> None:
        """What was seen until now is how the watch learned of what there was."""
        self._begun = len(self._states())

    def history(self) -> list[tuple[int, int]]:
        """After each event: how many pods are ready, and how many there are; not those on their way out."""
        return self._states()[max(self._begun - 1, 0) :]

    def is_now(self, expected: int) -> None:
        """Once so many pods are there, all ready: what the watch tells may come late."""
        eventually(lambda: self.history()[-1] == (expected, expected), f"the watch sees {expected}", SEEN_SECONDS)

    def _states(self) -> list[tuple[int, int]]:
        ready: dict[str, bool] = {}
        found = []
        for event, name, leaving, status in _told(self._file):
            ready.pop(name, None)
            if event != "DELETED" and not leaving:
                ready[name] = status == "True"
            found.append((sum(ready.values()), len(ready)))
        return found


@contextmanager
def watched(cluster: Cluster, namespace: str, selector: str, file: Path) -> Iterator[Watched]:
    """Of the pods that the selector finds; begins when all that are there have been seen, and are ready."""
    expected = len(pods(cluster, namespace, selector))
    with _events(cluster, namespace, "pods", selector, _COLUMNS, file):
        seen = Watched(file)
        eventually(lambda: (expected, expected) in seen.history(), f"the watch sees {expected}", SEEN_SECONDS)
        seen.begin()
        yield seen


@contextmanager
def sized(cluster: Cluster, namespace: str, selector: str, file: Path) -> Iterator[Callable[[], list[int]]]:
    """What gives, after each event, how many pods all ReplicaSets of the selector are to have together."""

    def totals() -> list[int]:
        wanted: dict[str, int] = {}
        found = []
        for event, name, replicas in _told(file):
            wanted[name] = 0 if event == "DELETED" else int(replicas)
            found.append(sum(wanted.values()))
        return found

    with _events(cluster, namespace, "replicasets", selector, _SIZES, file):
        eventually(totals, "the watch sees ReplicaSets", SEEN_SECONDS)
        yield totals


@contextmanager
def _events(
    cluster: Cluster, namespace: str, kind: str, selector: str, columns: Sequence[str], file: Path
) -> Iterator[None]:
    """Written to the file while the block lasts, a line each."""
    command = ["kubectl", f"--namespace={namespace}", "get", kind, f"--selector={selector}", "--watch"]
    command += ["--output-watch-events", f'--output=jsonpath={"|".join(columns)}{{"\\n"}}']
    with file.open("w") as lines, subprocess.Popen(command, env=cluster.environment, stdout=lines) as process:
        try:
            yield
        finally:
            process.kill()


def _told(file: Path) -> list[list[str]]:
    """The columns of each event; of the last line, only when it is whole."""
    whole, _, _ = file.read_text().rpartition("\n")
    return [line.split("|") for line in whole.splitlines()]


def surround(cluster: Cluster, namespace: str, standins: Image, *names: str, **settings: str) -> None:
    """What the pods need: the stand-ins of these names, and the Secrets; `settings`: more of the service's."""
    provide_secrets(cluster, namespace, *SECRETS, **settings)
    stand_in(cluster, namespace, standins, *names)


def image_ids(cluster: Cluster, namespace: str, selector: str) -> set[str]:
    """What runs, by content."""
    return {
        status["imageID"] for pod in pods(cluster, namespace, selector) for status in pod["status"]["containerStatuses"]
    }


def assert_nothing_is_lost(talked: Mapping[str, Any], most_cut: int = 0) -> None:
    """Of what a load of `talk` counted. `most_cut`: answers that a drain may break off, which are then given again."""
    wrong = {name: talked[name] for name in ("forgotten", "unheard", "wrong", "ended") if talked[name]}
    assert not wrong, wrong
    assert talked["cut"] <= most_cut, talked
    assert talked["answered"] == talked["sent"], talked


def names(cluster: Cluster, namespace: str) -> set[str]:
    """Of all pods, those on their way out too."""
    found = cluster.json("pods", selector=BOTH, namespace=namespace)["items"]
    return {pod["metadata"]["name"] for pod in found}


def seconds_to_ready(pod: Mapping[str, Any]) -> float:
    """From its container's start."""
    (container,) = pod["status"]["containerStatuses"]
    became = {each["type"]: each["lastTransitionTime"] for each in pod["status"]["conditions"]}
    started, ready = map(datetime.fromisoformat, (container["state"]["running"]["startedAt"], became["Ready"]))
    return (ready - started).total_seconds()
