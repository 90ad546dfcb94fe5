"""The cluster is lost, and a new one made by the Gong guide's five steps: what was acknowledged is still there."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import gong, local, namespaces, owned
from tests.cluster.handle import Cluster
from tests.cluster.release import Release
from tests.cluster.session import TOOLS, Facts
from tests.cluster.standins.manifests import SECRETS
from tests.cluster.standins.placing import stand_in, stored
from tests.cluster.waiting import eventually

ROOT = TOOLS.parent
NAMESPACE = "sophia-ai"
EVENTS = 30
READY = "--timeout=300s"
READY_SECONDS = 600
MANIFEST = "infrastructure/kubernetes/manifests/gong-webhook-service.yaml"
GIVEN = SECRETS[gong.SECRET]
# by the names that the guide's environment in Pulumi ESC has
SOURCE = {
    "GONG_ACCESS_KEY": GIVEN["GONG_API_KEY"],
    "GONG_CLIENT_SECRET": GIVEN["GONG_WEBHOOK_SECRETS"],
    **{name: GIVEN[name] for name in ("SNOWFLAKE_ACCOUNT", "SNOWFLAKE_USER", "SNOWFLAKE_PASSWORD")},
}
# the guide's, but that a file stands for `pulumi env open … --format shell`
INJECT = """eval "$(cat "$1")"
kubectl create secret generic gong-webhook-secrets \
  --namespace=sophia-ai \
  --from-literal=GONG_API_KEY="${GONG_ACCESS_KEY}" \
  --from-literal=GONG_WEBHOOK_SECRETS="${GONG_CLIENT_SECRET}" \
  --from-literal=SNOWFLAKE_ACCOUNT="${SNOWFLAKE_ACCOUNT}" \
  --from-literal=SNOWFLAKE_USER="${SNOWFLAKE_USER}" \
  --from-literal=SNOWFLAKE_PASSWORD="${SNOWFLAKE_PASSWORD}"
"""
# the stand-ins' addresses, for Gong's and Snowflake's own
WORLD = {name: GIVEN[name] for name in ("GONG_API_BASE_URL", "SNOWFLAKE_URL")}
Figure = Callable[[str, object], None]


@pytest.mark.xdist_group("recovery")
@pytest.mark.minutes(3)
@pytest.mark.usefixtures("images")
@pytest.mark.slow
@pytest.mark.proves(5, "after the cluster's end, the guide's five steps bring back all that was acknowledged")
def test_what_was_acknowledged_outlives_the_cluster(
    cluster: Cluster, facts: Facts, tmp_path: Path, count: Figure
) -> None:
    owned.needs_local(cluster)
    source = tmp_path / "source"
    source.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in SOURCE.items()))
    volumes = tmp_path / "volumes"
    with owned.standing(facts.place("lost"), volumes) as lost, explained(lost):
        service = deploy(owned.handle(lost), restored(tmp_path / "first"), source)
        rows, waiting = before_the_end(service)
        owned.kill(lost)
    with owned.standing(facts.place("new"), volumes) as new, explained(new):
        owned.handle(new).apply(*kept(volumes))
        service = deploy(owned.handle(new), restored(tmp_path / "second"), source)
        fresh = sent(service)
        service.assert_each_is_one_row([*rows, *waiting, *fresh])
        assert set(stored(service.cluster, NAMESPACE)) == {*rows, *waiting, *fresh}
    for name, ids in (("rows before", rows), ("acknowledged before", waiting), ("after", fresh)):
        count(name, len(ids))
    count("lost", 0)


@contextmanager
def explained(running: local.Running) -> Iterator[None]:
    """A failure says how its pods are: nobody can look later."""
    try:
        yield
    except AssertionError as error:
        error.add_note(namespaces.state(owned.handle(running), NAMESPACE))
        raise


def restored(folder: Path) -> Path:
    """Step 1: from the repository, and nothing that is in nobody's commit."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs the Git repository: these files are not in one")
    folder.mkdir()
    git = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "archive", "HEAD"]
    archive = subprocess.run(git, capture_output=True, check=True).stdout
    subprocess.run(["tar", "--extract", f"--directory={folder}"], input=archive, check=True)
    return folder


def deploy(cluster: Cluster, repository: Path, source: Path) -> gong.Service:
    """Steps 2 to 5, in a cluster that holds no more than volumes."""
    images = owned.images_of(cluster)
    # the registry has what the manifest names
    assert images["gong-webhook"].tag
    cluster.kubectl("apply", f"--filename={repository / MANIFEST}")
    stand_in(
        cluster, NAMESPACE, images["standins"], "redis-service", "snowflake", claimed=("redis-service", "snowflake")
    )
    cluster.kubectl(
        "patch", "configmap/gong-webhook-config", f"--patch={json.dumps({'data': WORLD})}", namespace=NAMESPACE
    )
    injected = cluster.run("bash", "-euc", INJECT, "bash", str(source))
    assert injected.returncode == 0, injected.stderr
    service = gong.Service(cluster, NAMESPACE, Release(cluster, NAMESPACE, gong.CHART, "prod", None))
    verify(service)
    stand_in(cluster, NAMESPACE, images["standins"], "gong", "events")
    return service


def verify(service: gong.Service) -> None:
    for name in (gong.WEB, gong.WORKER):
        service.cluster.kubectl(
            "rollout", "status", f"deployment/{name}", READY, namespace=NAMESPACE, timeout=READY_SECONDS
        )
    pods = service.cluster.kubectl("get", "pods", "-l", "app=gong-webhook-service", "-n", NAMESPACE)
    assert pods.count("Running") == len(service.release.pods("web") + service.release.pods("worker"))
    eventually(lambda: service.metric('gong_webhook_store_up{store="queue"}') == 1, "the queue answers")


def before_the_end(service: gong.Service) -> tuple[list[str], list[str]]:
    """Calls that are rows, and calls that wait for Gong to answer again."""
    cluster = service.cluster
    rows = sent(service)
    service.assert_each_is_one_row(rows)
    cluster.kubectl("scale", "deployment/gong", "--replicas=0", namespace=NAMESPACE)
    cluster.kubectl("wait", "pod", "--selector=stand-in=gong", "--for=delete", READY, namespace=NAMESPACE)
    waiting = sent(service)
    eventually(lambda: service.metric("gong_webhook_queue_depth") == len(waiting), "all wait in the queue")
    assert set(stored(cluster, NAMESPACE)) == set(rows)
    return rows, waiting


def sent(service: gong.Service) -> list[str]:
    """By id, each acknowledged at the first time of asking."""
    with service.load(f"--count={EVENTS}") as load:
        ended = load.wait()
    assert (ended["acknowledged"], ended["errors"]) == (EVENTS, {})
    found: list[str] = ended["ids"]
    return found


def kept(volumes: Path) -> list[dict[str, Any]]:
    """What is in the folder, as volumes that only the claims of the same names get."""
    return [volume(folder, *folder.name.split("_")) for folder in sorted(volumes.iterdir())]


def volume(folder: Path, name: str, namespace: str, claim: str) -> dict[str, Any]:
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "local-path",
        "hostPath": {"path": str(folder)},
        "claimRef": {"namespace": namespace, "name": claim},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}
