"""A cluster that is known to be the one that is meant, and the objects in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote

from chartgen.cluster import kubectl
from chartgen.cluster.api import SECONDS, Api
from chartgen.errors import ClusterError, ConfigError, RefusedError
from chartgen.model import Mark, Target, Tree
from chartgen.threads import lazy

DISCOVERY = "APIGroupDiscoveryList"
ACCEPT = ",".join(f"application/json;g=apidiscovery.k8s.io;v={version};as={DISCOVERY}" for version in ("v2", "v2beta1"))
APPLY = "application/apply-patch+yaml"
"""Of which JSON is a part."""
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
NOT_FOUND = 404
UID_OF = "kube-system"
"""The namespace whose UID tells a cluster from all others."""


class Resource(NamedTuple):
    """What the API calls a kind in URLs, and whether its objects stand in namespaces."""

    plural: str
    namespaced: bool


class Place(NamedTuple):
    """Where an object is, or is to be."""

    version: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, body: Mapping[str, Tree], namespace: str) -> Place:
        """Of an object whose release is in `namespace`."""
        metadata = body.get("metadata") or {}
        own = metadata.get("namespace") or namespace
        return cls(str(body.get("apiVersion")), str(body.get("kind")), str(own), str(metadata.get("name")))


class Cluster:
    """The cluster of a context."""

    def __init__(self, api: Api, context: str) -> None:
        self.api = api
        self.context = context

    @lazy
    def version(self) -> str:
        """Of Kubernetes, as v1.34.4."""
        answer = self.api.request("GET", "/version")
        if "gitVersion" not in answer:
            raise ClusterError(f"what answers by context {self.context} is no Kubernetes")
        return str(answer["gitVersion"])

    @lazy
    def resources(self) -> Mapping[tuple[str, str], Resource]:
        """By apiVersion and kind. Raises ClusterError."""
        found: dict[tuple[str, str], Resource] = {}
        for root in ("/api", "/apis"):
            answer = self.api.request("GET", root, accept=ACCEPT)
            if answer.get("kind") != DISCOVERY:
                raise ClusterError("its Kubernetes is older than 1.27", hint="chartgen needs 1.27 or newer")
            found |= _resources(answer["items"])
        return found

    @property
    def api_versions(self) -> tuple[str, ...]:
        """What templates see as `.Capabilities.APIVersions`: `apps/v1` and `apps/v1/Deployment`."""
        versions = dict.fromkeys(version for version, _ in self.resources)
        return (*versions, *(f"{version}/{kind}" for version, kind in self.resources))

    def path(self, place: Place, *, collection: bool = False) -> str:
        """The URL of an object, or of all of its kind there. Raises ClusterError where the cluster lacks the kind."""
        resource = self.resources.get((place.version, place.kind))
        if resource is None:
            raise ClusterError(f"the cluster has no kind {place.kind} in {place.version}")
        root = f"/apis/{place.version}" if "/" in place.version else f"/api/{place.version}"
        scope = f"/namespaces/{quote(place.namespace, safe='')}" if resource.namespaced else ""
        return f"{root}{scope}/{resource.plural}" + ("" if collection else f"/{quote(place.name, safe='')}")

    def get(self, place: Place) -> Mapping[str, Tree] | None:
        """An object; None where there is none. Raises ClusterError."""
        try:
            found: Mapping[str, Tree] = self.api.request("GET", self.path(place))
        except RefusedError as error:
            if error.status == NOT_FOUND:
                return None
            raise
        return found

    def listed(self, place: Place, **query: str) -> list[Mapping[str, Tree]]:
        """The metadata of the objects of a kind in a namespace, by `labelSelector` and so on. Raises ClusterError."""
        answer = self.api.request("GET", self.path(place, collection=True), query, accept=METADATA)
        found: list[Mapping[str, Tree]] = answer.get("items") or []
        return found

    def apply(
        self, body: Mapping[str, Tree], place: Place, manager: str, *, dry_run: bool = False, force: bool = True
    ) -> Mapping[str, Tree]:
        """The object as it is once this is applied, server-side; by `force` fields of others are taken over.

        Raises ClusterError.
        """
        query = {"fieldManager": manager, "force": str(force).lower()} | ({"dryRun": "All"} if dry_run else {})
        found: Mapping[str, Tree] = self.api.request("PATCH", self.path(place), query, body, content=APPLY)
        return found

    def patch(
        self, place: Place, body: object, manager: str, *, dry_run: bool = False, content: str = MERGE
    ) -> Mapping[str, Tree]:
        """The object with a patch. Raises ClusterError."""
        query = {"fieldManager": manager} | ({"dryRun": "All"} if dry_run else {})
        found: Mapping[str, Tree] = self.api.request("PATCH", self.path(place), query, body, content=content)
        return found


def _resources(groups: list[Any]) -> Iterator[tuple[tuple[str, str], Resource]]:
    for group in groups:
        name = str((group.get("metadata") or {}).get("name") or "")
        for version in group["versions"]:
            spelled = f"{name}/{version['version']}" if name else str(version["version"])
            for each in version.get("resources", ()):
                kind = (each.get("responseKind") or {}).get("kind")
                if kind:
                    is_namespaced = each["scope"] == "Namespaced"
                    yield (
                        (spelled, str(kind)),
                        Resource(str(each["resource"]), is_namespaced),
                    )


@contextmanager
def open_cluster(target: Target, seconds: float = SECONDS) -> Iterator[Cluster]:
    """The cluster of a target's context, which chartgen.yaml names. Raises ConfigError, ClusterError."""
    if not target.context:
        where = target.marks.get("context", Mark("chartgen.yaml"))
        raise ConfigError(
            f"{target.chart} {target.environment}: chartgen.yaml names no `context`, so its cluster is not known",
            where=where,
            hint="the names that kubectl knows: kubectl config get-contexts -o name",
        )
    with kubectl.proxy(target.context) as socket, closing(Api(socket, target.context, seconds)) as api:
        cluster = Cluster(api, target.context)
        _check(cluster, target)
        yield cluster


def named(target: Target) -> tuple[str, str]:
    """What a target's cluster is known by: its context, and its UID where chartgen.yaml says it."""
    return target.context, target.cluster_uid


@contextmanager
def open_clusters(targets: Iterable[Target]) -> Iterator[Mapping[tuple[str, str], Cluster]]:
    """The clusters of some targets, as they are `named`, each opened once. Raises ConfigError, ClusterError."""
    with ExitStack() as stack:
        opened: dict[tuple[str, str], Cluster] = {}
        for target in targets:
            if named(target) not in opened:
                opened[named(target)] = stack.enter_context(open_cluster(target))
        yield opened


def _check(cluster: Cluster, target: Target) -> None:
    if not target.cluster_uid:
        return
    found = cluster.get(Place("v1", "Namespace", "", UID_OF))
    uid = (found or {}).get("metadata", {}).get("uid")
    if uid != target.cluster_uid:
        raise ConfigError(
            f"the cluster of context {target.context} is another one: the UID of its namespace {UID_OF} is {uid}",
            where=target.marks.get("cluster-uid"),
            hint="the kubeconfig may have been written for another cluster by the same name",
        )
