"""What differs → what differs, and why: by experiments on mixtures of the two sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain

from chartgen import secrets
from chartgen.attribution import search
from chartgen.attribution.experiment import Experiments
from chartgen.attribution.factors import Side, factors_of, located
from chartgen.diff import differences
from chartgen.manifests import parsing
from chartgen.results import Cause, Comparison, Factor, ObjectDiff
from chartgen.values.snapshot import Snapshot

Progress = Callable[[int, int], None]
"""Is told how many experiments have been made, and for how many factors."""


def attribute(
    found: Comparison,
    snapshots: tuple[Snapshot, Snapshot],
    sides: tuple[Side, Side],
    progress: Progress,
    *,
    moving: bool,
) -> Comparison:
    """The comparison with its factors, and the cause of each change. Raises ValuesError.

    `moving` says that some Secret differs from render to render.
    """
    factors = located(factors_of(*sides), snapshots)
    chart = snapshots[0].chart
    experiments = Experiments(
        sides,
        factors,
        found.objects,
        defaults=chart.coalesce({}),
        render=chart.render,
        parse=parsing.remembered,
        value_at=differences.value_at,
    )

    def oracle(chosen: search.Factors) -> search.Outcome:
        progress(experiments.renders, len(factors))
        return experiments(chosen)

    experiments.plan(chain.from_iterable(search.single_swaps(len(factors))))
    causes = search.find(len(found.changes), len(factors), oracle)
    effective = set(chain(*experiments.shaped_by, *(cause.factors for cause in causes)))
    marked = secrets.mark(factors, experiments.feeding_secrets, effective, moving=moving)
    in_order = iter(causes)
    shaped = zip(found.objects, experiments.shaped_by, strict=True)
    return found._replace(
        objects=tuple(_explained(diff, in_order, shapes, marked) for diff, shapes in shaped),
        factors=tuple(marked),
        renders=found.renders + experiments.renders,
    )


def _explained(
    diff: ObjectDiff, causes: Iterator[search.Minimal], shapes: AbstractSet[int], factors: Sequence[Factor]
) -> ObjectDiff:
    """An object with the causes of its changes, which are the next ones."""
    minimal = [next(causes) for _ in diff.changes]
    changes = (
        change._replace(cause=Cause(tuple(factors[number] for number in numbers), *how))
        for change, (numbers, *how) in zip(diff.changes, minimal, strict=True)
    )
    others = shapes - set(chain.from_iterable(one.factors for one in minimal))
    shaped_by = (factors[number] for number in sorted(others))
    return diff._replace(changes=tuple(changes), shaped_by=tuple(one for one in shaped_by if not one.setting))
