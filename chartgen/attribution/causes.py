"""What differs → what differs, and why: by experiments on mixtures of the two sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain

from chartgen.attribution import search
from chartgen.attribution.experiment import Compared, Experiments
from chartgen.attribution.factors import Hybrids, Side, located
from chartgen.diff.naming import Renaming
from chartgen.diff.pairing import Finder
from chartgen.model import Manifests
from chartgen.results import Cause, Comparison, Factor, ObjectDiff
from chartgen.secrets.feeding import Feeding
from chartgen.secrets.hiding import secrets_of
from chartgen.values.snapshot import Snapshot

Progress = Callable[[int, int], None]
"""Is told how many experiments have been made, and for how many factors."""


def attribute(
    found: Comparison,
    snapshots: tuple[Snapshot, Snapshot],
    factors: Sequence[Factor],
    by_name: Sequence[Renaming],
    sides: Sequence[Manifests],
    compared: Compared,
    progress: Progress,
) -> Comparison:
    """The comparison with its factors, and the cause of each change. Raises ValuesError.

    `by_name` is what inputs say in names; `sides` are all objects of the two, with what moves masked; `compared` gives
    those of them that are looked at.
    """
    factors = located(factors, snapshots)
    chart = snapshots[0].chart
    hybrids = Hybrids((Side.of(snapshots[0]), Side.of(snapshots[1])), factors, chart.coalesce({}))
    find = Finder([diff.pair for diff in found.objects], (found.before.namespace, found.after.namespace), by_name)
    feeding = Feeding([secrets_of(each) for each in sides])
    experiments = Experiments(
        hybrids,
        found.objects,
        feeding,
        [compared(side) for side in sides],
        render=chart.render,
        compared=compared,
        find=find,
    )

    def oracle(chosen: search.Factors) -> search.Outcome:
        progress(experiments.renders, len(factors))
        return experiments(chosen)

    experiments.plan(chain.from_iterable(search.single_swaps(len(factors))))
    causes = search.find(len(found.changes), len(factors), oracle)
    told = _told(factors, feeding, experiments, found)
    in_order = iter(causes)
    shaped = zip(found.objects, experiments.shaped_by, strict=True)
    objects = tuple(_explained(diff, in_order, shapes, told) for diff, shapes in shaped)
    return found._replace(objects=objects, factors=tuple(told), renders=found.renders + experiments.renders)


def _told(factors: Sequence[Factor], feeding: Feeding, experiments: Experiments, found: Comparison) -> list[Factor]:
    """Factors with what experiments have told of each."""
    feeds = feeding.feeds(range(len(factors)))
    # what moves alters what is printed by chance
    respelling = frozenset() if found.partial else experiments.respelling
    return [
        factor._replace(
            feeds="" if factor.setting else feeds.get(number, ""),
            respells=number in respelling,
            fails=number in experiments.failing,
        )
        for number, factor in enumerate(factors)
    ]


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
