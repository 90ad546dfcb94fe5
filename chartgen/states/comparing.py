"""Two sides, of which one at least is recorded or live → what differs, who has made it drift, and why else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from itertools import chain
from typing import NamedTuple

from chartgen import pipeline
from chartgen.attribution.causes import Progress
from chartgen.attribution.expectations import expect
from chartgen.cluster.session import Cluster, open_cluster
from chartgen.config.model import Config
from chartgen.diff.differences import differences
from chartgen.diff.pairing import pair
from chartgen.errors import UsageError
from chartgen.helm.engine import Engine
from chartgen.pipeline import Compared
from chartgen.results import Comparison, ObjectDiff
from chartgen.secrets.hiding import hide
from chartgen.sources.sides import LIVE
from chartgen.states import differing
from chartgen.states.explaining import Explainer
from chartgen.states.knowing import Known, Side, as_in, chart_factor, known
from chartgen.values.reading import Reader

Both = tuple[Known, Known]


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
    with ExitStack() as stack:
        clusters: dict[str, Cluster] = {}
        for side in (before, after):
            if side.name.state and side.target.context not in clusters:
                clusters[side.target.context] = stack.enter_context(open_cluster(side.target))
        return _compare((before, after), clusters, engine, asked)


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


def _compare(sides: tuple[Side, Side], clusters: dict[str, Cluster], engine: Engine, asked: Asked) -> Comparison:
    there = [clusters.get(side.target.context) for side in sides]
    targets = [as_in(one, side.target) for side, one in zip(sides, there, strict=True)]
    chart, reader = engine.open_chart(*targets), Reader(engine)
    calls = chart.calls
    before, after = (
        known(Side(target, side.name), one, chart, reader)
        for target, side, one in zip(targets, sides, there, strict=True)
    )
    both = before, after
    by_values = _by_values(both, calls, asked)
    found = differing.found(both, by_values.objects, hooks=asked.hooks, told=asked.looked)
    comparison = by_values.comparison._replace(
        before=before.target,
        after=after.target,
        objects=tuple(_explained(found.diffs, both, by_values)),
        left=found.left,
        kept=found.kept,
        partial=by_values.comparison.partial or found.partial,
        notes=tuple(filter(None, dict.fromkeys((before.note, after.note, *found.notes)))),
    )
    comparison = _with_chart(comparison, both)
    objects = [*found.objects, *chain(*by_values.objects)]
    public = [each.key for each in asked.config.public]
    return hide(expect(comparison, asked.config.expected), objects, by_values.values, public)


def _by_values(both: Both, calls: AbstractSet[str], asked: Asked) -> Compared:
    """What the values of the two make of the chart at hand; of one of them alone where the other has none."""
    snapshots = [one.snapshot for one in both if one.snapshot]
    if not snapshots:
        return Compared(Comparison(both[0].target, both[1].target, ()), ((), ()), ())
    ends = snapshots[0], snapshots[-1]
    why = asked.why and len(snapshots) == len(both)
    return pipeline.compare_snapshots(ends, calls, why=why, hooks=asked.hooks, progress=asked.progress)


def _explained(diffs: Iterable[ObjectDiff], both: Both, by_values: Compared) -> Iterator[ObjectDiff]:
    if by_values.comparison.factors is None:
        yield from diffs
        return
    by_chart = list(_by_chart(both, by_values))
    explainer = Explainer(by_values.comparison, by_chart, chart_factor(*both))
    yield from map(explainer.explained, diffs)


def _by_chart(both: Both, by_values: Compared) -> Iterator[ObjectDiff]:
    """Where the recorded values do not give what was recorded: the chart, or its subcharts, are others."""
    charts = [one.release.chart for one in both if one.release]
    if len(charts) == len(both) and len(set(charts)) == 1:
        return
    for one, settled in zip(both, by_values.objects, strict=True):
        if one.release and one.snapshot:
            spaces = one.target.namespace, one.target.namespace
            moving = differing.moving(settled)
            pairs = pair(one.recorded, one.snapshot.manifests, spaces)
            yield from (differing.still(differences(each), moving) for each in pairs)


def _with_chart(comparison: Comparison, both: Both) -> Comparison:
    """With the chart among the factors, where it is a cause."""
    chart = chart_factor(*both)
    causes = (change.cause.factors for change in comparison.changes if change.cause)
    if comparison.factors is None or not any(factor.id == chart.id for factor in chain(*causes)):
        return comparison
    return comparison._replace(factors=(*comparison.factors, chart))
