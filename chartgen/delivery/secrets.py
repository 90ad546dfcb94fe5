"""Applying Secrets: all are looked at and tried by a dry run before the first is written.

Server-side apply owns the keys that it sets, and takes away those that it has set before and that are not meant any
more. Those of others it leaves: they are told, and removed where that is asked for.
https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from itertools import groupby
from typing import NamedTuple

from chartgen.cluster.session import Cluster, Place, named, open_clusters
from chartgen.delivery import owners
from chartgen.delivery.changes import MANAGER, essence, outcome, strangers
from chartgen.delivery.desired import Desired, Wanted, read
from chartgen.delivery.origins import Origins
from chartgen.delivery.rotation import ROTATED_AT, ROTATION_DAYS, rotated_at
from chartgen.errors import ClusterError, RefusedError
from chartgen.kube.wellknown import LAST_APPLIED, MANAGED_BY
from chartgen.model import NOTHING, Tree
from chartgen.outcomes import AppliedSecret, AppliedSecrets

Progress = Callable[[str], None]


class Plan(NamedTuple):
    """One Secret: as it is, as a dry run foresees it, and the merge patch that removes what apply leaves."""

    desired: Desired
    cluster: Cluster
    place: Place
    body: Mapping[str, Tree]
    live: Mapping[str, Tree] | None
    foreseen: Mapping[str, Tree]
    removal: Mapping[str, Tree]

    @property
    def is_so(self) -> bool:
        """Whether nothing is to be written."""
        return self.live is not None and not self.removal and essence(self.live) == essence(self.foreseen)


class Way(NamedTuple):
    """How it is done: `prune` removes keys of others, `dry_run` writes nothing, `now` is in UTC."""

    now: datetime
    prune: bool = False
    dry_run: bool = False


def apply(wanted: Sequence[Wanted], sources: Origins, way: Way, progress: Progress) -> list[AppliedSecrets]:
    """Each chart's Secrets. Raises SourceError, ConfigError, ClusterError."""
    with open_clusters(each.target for each in wanted) as clusters:
        progress("reading the values")
        desired = read(wanted, sources)
        progress("asking the clusters")
        looked = [_look(each, clusters[named(each.target)], way) for each in desired]
        _check_owners(looked)
        plans = [_try(each, way) for each in looked]
        if not way.dry_run:
            _write(plans, progress)
    return [
        AppliedSecrets(target, tuple(map(_outcome, some)), way.dry_run)
        for target, some in groupby(plans, key=lambda plan: plan.desired.target)
    ]


def _outcome(plan: Plan) -> AppliedSecret:
    return outcome(plan.desired, plan.live, plan.foreseen, plan.removal)


def _look(desired: Desired, cluster: Cluster, way: Way) -> Plan:
    place = Place("v1", "Secret", desired.target.namespace, desired.entry.name)
    try:
        live = cluster.get(place)
    except ClusterError as error:
        raise _refused(desired, error, "nothing is written") from None
    return Plan(desired, cluster, place, _body(desired, live, way.now), live, NOTHING, NOTHING)


def _body(desired: Desired, live: Mapping[str, Tree] | None, now: datetime) -> dict[str, Tree]:
    """What is applied: `data`, as `stringData` cannot be owned; what has changed since it was looked at is refused."""
    data = {key: b64encode(value.encode()).decode() for key, value in desired.data.items()}
    version = {"resourceVersion": live["metadata"]["resourceVersion"]} if live else {}
    annotations = {
        ROTATED_AT: rotated_at(live, data, now),
        ROTATION_DAYS: str(desired.entry.rotation_days),
        "secrets/source": desired.source,
    }
    metadata = {"name": desired.entry.name, "labels": {MANAGED_BY: owners.OURS}, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata | version, "type": owners.OPAQUE, "data": data}


def _check_owners(plans: Sequence[Plan]) -> None:
    found = [
        f"{plan.desired.entry.name} in {plan.place.namespace} {words}"
        for plan in plans
        if plan.live and (words := owners.objection(plan.live))
    ]
    if found:
        raise ClusterError("\n  ".join(["nothing is written: a Secret is somebody else's", *found]))


def _try(plan: Plan, way: Way) -> Plan:
    """Rights, quotas and admission refuse here whatever they would refuse later."""
    try:
        foreseen = plan.cluster.apply(plan.body, plan.place, MANAGER, dry_run=True)
        removal = _removal(plan, foreseen, way)
        if removal and plan.live:
            body = _at(removal, plan.live)
            plan.cluster.patch(plan.place, body, MANAGER, dry_run=True)
    except ClusterError as error:
        raise _refused(plan.desired, error, "nothing is written") from None
    return plan._replace(foreseen=foreseen, removal=removal)


def _removal(plan: Plan, foreseen: Mapping[str, Tree], way: Way) -> dict[str, Tree]:
    """Such an annotation of `kubectl apply` holds the values that were applied, for whoever may see metadata."""
    found: dict[str, Tree] = {}
    if LAST_APPLIED in (foreseen["metadata"].get("annotations") or NOTHING):
        found["metadata"] = {"annotations": {LAST_APPLIED: None}}
    unmeant = strangers(plan.desired, foreseen) if way.prune else ()
    return found | ({"data": {each.key: None for each in unmeant}} if unmeant else {})


def _at(removal: Mapping[str, Tree], seen: Mapping[str, Tree]) -> dict[str, Tree]:
    """A merge patch that is refused where the Secret has changed since it was seen."""
    metadata = removal.get("metadata", {}) | {"resourceVersion": seen["metadata"]["resourceVersion"]}
    return {**removal, "metadata": metadata}


def _write(plans: Sequence[Plan], progress: Progress) -> None:
    written: list[str] = []
    for plan in plans:
        if plan.is_so:
            continue
        progress(f"writing {plan.desired.entry.name}")
        try:
            # what is made meanwhile has not been looked at: its values are not taken over
            now = plan.cluster.apply(plan.body, plan.place, MANAGER, force=plan.live is not None)
            if plan.removal:
                plan.cluster.patch(plan.place, _at(plan.removal, now), MANAGER)
        except ClusterError as error:
            is_refused = isinstance(error, RefusedError) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR
            raise _refused(plan.desired, error, _so_far(plans, written, is_sure=is_refused)) from None
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_so_far(plans, written, is_sure=False)) from None
        written.append(plan.desired.entry.name)


def _so_far(plans: Sequence[Plan], written: Sequence[str], *, is_sure: bool) -> str:
    left = [plan.desired.entry.name for plan in plans if not plan.is_so and plan.desired.entry.name not in written]
    doubtful = "" if is_sure else f"; {left[0]} may be written or not"
    return f"written: {', '.join(written) or 'nothing'}; not finished: {', '.join(left)}{doubtful}"


def _refused(desired: Desired, error: ClusterError, state: str) -> ClusterError:
    return ClusterError(f"{desired.entry.name}: {error.message}", hint=state, target=desired.target)
