"""What in a cluster is not as Helm has put it there, who did it, and what of it a deployment leaves alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chartgen.diff.differences import value_at
from chartgen.kube.ownership import CONTROL_PLANE, Manager, owned, owners
from chartgen.model import ABSENT, KubeObject, ObjectPath
from chartgen.results import Change, Drift, Kept
from chartgen.sources.live import HELM, Standing
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


def kept(standing: Standing) -> Iterator[Kept]:
    """What others than Helm and Kubernetes have set in an object, and a deployment does not take back."""
    for manager in standing.managers:
        if manager.name == HELM or manager.name in CONTROL_PLANE or standing.deployed is None:
            continue
        paths = [path for path in owned(manager) if owners((*standing.helm, manager), path) == [manager]]
        if paths:
            yield Kept(standing.object.id, standing.object.template, tuple(paths), _drift(manager))


def _value(obj: KubeObject | None, path: ObjectPath) -> object:
    if not path:  # the object itself: whether it is there
        return obj is not None
    return ABSENT if obj is None else value_at(obj, path)


def _by(managers: Iterable[Manager], path: ObjectPath) -> Drift:
    """Who has last set a place; Helm itself only where nobody else has, as after an upgrade that failed half-way."""
    found = owners(managers, path)
    others = [manager for manager in found if manager.name != HELM]
    # of a list's items some may be one's, and some another's
    is_sure = len({one.name for one in others}) < 2 or others[0].depth(path) == len(path)  # noqa: PLR2004 - more than one
    return next(map(_drift, others or found), UNKNOWN) if is_sure else UNKNOWN


def _drift(manager: Manager) -> Drift:
    return Drift(manager.name, manager.subresource, manager.time)
