"""What stands in a cluster of the objects of a release, and what would stand there once it is deployed.

The API server says the latter, by a dry run of what Helm would apply:
https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import NamedTuple, TypeAlias

from chartgen.cluster.session import JSON_PATCH, Cluster, Place
from chartgen.errors import RefusedError
from chartgen.kube.clientside import handed_over
from chartgen.kube.ownership import Manager, managers
from chartgen.kube.wellknown import MANAGED_BY, RELEASE_NAME, RELEASE_NAMESPACE, RESOURCE_POLICY
from chartgen.model import KubeObject, ObjectId, Target, Tree

Body: TypeAlias = Mapping[str, Tree]
HELM = "helm"
"""The field manager of the program helm."""
UNABLE = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
"""Statuses that say nothing of the object. 500 is none: it is also what data that is no base64 gets."""
SERVERS_OWN = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "managedFields",
)
"""What of the metadata the API server says by itself."""


class Standing(NamedTuple):
    """One object: as it is in the cluster, as it would be once deployed, and as Helm last put it there.

    Each is None where it is not there. `managers` are those of the live one, `helm` Helm itself in the deployed one.
    `unseen` says in words why the cluster could not be asked: then the live one is as Helm recorded it, and `seen` is
    what could be seen of it all the same. `notes` are sentences on what else holds for it.
    """

    object: KubeObject
    live: KubeObject | None
    deployed: KubeObject | None
    released: KubeObject | None
    managers: tuple[Manager, ...] = ()
    helm: tuple[Manager, ...] = ()
    unseen: str = ""
    seen: KubeObject | None = None
    notes: tuple[str, ...] = ()


class _Unseen(Exception):  # noqa: N818 - it says what happened
    """Why the cluster could not be asked about one object."""


class Before(NamedTuple):
    """What Helm has put into the cluster; by itself, and not by the API server, where it `is_client_side`."""

    objects: Sequence[KubeObject] = ()
    is_client_side: bool = False


def standings(
    cluster: Cluster,
    target: Target,
    wanted: Sequence[KubeObject],
    released: Before,
    *,
    told: Callable[[int], None] = lambda _: None,
) -> Iterator[Standing]:
    """Each object that is `wanted` or was `released`, but for hooks. Raises ClusterError where nothing can be asked."""
    before, after = (
        {_id(obj, target): obj for obj in some if not obj.events and not obj.generated}
        for some in (released.objects, wanted)
    )
    asking = _Asking(cluster, target, is_client_side=released.is_client_side)
    for number, obj_id in enumerate(dict.fromkeys((*after, *before)), 1):
        told(number)
        yield asking.standing(before.get(obj_id), after.get(obj_id))
    for obj in wanted:
        if obj.generated and not obj.events:
            yield Standing(obj, None, obj, None, unseen="Helm applies no object that has no name of its own")


def _id(obj: KubeObject, target: Target) -> ObjectId:
    """Which object of the cluster it is, whether or not it states its namespace."""
    return obj.id._replace(namespace=obj.id.namespace or target.namespace)


def is_deleted(standing: Standing) -> bool:
    """Whether Helm deletes the object when it is deployed: it is no longer wanted, and not to be kept.

    Helm asks the live object that: https://github.com/helm/helm/blob/main/pkg/kube/client.go
    """
    live = standing.live or standing.object
    annotations = live.body.get("metadata", {}).get("annotations") or {}
    return standing.deployed is None and annotations.get(RESOURCE_POLICY) != "keep"


class _Asking:
    def __init__(self, cluster: Cluster, target: Target, *, is_client_side: bool) -> None:
        self._cluster = cluster
        self._target = target
        self._is_client_side = is_client_side

    def standing(self, was: KubeObject | None, will: KubeObject | None) -> Standing:
        obj = next(one for one in (will, was) if one)
        seen: KubeObject | None = None
        try:
            live = self._live(obj)
            seen = _as_object(obj, live)
            deployed = self._deployed(will, was, live) if will else None
        except _Unseen as unseen:
            return Standing(obj, was, will, was, unseen=str(unseen), seen=seen)
        released, doubt = self._released(was, will, live, deployed)
        return Standing(
            obj,
            seen,
            _as_object(obj, deployed),
            _as_object(obj, released) or was,
            tuple(managers(live)) if live else (),
            tuple(one for one in managers(deployed) if one.name == HELM) if deployed else (),
            notes=tuple(filter(None, (doubt, *self._notes(obj, was, live)))),
        )

    def _notes(self, obj: KubeObject, was: KubeObject | None, live: Body | None) -> Iterator[str]:
        metadata = (live or {}).get("metadata", {})
        if metadata.get("deletionTimestamp"):
            yield f"{obj.id} is being deleted"
        if live and not was and not _is_of(metadata, self._target):
            yield f"{obj.id} is there and of no release of this name: Helm refuses it without --take-ownership"

    def _live(self, obj: KubeObject) -> Body | None:
        place = Place.of(obj.body, self._target.namespace)
        if (place.version, place.kind) not in self._cluster.resources:
            raise _Unseen(f"the cluster has no kind {place.kind} in {place.version}")
        return self._asked(lambda: self._cluster.get(place))

    def _deployed(self, will: KubeObject, was: KubeObject | None, live: Body | None) -> Body | None:
        found = self._dry_run(will)
        patch = handed_over(found, live, HELM) if found and live and was and self._is_client_side else []
        if not patch:
            return found
        place = Place.of(will.body, self._target.namespace)
        ask = partial(self._cluster.patch, place, patch, HELM, dry_run=True, content=JSON_PATCH)
        # who has set what, the dry run of Helm's own apply knows
        patched = self._asked(ask)
        return patched and {**patched, "metadata": {**patched["metadata"], "managedFields": _fields(found)}}

    def _released(
        self, was: KubeObject | None, will: KubeObject | None, live: Body | None, deployed: Body | None
    ) -> tuple[Body | None, str]:
        """Where it cannot be asked, all is taken for as it was released."""
        if not was or not live:
            return None, ""
        if will and was.body == will.body and not self._is_client_side:
            return deployed, ""
        try:
            if (str(was.body.get("apiVersion")), was.id.kind) in self._cluster.resources:
                return self._dry_run(was), ""
        except _Unseen:
            pass
        return live, f"What of {was.id} is drift is not known: the cluster does not take what was released any more"

    def _dry_run(self, obj: KubeObject) -> Body | None:
        body = as_applied(obj.body, self._target)
        place = Place.of(body, self._target.namespace)
        return self._asked(lambda: self._cluster.apply(body, place, HELM, dry_run=True))

    def _asked(self, ask: Callable[[], Body | None]) -> Body | None:
        try:
            return ask()
        except RefusedError as error:
            if error.is_for_want_of_rights:
                raise _Unseen(error.message) from None
            if error.status in UNABLE and not error.is_of_a_check:
                raise
            raise _Unseen(f"a deployment would be refused: {error.message}") from None


def _fields(body: Body | None) -> Tree:
    return (body or {}).get("metadata", {}).get("managedFields")


def _is_of(metadata: Body, target: Target) -> bool:
    """https://github.com/helm/helm/blob/main/pkg/action/validate.go, checkOwnership."""
    own = metadata.get("annotations") or {}
    named = own.get(RELEASE_NAME), own.get(RELEASE_NAMESPACE)
    return named == (target.release, target.namespace) and (metadata.get("labels") or {}).get(MANAGED_BY) == "Helm"


def as_applied(body: Body, target: Target) -> dict[str, Tree]:
    """An object with what Helm adds to it.

    https://github.com/helm/helm/blob/main/pkg/action/validate.go, setMetadataVisitor
    """
    metadata = body.get("metadata") or {}
    own = {RELEASE_NAME: target.release, RELEASE_NAMESPACE: target.namespace}
    labels = {**(metadata.get("labels") or {}), MANAGED_BY: "Helm"}
    annotations = {**(metadata.get("annotations") or {}), **own}
    return {**body, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def _as_object(obj: KubeObject, body: Body | None) -> KubeObject | None:
    """What the API server gives of an object, without what it says by itself."""
    if body is None:
        return None
    metadata = {name: value for name, value in body["metadata"].items() if name not in SERVERS_OWN}
    shown = {name: value for name, value in body.items() if name != "status"}
    return KubeObject(obj.id, {**shown, "metadata": metadata}, obj.template)
