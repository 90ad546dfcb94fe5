"""The law of causes, on charts: checked by renders of values that this file puts together by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

import helm_python
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgen import pipeline
from chartgen.attribution.factors import Hybrids, Side
from chartgen.errors import RenderError
from chartgen.helm import sdk
from chartgen.model import ABSENT, Key, Target, Tree
from chartgen.results import Change, Comparison, Factor, ObjectDiff
from tests.property.small_charts import SmallChart, charts


def targets(chart: SmallChart, folder: Path) -> tuple[Target, Target]:
    first, second = (
        Target("web", folder, str(number), release, "default", (folder / f"values-{number}.yaml",))
        for number, release in enumerate(chart.releases)
    )
    return first, second


def compared(chart: SmallChart, folder: Path, *, why: bool = True) -> Comparison | None:
    """None where one side does not render."""
    try:
        return pipeline.compare(*targets(chart, folder), sdk, why=why)
    except RenderError:
        return None


class Independent:
    """Renders of side A with some factors from side B, and nothing in common with chartgen's own."""

    def __init__(self, chart: SmallChart, folder: Path, found: Comparison) -> None:
        self.chart = helm_python.Chart.load(folder)
        self.sides = [self.chart.merge_values(overlay) for overlay in chart.overlays]
        self.defaults = self.chart.merge_values({})
        self.factors = found.factors or ()

    def hybrid(self, chosen: AbstractSet[int]) -> tuple[str, Tree]:
        values: Tree = json.loads(json.dumps(self.sides[0]))
        release = ""
        for index in sorted(chosen):
            factor = self.factors[index]
            if factor.setting:
                release = str(factor.after)
            elif factor.after is ABSENT:
                delete(values, factor.key)
            else:
                put(values, factor.key, factor.after)
        return release, values

    def read(self, diff: ObjectDiff, change: Change, chosen: AbstractSet[int], release: str) -> Tree:
        """What stands at a change's place as JSON, or whether its object is there; ... where it does not render."""
        own, values = self.hybrid(chosen)
        try:
            texts = self.chart.render(with_nulls(values, self.defaults), name=own or release)
        except helm_python.HelmError:
            return ...
        name = next(obj.id.name for obj in diff.pair if obj)
        objects = [each for text in texts.values() for each in yaml.safe_load_all(text) if each]
        there = [each for each in objects if each["metadata"]["name"] == name]
        if not change.path:
            return bool(there)
        tree: Tree = there[0] if there else ABSENT
        for step in change.path:
            assert isinstance(step, str)
            tree = json.loads(tree) if isinstance(tree, str) else tree
            tree = tree.get(step, ABSENT) if isinstance(tree, dict) else ABSENT
        return tree if tree is ABSENT else json.dumps(tree)


def put(tree: Tree, key: Key, value: Tree) -> None:
    for name in key[:-1]:
        tree = tree.setdefault(name, {})
    tree[key[-1]] = value


def delete(tree: Tree, key: Key) -> None:
    for name in key[:-1]:
        tree = tree[name]
    del tree[key[-1]]


def with_nulls(tree: Tree, defaults: Tree) -> Tree:
    """What to pass so that Helm coalesces it to `tree`."""
    passed = {
        name: with_nulls(each, defaults.get(name)) if isinstance(each, dict) else each for name, each in tree.items()
    }
    return passed | {name: None for name in (defaults if isinstance(defaults, dict) else {}) if name not in tree}


@given(charts())
@settings(max_examples=200)
def test_a_cause_makes_the_change_and_none_of_its_factors_can_be_left_out(chart: SmallChart) -> None:
    with chart.written() as folder:
        found = compared(chart, folder)
        if found is None:
            return
        lab = Independent(chart, folder, found)
        everything = frozenset(range(len(lab.factors)))

        def read(diff: ObjectDiff, change: Change, chosen: AbstractSet[int]) -> Tree:
            return lab.read(diff, change, chosen, chart.releases[0])

        def makes(diff: ObjectDiff, change: Change, chosen: AbstractSet[int]) -> bool:
            return all(
                read(diff, change, swapped) == read(diff, change, end) is not ...
                for swapped, end in ((chosen, everything), (everything - chosen, frozenset()))
            )

        for diff, change in [(one, change) for one in found.objects for change in one.changes]:
            assert change.cause is not None
            chosen = frozenset(map(lab.factors.index, change.cause.factors))
            assert change.cause.exact
            assert read(diff, change, everything) != read(diff, change, frozenset())
            assert makes(diff, change, chosen)
            assert not any(makes(diff, change, chosen - {factor}) for factor in chosen)


@given(charts())
@settings(max_examples=150)
def test_the_way_back_has_the_same_causes(chart: SmallChart) -> None:
    back = SmallChart(chart.templates, chart.defaults, chart.overlays[::-1], chart.releases[::-1])
    keys = []
    for each in (chart, back):
        with each.written() as folder:
            found = compared(each, folder)
            if found is None:
                return
            keys.append(
                {
                    (*(obj.id.name for obj in diff.pair if obj), *change.path): {
                        factor.key for factor in change.cause.factors
                    }
                    for diff in found.objects
                    for change in diff.changes
                    if change.cause
                }
            )
    assert keys[0] == keys[1]


@given(charts(), st.data())
@settings(max_examples=150)
def test_helm_coalesces_a_hybrid_to_exactly_that_hybrid(chart: SmallChart, data: st.DataObject) -> None:
    with chart.written() as folder:
        found = compared(chart, folder)
        if found is None:
            return
        lab = Independent(chart, folder, found)
        chosen = data.draw(st.sets(st.sampled_from(range(len(lab.factors))))) if lab.factors else frozenset()
        mixed = hybrids(chart, folder, lab.factors)
        target, passed = mixed.make(frozenset(chosen))
        release, wanted = lab.hybrid(chosen)
        assert lab.chart.merge_values(dict(passed)) == wanted
        assert target.release == (release or chart.releases[0])


def hybrids(chart: SmallChart, folder: Path, factors: Sequence[Factor]) -> Hybrids:
    loaded = sdk.open_chart(*targets(chart, folder))
    before, after = (
        Side(target, loaded.coalesce(overlay))
        for target, overlay in zip(targets(chart, folder), chart.overlays, strict=True)
    )
    return Hybrids((before, after), factors, loaded.coalesce({}))
