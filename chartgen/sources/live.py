"""What stands in a cluster of the objects of a release, and what would stand there once it is deployed.

The API server says the latter, by a dry run of what Helm would apply:
https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple, TypeAlias

from chartgen.cluster.session import Cluster, Place
from chartgen.errors import RefusedError
from chartgen.kube.ownership import Manager, managers
from chartgen.model import KubeObject, Target, Tree

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
SERVERS_OWN = ("uid", "resourceVersion", "generation", "creationTimestamp", "selfLink", "managedFields")
"""What of the metadata the API server says by itself."""
KEEP = "helm.sh/resource-policy"


class Standing(NamedTuple):
    """One object: as it is in the cluster, as it would be once deployed, and as Helm last put it there.

    Each is None where it is not there. `managers` are those of the live one, `helm` Helm itself in the deployed one.
    `unseen` says in words why the cluster could not be asked: then the live one is as Helm recorded it.
    """

    object: KubeObject
    live: KubeObject | None
    deployed: KubeObject | None
    released: KubeObject | None
    managers: tuple[Manager, ...] = ()
    helm: tuple[Manager, ...] = ()
    unseen: str = ""


class _Unseen(Exception):  # noqa: N818 - it says what happened
    """Why the cluster could not be asked about one object."""


def standings(
    cluster: Cluster,
    target: Target,
    wanted: Sequence[KubeObject],
    released: Sequence[KubeObject],
    *,
    told: Callable[[int], None] = lambda _: None,
) -> Iterator[Standing]:
    """Each object that is `wanted` or was `released`, but for hooks. Raises ClusterError where nothing can be asked."""
    before = {obj.id: obj for obj in released if not obj.events}
    after = {obj.id: obj for obj in wanted if not obj.events and not obj.generated}
    asking = _Asking(cluster, target)
    for number, obj_id in enumerate(dict.fromkeys((*after, *before)), 1):
        told(number)
        was, will = before.get(obj_id), after.get(obj_id)
        try:
            yield asking.standing(was, will)
        except _Unseen as unseen:
            yield Standing(_one(was, will), was, will, was, unseen=str(unseen))


def is_deleted(standing: Standing) -> bool:
    """Whether Helm deletes the object when it is deployed: it is no longer wanted, and not to be kept."""
    annotations = standing.object.body.get("metadata", {}).get("annotations") or {}
    return standing.deployed is None and annotations.get(KEEP) != "keep"


def _one(was: KubeObject | None, will: KubeObject | None) -> KubeObject:
    return next(obj for obj in (will, was) if obj)


class _Asking:
    def __init__(self, cluster: Cluster, target: Target) -> None:
        self._cluster = cluster
        self._target = target

    def standing(self, was: KubeObject | None, will: KubeObject | None) -> Standing:
        obj = _one(was, will)
        place = Place.of(obj.body, self._target.namespace)
        if (place.version, place.kind) not in self._cluster.resources:
            raise _Unseen(f"the cluster has no kind {place.kind} in {place.version}")
        live = self._asked(lambda: self._cluster.get(place))
        deployed = will and self._dry_run(will)
        if not was or not live:
            released = None
        elif will and was.body == will.body:
            released = deployed
        else:
            released = self._dry_run(was)
        return Standing(
            obj,
            _as_object(obj, live),
            _as_object(obj, deployed),
            _as_object(obj, released) or was,
            tuple(managers(live)) if live else (),
            tuple(one for one in managers(deployed) if one.name == HELM) if deployed else (),
        )

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


def as_applied(body: Body, target: Target) -> dict[str, Tree]:
    """An object with what Helm adds to it.

    https://github.com/helm/helm/blob/main/pkg/action/validate.go, setMetadataVisitor
    """
    metadata = body.get("metadata") or {}
    own = {"meta.helm.sh/release-name": target.release, "meta.helm.sh/release-namespace": target.namespace}
    labels = {**(metadata.get("labels") or {}), "app.kubernetes.io/managed-by": "Helm"}
    annotations = {**(metadata.get("annotations") or {}), **own}
    return {**body, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def _as_object(obj: KubeObject, body: Body | None) -> KubeObject | None:
    """What the API server gives of an object, without what it says by itself."""
    if body is None:
        return None
    metadata = {name: value for name, value in body["metadata"].items() if name not in SERVERS_OWN}
    shown = {name: value for name, value in body.items() if name != "status"}
    return KubeObject(obj.id, {**shown, "metadata": metadata}, obj.template)
