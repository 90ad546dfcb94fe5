"""What in a cluster is not as Helm has put it there, who did it, and what of it a deployment leaves alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chartgen.diff.differences import differences, value_at
from chartgen.kube.ownership import CONTROL_PLANE, Manager, owned, owners
from chartgen.model import ABSENT, KubeObject, ObjectPath
from chartgen.results import Change, Drift, Kept, ObjectDiff, Pair
from chartgen.sources.live import HELM, Standing
from chartgen.states.explaining import meet
from chartgen.trees import same

UNKNOWN = Drift()


def with_drift(change: Change, standing: Standing, *, is_deployed: bool) -> Change:
    """A change from what is live to what would be deployed; with who made it, where Helm has put something else.

    Where the release is not deployed, as after an install that failed, Helm may have put there only a part of it.
    """
    if standing.unseen or same(_value(standing.live, change.path), _value(standing.released, change.path)):
        return change
    drift = _by(standing.managers, change.path)
    is_helms = drift == UNKNOWN or drift.manager == HELM
    return change if is_helms and not is_deployed else change._replace(drift=drift)


def dropped(diff: ObjectDiff, standing: Standing, was: KubeObject, will: KubeObject) -> ObjectDiff:
    """What Helm takes out of an object that it applied by itself, as Helm 3 does, and now has the API server apply.

    Helm first makes the fields its own as the API server counts them, which a dry run cannot:
    https://github.com/helm/helm/blob/main/pkg/kube/client.go, upgradeClientSideFieldManager
    """
    found = list(diff.changes)
    for one in differences(Pair(was, will)).changes:
        value = _value(standing.live, one.path)
        others = [manager for manager in owners(standing.managers, one.path) if manager.name != HELM]
        is_told = any(meet(change.path, one.path) for change in diff.changes)
        if one.after is ABSENT and one.path and value is not ABSENT and not others and not is_told:
            found.append(Change(one.path, value, ABSENT))
    return diff._replace(changes=tuple(found))


def kept(standing: Standing) -> Iterator[Kept]:
    """What others than Helm and Kubernetes have set in an object, and a deployment does not take back."""
    for manager in standing.managers:
        if manager.name == HELM or manager.name in CONTROL_PLANE or standing.deployed is None:
            continue
        paths = [path for path in owned(manager) if owners((*standing.helm, manager), path) == [manager]]
        if paths:
            yield Kept(standing.object.id, tuple(paths), _drift(manager))


def _value(obj: KubeObject | None, path: ObjectPath) -> object:
    if not path:  # the object itself: whether it is there
        return obj is not None
    return ABSENT if obj is None else value_at(obj, path)


def _by(managers: Iterable[Manager], path: ObjectPath) -> Drift:
    """Who has last set a place; Helm itself only where nobody else has, as after an upgrade that failed half-way."""
    found = owners(managers, path)
    others = [manager for manager in found if manager.name != HELM]
    return next(map(_drift, others or found), UNKNOWN)


def _drift(manager: Manager) -> Drift:
    return Drift(manager.name, manager.subresource, manager.time)
