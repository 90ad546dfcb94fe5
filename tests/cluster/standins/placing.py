"""Puts the stand-ins into a namespace, and asks them what they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.cluster.handle import Cluster
from tests.cluster.images import Image
from tests.cluster.standins import manifests
from tests.cluster.standins.manifests import EMPTY_DIR, FAKESNOW, SECRETS

READY_SECONDS = 240
NOTHING: Mapping[str, Sequence[str]] = {}


def stand_in(
    cluster: Cluster,
    namespace: str,
    image: Image,
    *names: str,
    claimed: Sequence[str] = (),
    arguments: Mapping[str, Sequence[str]] = NOTHING,
) -> None:
    """Returns when all are ready. `names`: of manifests.STANDINS.

    `claimed`: which of them keep their data in a PersistentVolumeClaim of their name, and not in their pod;
    `arguments`: more words for their command lines, by name.
    """
    made: list[dict[str, Any]] = [manifests.claim(name) for name in claimed]
    for name in names:
        volume = {"persistentVolumeClaim": {"claimName": name}} if name in claimed else EMPTY_DIR
        made += manifests.objects(name, image.reference, volume, arguments.get(name, ()))
    cluster.apply(*made, namespace=namespace)
    for name in names:
        wait_until_ready(cluster, namespace, name)


def wait_until_ready(cluster: Cluster, namespace: str, name: str) -> None:
    command = ["rollout", "status", f"deployment/{name}", f"--timeout={READY_SECONDS}s"]
    cluster.kubectl(*command, namespace=namespace, timeout=2 * READY_SECONDS)


def provide_secrets(cluster: Cluster, namespace: str, *names: str, **changed: str) -> None:
    """All of manifests.SECRETS, which lead the pods to the stand-ins, or some; `changed`: keys of the first one."""
    first, *others = names or SECRETS
    made = [manifests.secret(first, {**SECRETS[first], **changed})]
    made += [manifests.secret(name, SECRETS[name]) for name in others]
    cluster.apply(*made, namespace=namespace)


def rows(cluster: Cluster, namespace: str, sql: str) -> list[list[Any]]:
    """Of the warehouse's tables, which the service creates."""
    command = ["exec", "--stdin", "deployment/snowflake", "--", FAKESNOW, "-m", "tests.cluster.standins.rows"]
    found: list[list[Any]] = json.loads(cluster.kubectl(*command, namespace=namespace, stdin=sql))
    return found


def stored(cluster: Cluster, namespace: str) -> list[str]:
    """The calls that are rows, by id."""
    return [row[0] for row in rows(cluster, namespace, "SELECT call_id FROM calls")]
