"""Which key, or the chart, makes a change between recorded or live objects."""

from __future__ import annotations

from chartgen.model import KubeObject, ObjectId, ObjectPath
from chartgen.results import Cause, Change, Comparison, Drift, Factor, ObjectDiff, Pair
from chartgen.states.explaining import Explainer
from tests.unit.chartgen.targets import PROD

CHART = Factor(("chart",), "web 1", "web 2", setting=True)
SIZE = Factor(("size",), 1, 2)
NAME = Factor(("name",), "a", "b")
ID = ObjectId("apps", "Deployment", "", "web")
OBJECT = KubeObject(ID, {}, "web.yaml")


def diff(*changes: Change) -> ObjectDiff:
    return ObjectDiff(Pair(OBJECT, OBJECT), changes)


def change(*path: str, by: tuple[Factor, ...] = (), drift: Drift | None = None) -> Change:
    return Change(path, 1, 2, cause=Cause(by) if by else None, drift=drift)


def cause(path: ObjectPath, by_values: ObjectDiff, by_chart: ObjectDiff, drift: Drift | None = None) -> Cause | None:
    compared = Comparison(PROD, PROD, (by_values,), factors=(SIZE, NAME))
    explainer = Explainer(compared, {ID: list(by_chart.changes)}, CHART)
    (found,) = explainer.explained(diff(Change(path, 3, 4, drift=drift))).changes
    return found.cause


def test_a_place_that_values_change_has_their_cause() -> None:
    assert cause(("spec", "replicas"), diff(change("spec", "replicas", by=(SIZE,))), diff()) == Cause((SIZE,))


def test_so_has_one_inside_of_it_and_one_around_it() -> None:
    whole = diff(change("spec", "limits", by=(SIZE,)))
    assert cause(("spec", "limits", "cpu"), whole, diff()) == Cause((SIZE,))
    assert cause(("spec",), whole, diff()) == Cause((SIZE,))


def test_where_several_keys_change_parts_of_it_it_is_one_or_more_of_them() -> None:
    parts = diff(change("spec", "a", by=(SIZE,)), change("spec", "b", by=(NAME,)))
    assert cause(("spec",), parts, diff()) == Cause((SIZE, NAME), exact=False)


def test_a_place_that_recorded_values_do_not_give_is_the_charts() -> None:
    assert cause(("spec", "port"), diff(), diff(change("spec", "port"))) == Cause((CHART,))


def test_the_chart_and_values_together_are_not_told_apart() -> None:
    by_values, by_chart = diff(change("spec", "port", by=(SIZE,))), diff(change("spec", "port"))
    assert cause(("spec", "port"), by_values, by_chart) == Cause((SIZE, CHART), exact=False)


def test_what_neither_touches_may_be_of_any_key_or_of_the_chart() -> None:
    assert cause(("spec", "x"), diff(), diff()) == Cause((SIZE, NAME, CHART), exact=False)


def test_that_an_object_is_there_has_nothing_to_do_with_what_stands_in_it() -> None:
    inside = diff(change("spec", "replicas", by=(SIZE,)))
    assert cause((), inside, diff(), Drift()) is None
    assert cause((), diff(change(by=(NAME,))), diff()) == Cause((NAME,))


def test_drift_alone_has_no_cause_and_drift_that_a_key_changes_too_has_both() -> None:
    by_hand = Drift("kubectl")
    assert cause(("spec", "x"), diff(), diff(), by_hand) is None
    assert cause(("spec", "x"), diff(change("spec", "x", by=(SIZE,))), diff(), by_hand) == Cause((SIZE,))
