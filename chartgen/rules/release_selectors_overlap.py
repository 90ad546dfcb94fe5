"""A workload whose selector matches the pods of another release's: what reads it counts pods that are not its own.

Autoscalers, disruption budgets and `kubectl logs` do, and a controller takes over pods that have lost theirs.
Kubernetes does not refuse it: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector. A Service
over the pods of both, as over stable and canary, is meant, and no workload.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import NamedTuple

from chartgen.manifests.workloads import Labels, labels_of, pod_of, selects
from chartgen.model import KubeObject, Severity, Target, Tree
from chartgen.rules.rule import Complaint, InObject, Part, Rule, Scope
from chartgen.trees import at
from chartgen.values.snapshot import Snapshot


class _Workload(NamedTuple):
    snapshot: Snapshot
    object: KubeObject
    selector: Tree
    labels: Labels


def _workloads(snapshot: Snapshot) -> Iterator[_Workload]:
    for obj in snapshot.manifests:
        pod, selector = pod_of(obj), at(obj.body, ("spec", "selector"))
        # a Job's selector is made for it; a ReplicationController's is the labels themselves
        if pod is not None and isinstance(selector, dict) and obj.id.kind != "Job":
            whole = {"matchLabels": selector} if obj.id.kind == "ReplicationController" else selector
            yield _Workload(snapshot, obj, whole, labels_of(pod))


def _namespace(one: _Workload) -> str:
    return one.object.id.namespace or one.snapshot.target.namespace


def _share_a_cluster(one: Target, other: Target) -> bool:
    """By their contexts; where none is given, environments of one name do, and a track with what it stands beside."""
    if one.context or other.context:
        return one.context == other.context
    return bool({one.environment, one.track_of} & {other.environment, other.track_of} - {""})


def check(snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    for one, other in combinations(snapshots, 2):
        if one.target.release == other.target.release or not _share_a_cluster(one.target, other.target):
            continue
        for mine, theirs in product(_workloads(one), _workloads(other)):
            if _namespace(mine) == _namespace(theirs):
                yield from _complaints(mine, theirs)


def _complaints(one: _Workload, other: _Workload) -> Iterator[Complaint]:
    for selecting, selected in ((one, other), (other, one)):
        if selects(selecting.selector, selected.labels):
            mine, theirs = selecting.snapshot.target, selected.snapshot.target
            yield Complaint(
                f"{selecting.object.id} {selected.object.id}",
                InObject(selecting.snapshot, selecting.object, "selector:"),
                f"the selector of {selecting.object.id} (release {mine.release}) matches"
                f" the pods of {selected.object.id} (release {theirs.release}), which run beside it",
                "select by a label that each release has to itself, such as app.kubernetes.io/instance",
                tuple(each.snapshot.target.environment for each in (one, other)),
            )


RULE = Rule(
    "selectors-overlap",
    Severity.ERROR,
    "workloads of two releases select each other's pods",
    Scope.REPOSITORY,
    Part.MANIFESTS,
    check,
)
