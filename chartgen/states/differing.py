"""What differs between two sides, without why: by what was recorded, or by asking the cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias

from chartgen.attribution.factors import Side as Inputs
from chartgen.attribution.factors import charts_of, factors_of, renamings
from chartgen.diff.differences import differences
from chartgen.diff.pairing import pair
from chartgen.model import NOTHING, Manifests, ObjectId, ObjectPath
from chartgen.results import Kept, Left, ObjectDiff, Pair
from chartgen.sources.live import Before, Standing, is_deleted, standings
from chartgen.sources.release import DEPLOYED
from chartgen.sources.sides import LIVE
from chartgen.states import drift
from chartgen.states.knowing import Known

HOOKS = "Hooks are not looked at in a cluster: Helm deletes them before it runs them again"
Moving: TypeAlias = Mapping[ObjectId, Sequence[ObjectPath]]
"""The places of objects that differ from render to render."""


class Differing(NamedTuple):
    """What differs; `objects` are all that was looked at, and `partial` says that something was not."""

    diffs: Sequence[ObjectDiff]
    objects: Manifests
    left: tuple[Left, ...] = ()
    kept: tuple[Kept, ...] = ()
    notes: tuple[str, ...] = ()
    partial: bool = False


def found(
    both: tuple[Known, Known], settled: Sequence[Manifests], *, hooks: bool, told: Callable[[int, int], None]
) -> Differing:
    """`settled` are the objects that the values of each side give, with what moves masked. Raises ClusterError."""
    of_files = [[] if one.state else objects for one, objects in zip(both, settled, strict=True)]
    moves = moving([*chain(*of_files)])
    is_live = [one.state == LIVE for one in both]
    differ = (
        _in_cluster(both, is_live.index(True), hooks=hooks, told=told) if any(is_live) else _recorded(both, hooks=hooks)
    )
    left = [
        Left(diff.id, diff.object.template, path, tuple(one.target.environment for one in both if not one.state))
        for diff in differ.diffs
        for path in moves.get(diff.id, ())
    ]
    return differ._replace(diffs=[still(diff, moves) for diff in differ.diffs], left=(*differ.left, *left))


def moving(settled: Manifests) -> Moving:
    return {obj.id: obj.moving for obj in settled if obj.moving}


def still(diff: ObjectDiff, moves: Moving) -> ObjectDiff:
    """An object without the changes at places that move."""
    paths = moves.get(diff.id, ())
    changes = (one for one in diff.changes if not any(one.path[: len(path)] == path for path in paths))
    return diff._replace(changes=tuple(changes)) if paths else diff


def _recorded(both: tuple[Known, Known], *, hooks: bool) -> Differing:
    inputs = [Inputs(one.target, one.snapshot.values if one.snapshot else NOTHING) for one in both]
    ours, theirs = ([obj for obj in one.objects if hooks or not obj.events] for one in both)
    by_name = renamings(factors_of(*inputs), charts_of([*ours, *theirs]))
    pairs = pair(ours, theirs, (both[0].target.namespace, both[1].target.namespace), by_name)
    return Differing([*map(differences, pairs)], [*both[0].objects, *both[1].objects])


def _in_cluster(both: tuple[Known, Known], index: int, *, hooks: bool, told: Callable[[int, int], None]) -> Differing:
    """`index` is that of the live side."""
    live, other = both[index], both[1 - index]
    if live.cluster is None:  # a live side has one
        raise TypeError(live)
    number = len({obj.id for obj in (*other.objects, *live.recorded)})
    before = Before(live.recorded, bool(live.release and not live.release.is_server_side))
    asked = standings(live.cluster, live.target, other.objects, before, told=lambda done: told(done, number))
    found = [one for one in asked if one.live or one.deployed]
    is_deployed = bool(live.release and live.release.status == DEPLOYED)
    diffs = [_diff(one, is_deployed=is_deployed) for one in found]
    has_hooks = hooks and any(obj.events for obj in other.objects)
    return Differing(
        [*map(_turned, diffs)] if index else diffs,
        [obj for one in found for obj in (*one[:4], one.seen) if obj],
        tuple(
            Left(one.object.id, one.object.template, (), (live.target.environment,), because=one.unseen)
            for one in found
            if one.unseen
        ),
        tuple(chain.from_iterable(map(drift.kept, found))),
        (*chain.from_iterable(one.notes for one in found), *((HOOKS,) if has_hooks else ())),
        partial=has_hooks or any(one.unseen for one in found),
    )


def _diff(standing: Standing, *, is_deployed: bool) -> ObjectDiff:
    """From what is live to what would be deployed."""
    after = standing.deployed if standing.deployed or is_deleted(standing) else standing.live
    diff = differences(Pair(standing.live, after))
    return diff._replace(
        changes=tuple(drift.with_drift(change, standing, is_deployed=is_deployed) for change in diff.changes)
    )


def _turned(diff: ObjectDiff) -> ObjectDiff:
    """The same, seen from the other side."""
    changes = (change._replace(before=change.after, after=change.before) for change in diff.changes)
    return diff._replace(pair=Pair(diff.pair.after, diff.pair.before), changes=tuple(changes))
