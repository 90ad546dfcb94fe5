"""Renders between two sides, without Helm: a chart is a function from target and values to texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chartgen.attribution.experiment import Experiments
from chartgen.attribution.factors import Side, factors_of
from chartgen.diff import differences
from chartgen.errors import RenderError
from chartgen.manifests import parsing
from chartgen.model import Target, Tree, Values
from chartgen.results import Pair
from tests.unit.chartgen.targets import PROD

Chart = Callable[[Target, Values], dict[str, str]]


def printed(kind: str, body: Tree, name: str = "web") -> str:
    return json.dumps({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **body})


def bench(chart: Chart, before: Values, after: Values, experimented: Chart | None = None) -> Experiments:
    """Two sides of a chart; of another one in experiments, where both sides have been compared without what moves."""
    sides = [Side(PROD, values, chart(PROD, values)) for values in (before, after)]
    found = [
        parsing.collect(obj for name, text in side.texts.items() for obj in parsing.parse(name, text)) for side in sides
    ]
    names = dict.fromkeys((*found[0], *found[1]))
    diffs = [differences.differences(Pair(found[0].get(name), found[1].get(name))) for name in names]
    return Experiments(
        (sides[0], sides[1]), factors_of(*sides), diffs, defaults={}, render=experimented or chart, parse=parsing.parse,
        value_at=differences.value_at,
    )  # fmt: skip


def outcomes(one: Experiments, *sets: Sequence[int]) -> list[tuple[set[int], set[int]]]:
    return [(set(found.before), set(found.after)) for found in (one(frozenset(chosen)) for chosen in sets)]


def config(_: Target, values: Values) -> dict[str, str]:
    texts = {"a.yaml": printed("ConfigMap", {"data": {"url": f"{values['host']}:{values['port']}", "x": values["x"]}})}
    return texts | ({"b.yaml": printed("Service", {"spec": values["x"]})} if values["on"] else {})


BEFORE: dict[str, Any] = {"host": "a", "port": 1, "x": "1", "on": False}
AFTER: dict[str, Any] = {"host": "b", "port": 2, "x": "2", "on": True}
HOST, ON, PORT, X = range(4)
URL, DATA_X, SERVICE = range(3)


def test_a_change_reads_as_before_as_after_or_as_neither() -> None:
    assert outcomes(bench(config, BEFORE, AFTER), (), (HOST,), (HOST, PORT), (X,), (HOST, ON, PORT, X)) == [
        ({URL, DATA_X, SERVICE}, set()),
        ({DATA_X, SERVICE}, set()),
        ({DATA_X, SERVICE}, {URL}),
        ({URL, SERVICE}, {DATA_X}),
        (set(), {URL, DATA_X, SERVICE}),
    ]


def test_an_object_on_one_side_is_there_or_not_whatever_stands_in_it() -> None:
    assert outcomes(bench(config, BEFORE, AFTER), (ON,)) == [({URL, DATA_X}, {SERVICE})]
    assert outcomes(bench(config, AFTER, BEFORE), (ON,)) == [({URL, DATA_X}, {SERVICE})]


@pytest.mark.parametrize(("before", "after"), [(BEFORE, AFTER), (AFTER, BEFORE)])
def test_a_factor_that_alters_such_an_object_shapes_it(before: Values, after: Values) -> None:
    found = bench(config, before, after)
    outcomes(found, (X,), (HOST, ON, PORT), (HOST,), (ON, PORT, X))
    assert found.shaped_by == [frozenset(), {X}]


def test_experiments_are_counted() -> None:
    found = bench(config, BEFORE, AFTER)
    outcomes(found, (), (ON,))
    assert found.renders == 2


def test_a_render_that_fails_or_prints_no_yaml_reads_as_neither() -> None:
    def chart(_: Target, values: Values) -> dict[str, str]:
        if values["host"] != values["port"]:
            raise RenderError("no")
        return {"a.yaml": printed("ConfigMap", {"data": values}) if values["x"] == values["host"] else "a: ["}

    found = bench(chart, {"host": 1, "port": 1, "x": 1}, {"host": 2, "port": 2, "x": 2})
    assert outcomes(found, (0,), (2,)) == [(set(), set()), (set(), set())]


def test_an_object_under_another_name_is_found_as_the_only_one_of_its_kind() -> None:
    def chart(_: Target, values: Values) -> dict[str, str]:
        return {"a.yaml": printed("Pod", {"spec": values["x"]}, values["name"] * values["times"])}

    found = bench(chart, {"x": 1, "name": "a", "times": 1}, {"x": 2, "name": "a", "times": 1})
    (pod,) = found._objects  # noqa: SLF001
    assert found._find(pod, [printed("Pod", {}, "other")])  # noqa: SLF001
    two = f"{printed('Pod', {}, 'other')}\n---\n{printed('Pod', {}, 'third')}"
    assert found._find(pod, [two]) is None  # noqa: SLF001


def secretive(_: Target, values: Values) -> dict[str, str]:
    if values.get("fails"):
        raise RenderError("no")
    return {
        "a.yaml": printed("ConfigMap", {"data": {"x": values.get("x")}}),
        "s.yaml": printed("Secret", {"stringData": {"p": values.get("password")}, "type": values.get("type")}),
    }


def feeding(before: Values, after: Values, *sets: Sequence[int]) -> set[int]:
    found = bench(secretive, before, after)
    outcomes(found, *sets)
    return set(found.feeding_secrets)


SINGLES = (0,), (1,)


def test_a_factor_that_changes_a_secrets_data_touches_it_and_others_do_not() -> None:
    assert feeding({"password": "a", "x": 1}, {"password": "b", "x": 2}, *SINGLES) == {0}
    assert feeding({"type": "a", "x": 1}, {"type": "b", "x": 2}, *SINGLES) == set()


def test_a_factor_that_fails_alone_counts_as_secret_where_there_are_secrets() -> None:
    def chart(one: Target, values: Values) -> dict[str, str]:
        return secretive(one, {**values, "fails": values["a"] != values["b"]})

    found = bench(chart, {"a": 1, "b": 1}, {"a": 2, "b": 2})
    outcomes(found, *SINGLES)
    assert found.feeding_secrets == {0, 1}


def test_factors_whose_experiments_were_never_made_count_as_secret_where_there_are_secrets() -> None:
    assert feeding({"x": 1, "y": 1, "z": 1}, {"x": 2, "y": 2, "z": 2}, (0,), (1, 2)) == {1, 2}
    found = bench(config, BEFORE, AFTER)
    assert found.feeding_secrets == set()


def test_a_secret_that_is_new_with_each_render_does_not_make_every_factor_secret() -> None:
    count = iter(range(100))

    def chart(one: Target, values: Values) -> dict[str, str]:
        return secretive(one, values) | {"r.yaml": printed("Secret", {"stringData": {"p": str(next(count))}})}

    found = bench(secretive, {"x": 1, "y": 1}, {"x": 2, "y": 2}, chart)
    outcomes(found, *SINGLES)
    assert found.feeding_secrets == set()
