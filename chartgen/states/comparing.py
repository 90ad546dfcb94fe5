"""Two sides, of which one at least is recorded or live → what differs, who has made it drift, and why else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import NamedTuple

from chartgen import pipeline
from chartgen.attribution.causes import Progress
from chartgen.attribution.expectations import expect
from chartgen.cluster.session import Cluster, named, open_clusters
from chartgen.config.model import Config
from chartgen.diff.differences import differences
from chartgen.diff.pairing import pair
from chartgen.errors import UsageError
from chartgen.helm.engine import Chart, Engine
from chartgen.model import ObjectId
from chartgen.pipeline import Compared
from chartgen.results import Change, Comparison, ObjectDiff
from chartgen.secrets.hiding import hide
from chartgen.sources.sides import LIVE
from chartgen.states import differing
from chartgen.states.explaining import Explainer
from chartgen.states.knowing import Known, Side, as_in, chart_factor, in_revision, known
from chartgen.values.reading import Reader
from chartgen.values.rendering import calls_of, renders

Both = tuple[Known, Known]
REVISION = (True, ("revision",))
NO_REVISION = (
    "Templates ask for the revision, which is 1 for each render of a helm program: where it is printed, it differs"
)
LOOKUP = "Templates call `lookup`, which finds nothing here: what depends on it may come out otherwise in a deployment"


class Asked(NamedTuple):
    """What is asked of a comparison. `looked` is told how many objects a cluster was asked for, and of how many."""

    why: bool = True
    hooks: bool = True
    config: Config = pipeline.NO_CONFIG
    progress: Progress = lambda *_: None
    looked: Callable[[int, int], None] = lambda *_: None


def compare(before: Side, after: Side, engine: Engine, asked: Asked) -> Comparison:
    """What differs between two sides of a chart, and why. Raises UsageError, ChartgenError."""
    _check(before, after)
    sides = before, after
    with open_clusters(side.target for side in sides if side.name.state) as clusters:
        # files are rendered for the cluster that they would go to
        return _compare(sides, [clusters.get(named(side.target)) for side in sides], engine, asked)


def _check(before: Side, after: Side) -> None:
    for live, other in ((before, after), (after, before)):
        if live.name.state != LIVE:
            continue
        if other.name.state == LIVE:
            raise UsageError("both sides are live", hint="compare each with what was released: ENV@release ENV@live")
        if any(
            getattr(live.target, name) != getattr(other.target, name) for name in ("context", "namespace", "release")
        ):
            name = live.name.environment
            raise UsageError(
                f"{name}@live can be compared with what would be deployed there",
                hint=f"write {name}, or {name}@release, as the other side",
            )


def _compare(sides: tuple[Side, Side], there: Sequence[Cluster | None], engine: Engine, asked: Asked) -> Comparison:
    targets = [as_in(one, side.target) for side, one in zip(sides, there, strict=True)]
    chart, reader = engine.open_chart(*targets), Reader(engine)
    calls = chart.calls
    asked_of = [Side(target, side.name) for target, side in zip(targets, sides, strict=True)]
    both = _known(asked_of, there, chart, reader)
    before, after = both
    by_values = _by_values(both, calls, asked)
    found = differing.found(both, by_values.objects, hooks=asked.hooks, told=asked.looked)
    comparison = by_values.comparison._replace(
        before=before.target,
        after=after.target,
        objects=tuple(_explained(list(found.diffs), both, by_values)),
        left=found.left,
        kept=found.kept,
        partial=by_values.comparison.partial or found.partial,
        notes=tuple(filter(None, dict.fromkeys((before.note, after.note, *found.notes, *_rendered(both, chart))))),
    )
    comparison = _with_settings(comparison, both)
    objects = [*found.objects, *chain(*by_values.objects)]
    public = [each.key for each in asked.config.public]
    # values may be of keys that the chart has no more
    recorded = [values for one in both if one.release for values in (one.release.values, one.release.defaults)]
    return hide(expect(comparison, asked.config.expected), objects, [*by_values.values, *recorded], public)


def _known(asked: Sequence[Side], there: Sequence[Cluster | None], chart: Chart, reader: Reader) -> Both:
    """Of files as they would be deployed next, by the revision that comes after the last of the other side's."""
    states = [
        known(one, cluster, chart, reader) if one.name.state else None
        for one, cluster in zip(asked, there, strict=True)
    ]
    last = max((one.release.last for one in states if one and one.release), default=0)
    before, after = (
        state or known(in_revision(one, last + 1, chart), cluster, chart, reader)
        for state, one, cluster in zip(states, asked, there, strict=True)
    )
    return before, after


def _by_values(both: Both, calls: AbstractSet[str], asked: Asked) -> Compared:
    """What the values of the two make of the chart at hand; of one of them alone where the other has none."""
    snapshots = [one.snapshot for one in both if one.snapshot]
    if not snapshots:
        return Compared(Comparison(both[0].target, both[1].target, ()), ((), ()), ())
    ends = snapshots[0], snapshots[-1]
    why = asked.why and len(snapshots) == len(both)
    all_calls = calls_of(calls, ends)
    printed = renders(ends, all_calls)
    return pipeline.compare_rendered(ends, all_calls, printed, why=why, hooks=asked.hooks, progress=asked.progress)


def _explained(diffs: Sequence[ObjectDiff], both: Both, by_values: Compared) -> Iterator[ObjectDiff]:
    if by_values.comparison.factors is None:
        yield from diffs
        return
    by_chart = _by_chart(diffs, both, by_values)
    explainer = Explainer(by_values.comparison, by_chart, chart_factor(*both))
    yield from map(explainer.explained, diffs)


def _by_chart(diffs: Sequence[ObjectDiff], both: Both, by_values: Compared) -> dict[ObjectId, list[Change]]:
    """Where the recorded values do not give what was recorded: the chart, or its subcharts, are others.

    By the objects as `diffs` call them, which is as the later side does.
    """
    found: dict[ObjectId, list[Change]] = defaultdict(list)
    if len({one.release.content if one.release else "" for one in both}) == 1:
        return found
    for side, (one, settled) in enumerate(zip(both, by_values.objects, strict=True)):
        if one.release and one.snapshot:
            called = {obj.id: diff.id for diff in diffs if (obj := diff.pair[side])}
            spaces = one.target.namespace, one.target.namespace
            moving = differing.moving(settled)
            for each in pair(one.recorded, one.snapshot.manifests, spaces):
                diff = differing.still(differences(each), moving)
                found[called.get(diff.id, diff.id)] += diff.changes
    return found


def _with_settings(comparison: Comparison, both: Both) -> Comparison:
    """With the chart among the factors, where it is a cause; without the revision, which always differs, where not."""
    if comparison.factors is None:
        return comparison
    chart = chart_factor(*both)
    causes = (change.cause.factors for change in comparison.changes if change.cause)
    causing = {factor.id for factor in chain(*causes)}
    factors = [one for one in (*comparison.factors, chart) if one.id in causing or one.id not in {REVISION, chart.id}]
    return comparison._replace(factors=tuple(factors))


def _rendered(both: Both, chart: Chart) -> Iterator[str]:
    if any(not one.state for one in both) and "lookup" in chart.asks:
        yield LOOKUP
    if not chart.sets_revision and "Revision" in chart.asks:
        yield NO_REVISION
