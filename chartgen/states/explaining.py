"""Why a recorded or live side differs: by what its recorded values would make of the chart as it stands.

No template of a release is run: Helm does not record subcharts. So its values are rendered with the chart at hand.
Where that gives what was recorded, experiments between those values and the other side's tell the cause; where it does
not, the chart itself has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from chartgen.model import ObjectId, ObjectPath
from chartgen.results import Cause, Change, Comparison, Factor, ObjectDiff


class Explainer:
    """Knows of each place what values change there, and whether the chart has.

    `by_values` compares the two sides' values with the chart at hand, causes included; `by_chart` is what that makes of
    recorded values, beside what was recorded; `chart` is the factor that stands for the chart.
    """

    def __init__(self, by_values: Comparison, by_chart: Mapping[ObjectId, Sequence[Change]], chart: Factor) -> None:
        self._by_values = _by_object(by_values.objects)
        self._shaped_by = {diff.id: diff.shaped_by for diff in by_values.objects}
        self._by_chart = by_chart
        self._all = tuple(factor for factor in by_values.factors or () if not factor.idle)
        self._chart = chart

    def explained(self, diff: ObjectDiff) -> ObjectDiff:
        """An object with the causes of its changes. What is nothing but drift has none."""
        changes = (self._with_cause(diff.id, change) for change in diff.changes)
        return diff._replace(changes=tuple(changes), shaped_by=self._shaped_by.get(diff.id, ()))

    def _with_cause(self, obj: ObjectId, change: Change) -> Change:
        by_values = self._touching(self._by_values, obj, change.path)
        by_chart = self._touching(self._by_chart, obj, change.path)
        if change.drift and not (by_values or by_chart):
            return change
        causes = [one.cause for one in by_values if one.cause]
        factors = tuple({factor.id: factor for cause in causes for factor in cause.factors}.values())
        if by_chart:
            return change._replace(cause=Cause((*factors, self._chart), exact=not factors))
        if causes and all(cause == causes[0] for cause in causes):
            return change._replace(cause=causes[0])
        return change._replace(cause=Cause(factors or (*self._all, self._chart), exact=False))

    @staticmethod
    def _touching(changes: Mapping[ObjectId, Sequence[Change]], obj: ObjectId, path: ObjectPath) -> list[Change]:
        """The changes at a place; without any there, those of what it is in, and of what is in it."""
        there = changes.get(obj, ())
        same = [one for one in there if one.path == path]
        # that an object is there at all has nothing to do with what stands in it
        return same or [one for one in there if path and _meet(one.path, path)]


def _meet(one: ObjectPath, other: ObjectPath) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _by_object(diffs: Iterable[ObjectDiff]) -> dict[ObjectId, list[Change]]:
    found: dict[ObjectId, list[Change]] = defaultdict(list)
    for diff in diffs:
        found[diff.id] += diff.changes
    return found
