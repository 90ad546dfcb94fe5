"""What Helm recorded of a release: of each revision the manifest, and the values that it was given.

A record is a Secret (or ConfigMap, by HELM_DRIVER) whose entry is base64 of gzip of JSON:
https://github.com/helm/helm/blob/main/pkg/storage/driver/util.go
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from chartgen.cluster.session import Cluster, Place
from chartgen.errors import ClusterError, RefusedError, UsageError
from chartgen.manifests.splitting import by_template
from chartgen.model import Target, Texts, Tree, Values

DRIVERS = {"": "Secret", "secret": "Secret", "secrets": "Secret", "configmap": "ConfigMap", "configmaps": "ConfigMap"}
DEPLOYED = "deployed"
SUPERSEDED = "superseded"
SERVER_SIDE = "ssa"
MAX_BYTES = 100_000_000
"""Of a record when it is unpacked: more is no release."""


class Release(NamedTuple):
    """One revision of a release. `hooks` are texts like `manifest`, by template.

    `values` are those that Helm was given beside the chart's own, which are the `defaults`; `chart` is its name and
    version, `content` a digest of all that is recorded of it. `is_server_side` says that its objects were applied by
    the API server, as Helm 4 does, and not by Helm itself. `last` is the last revision that there is, and `newer` says
    in words what became of it where it is a later one.
    """

    revision: int
    status: str
    chart: str
    content: str
    values: Values
    defaults: Values
    manifest: Texts
    hooks: Texts
    is_server_side: bool
    last: int = 0
    newer: str = ""


class _Records(NamedTuple):
    """The records of one release: their names and statuses by revision, the oldest first."""

    cluster: Cluster
    target: Target
    kind: str
    found: Mapping[int, tuple[str, str]]

    def read(self, revision: int) -> Release:
        place = Place("v1", self.kind, self.target.namespace, self.found[revision][0])
        return read(self.cluster.get(place) or {}, revision, self.target)


def _records(cluster: Cluster, target: Target) -> _Records:
    driver = os.environ.get("HELM_DRIVER", "")
    if driver not in DRIVERS:
        raise ClusterError(f"HELM_DRIVER is {driver}: chartgen reads releases from Secrets and ConfigMaps only")
    place = Place("v1", DRIVERS[driver], target.namespace, "")
    try:
        listed = cluster.listed(place, labelSelector=f"owner=helm,name={target.release}")
    except RefusedError as error:
        raise ClusterError(f"Helm's records of {target.release} cannot be read: {error.message}") from None
    metadata = [each["metadata"] for each in listed if str(each["metadata"]["labels"].get("version")).isdecimal()]
    found = {int(each["labels"]["version"]): (each["name"], each["labels"].get("status", "")) for each in metadata}
    return _Records(cluster, target, place.kind, dict(sorted(found.items())))


def current(cluster: Cluster, target: Target) -> Release | None:
    """What an upgrade would start from: what is deployed, else the last revision; None without any release.

    Raises ClusterError.
    """
    records = _records(cluster, target)
    deployed = [number for number, (_, status) in records.found.items() if status == DEPLOYED]
    chosen, last = max(deployed or records.found, default=0), max(records.found, default=0)
    if not chosen:
        return None
    newer = "" if last == chosen else f"revision {last} is {records.found[last][1]}"
    return records.read(chosen)._replace(last=last, newer=newer)


def recorded(cluster: Cluster, target: Target, revision: int = 0) -> Release:
    """A revision, or where none is named the current one. Raises UsageError where there is none; ClusterError."""
    if not revision:
        release = current(cluster, target)
        if release is None:
            raise UsageError(
                f"no release is called {target.release} in namespace {target.namespace} of {cluster.context}",
                hint=f"helm list --kube-context {cluster.context} -n {target.namespace}",
            )
        return release
    records = _records(cluster, target)
    if revision not in records.found:
        known = ", ".join(map(str, records.found)) or "none"
        raise UsageError(f"release {target.release} has no revision {revision}", hint=f"there are: {known}")
    return records.read(revision)._replace(last=max(records.found))


def read(record: Mapping[str, Tree], revision: int, target: Target) -> Release:
    """The release of a record. Raises ClusterError where it is none."""
    try:
        return _parsed(_unpacked(record), revision)
    except (KeyError, TypeError, AttributeError, ValueError, zlib.error, RecursionError):
        raise ClusterError(
            f"Helm's record of revision {revision} of {target.release} cannot be read: it is cut, or not Helm's",
            hint=f"another one: {target.environment}@release:N; see `helm history {target.release}`",
        ) from None


def _unpacked(record: Mapping[str, Tree]) -> Any:
    entry = record["data"]["release"]
    packed = base64.b64decode(entry)
    if "type" in record:  # a Secret
        packed = base64.b64decode(packed)
    unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    text = unzip.decompress(packed, MAX_BYTES)
    if not unzip.eof:
        raise binascii.Error
    return json.loads(text)


def _parsed(found: Mapping[str, Any], revision: int) -> Release:
    metadata = found["chart"]["metadata"]
    return Release(
        revision=revision,
        status=str(found["info"]["status"]),
        chart=f"{metadata['name']} {metadata['version']}",
        content=hashlib.sha256(json.dumps(found["chart"], sort_keys=True).encode()).hexdigest(),
        values=found.get("config") or {},
        defaults=found["chart"].get("values") or {},
        manifest=by_template(found["manifest"]),
        hooks=by_template("".join(map(_printed, found.get("hooks") or ()))),
        is_server_side=found.get("apply_method") == SERVER_SIDE,
    )


def _printed(hook: Mapping[str, str]) -> str:
    return f"---\n# Source: {hook['path']}\n{hook['manifest']}\n"
