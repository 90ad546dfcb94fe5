"""The commands of the Ringg guide that change production, as they are written, at production's size on fake nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.cluster import namespaces, voice
from tests.cluster.handle import Cluster
from tests.cluster.session import Facts
from tests.cluster.shells import Done, Shell, written
from tests.cluster.waiting import eventually

SECONDS = 300
FORCE = "--server-side=true --force-conflicts"
DIGEST = f"sha256:{1:064}"
STABLE = "helm upgrade --install dv-pipecat ./k8s/dv-pipecat -f ./k8s/dv-pipecat/values-prod.yaml"
BY_DIGEST = f"--set image.tag=1.1.0 --set image.digest={DIGEST}"
CANARY_TAG, STABLE_TAG = "<previous-stable-tag>", "<previous-working-tag>"
REPOSITORY = "us-east1-docker.pkg.dev/desivocalprod01/ringg-registry-prod/dv-pipecat"
Record = Callable[[str, object], None]


# one production for all, which is for one worker
pytestmark = [pytest.mark.xdist_group("ringg-size"), pytest.mark.minutes(1)]


@pytest.fixture(scope="module")
def shell(
    cluster: Cluster, facts: Facts, fake_nodes: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shell]:
    """Where stable is installed, by digest."""
    assert fake_nodes
    with namespaces.fresh(cluster, facts.run) as name:
        made = Shell(cluster, name, tmp_path_factory.mktemp("ringg"))
        succeeds(made.run(f"{STABLE} {BY_DIGEST}"))
        serves(made, stable=60)
        yield made


def succeeds(done: Done) -> None:
    assert done.returncode == 0, done.stderr


def is_refused(done: Done, reason: str) -> None:
    assert done.returncode != 0
    assert reason in done.stderr


def serves(shell: Shell, **tracks: int) -> None:
    """Once the Service has so many ready addresses of each of these tracks."""

    def served() -> bool:
        found = voice.served(shell.cluster, shell.namespace)
        assert {track: found[track] for track in tracks} == tracks, found
        return True

    eventually(served, f"the Service has {tracks}", SECONDS)


def is_ready(shell: Shell) -> bool:
    """A ReplicaSet counts its ready pods a moment after the Service has them."""
    return any(ready == 60 for *_, ready in voice.replica_sets(shell.cluster, shell.namespace, voice.STABLE).values())


def image(shell: Shell, deployment: str) -> str:
    path = "{.spec.template.spec.containers[0].image}"
    command = ["get", "deployment", deployment, f"--output=jsonpath={path}"]
    return shell.cluster.kubectl(*command, namespace=shell.namespace).removeprefix(REPOSITORY)


@pytest.mark.proves(4, "the Ringg guide's canary: made by --install, put back by tag, scaled; stable stays as it is")
def test_the_canary_by_the_guides_commands(shell: Shell, record_property: Record) -> None:
    serves(shell, stable=60)
    eventually(lambda: is_ready(shell), "60 pods are counted as ready", SECONDS)
    stable = voice.replica_sets(shell.cluster, shell.namespace, voice.STABLE)
    by_tag = written("ringg rollback canary", {CANARY_TAG: "1.0.0"})
    is_refused(shell.run(by_tag), '"dv-pipecat-canary" has no deployed releases')
    by_digest = written("ringg rollback canary", {f"--set image.tag={CANARY_TAG}": BY_DIGEST})
    succeeds(shell.run(by_digest.replace("helm upgrade", "helm upgrade --install")))
    assert image(shell, "dv-pipecat-canary") == f":1.1.0@{DIGEST}"
    succeeds(shell.run(f"{by_tag} --reuse-values"))
    assert image(shell, "dv-pipecat-canary") == f":1.0.0@{DIGEST}"
    succeeds(shell.run(by_tag))
    assert image(shell, "dv-pipecat-canary") == ":1.0.0"
    serves(shell, stable=60, canary=2)
    record_property("command", "ringg rollback canary")
    succeeds(shell.guide("ringg scale canary"))
    serves(shell, stable=60, canary=5)
    assert voice.replica_sets(shell.cluster, shell.namespace, voice.STABLE) == stable
    record_property("command", "ringg scale canary")


@pytest.mark.proves(4, "the Ringg guide's log of more than five pods wants --max-log-requests")
def test_kubectl_follows_five_pods_at_most(shell: Shell) -> None:
    is_refused(shell.guide("ringg stable logs"), "maximum allowed concurrency is 5, use --max-log-requests")


@pytest.mark.proves(
    4, "the Ringg guide's stable: by tag, rolled back, scaled to 80; then Helm 4 wants --force-conflicts"
)
def test_stable_by_the_guides_commands(shell: Shell, record_property: Record) -> None:
    by_tag = written("ringg promote previous", {STABLE_TAG: "1.0.0"})
    rollback = written("ringg rollback stable")
    succeeds(shell.run(by_tag))
    assert image(shell, "dv-pipecat") == ":1.0.0"
    succeeds(shell.run(rollback))
    assert image(shell, "dv-pipecat") == f":1.1.0@{DIGEST}"
    succeeds(shell.guide("ringg scale stable"))
    serves(shell, stable=80)
    is_refused(shell.run(by_tag), 'conflict with "kubectl"')
    is_refused(shell.run(rollback), 'conflict with "kubectl"')
    succeeds(shell.run(f"{by_tag} {FORCE}"))
    serves(shell, stable=60)
    succeeds(shell.guide("ringg scale stable"))
    succeeds(shell.run(f"{rollback} {FORCE}"))
    serves(shell, stable=60)
    for name in ("ringg promote previous", "ringg rollback stable", "ringg scale stable"):
        record_property("command", name)
