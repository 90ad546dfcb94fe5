"""Renders between two sides, without Helm: a chart is a function from target and values to texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chartgen.attribution.experiment import Experiments, _sides
from chartgen.attribution.factors import Hybrids, Side, factors_of, renamings
from chartgen.diff import differences
from chartgen.diff.pairing import Finder, pair
from chartgen.errors import RenderError
from chartgen.manifests import parsing
from chartgen.model import ABSENT, MOVING, Target, Tree, Values
from chartgen.results import Change
from chartgen.secrets.feeding import Feeding
from chartgen.secrets.hiding import secrets_of
from tests.unit.chartgen.targets import PROD

Chart = Callable[[Target, Values], dict[str, str]]


def printed(kind: str, body: Tree, name: str = "web") -> str:
    return json.dumps({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **body})


def bench(chart: Chart, before: Values, after: Values, experimented: Chart | None = None) -> Experiments:
    """Two sides of a chart; of another one in experiments, where both sides have been compared without what moves."""
    sides = Side(PROD, before), Side(PROD, after)
    objects = [parsing.objects(chart(side.target, side.values)) for side in sides]
    factors = factors_of(*sides)
    pairs = pair(objects[0], objects[1], (PROD.namespace, PROD.namespace), renamings(factors))
    return Experiments(
        Hybrids(sides, factors, {}),
        [differences.differences(each) for each in pairs],
        Feeding([secrets_of(each) for each in objects]),
        objects,
        render=experimented or chart,
        compared=lambda found: found,
        find=Finder(pairs, (PROD.namespace, PROD.namespace), renamings(factors)),
    )


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


def test_an_object_whose_name_a_key_gives_is_found_under_either_name() -> None:
    def chart(_: Target, values: Values) -> dict[str, str]:
        return {"a.yaml": printed("Pod", {"spec": values["x"]}, values["name"])}

    assert outcomes(bench(chart, {"name": "a", "x": 1}, {"name": "b", "x": 2}), (0,), (1,)) == [({1}, {0}), ({0}, {1})]


def test_another_object_of_the_same_kind_is_not_taken_for_one_that_is_gone() -> None:
    def chart(_: Target, values: Values) -> dict[str, str]:
        names = [name for name in ("api", "web") if values[name]]
        return {"a.yaml": "---\n".join(f"{printed('Service', {}, name)}\n" for name in names)}

    found = bench(chart, {"api": True, "web": True}, {"api": False, "web": False})
    assert outcomes(found, (0,), (1,)) == [({1}, {0}), ({0}, {1})]


def secretive(_: Target, values: Values) -> dict[str, str]:
    if values.get("fails"):
        raise RenderError("no")
    return {
        "a.yaml": printed("ConfigMap", {"data": {"x": values.get("x")}}),
        "s.yaml": printed("Secret", {"stringData": {"p": values.get("password")}, "type": values.get("type")}),
    }


def fed(one: Experiments, *sets: Sequence[int]) -> set[int]:
    """The factors that feed a Secret, as far as these experiments tell."""
    outcomes(one, *sets)
    return set(one._feeding.feeds(one._everything))  # noqa: SLF001


def feeding(before: Values, after: Values, *sets: Sequence[int]) -> set[int]:
    return fed(bench(secretive, before, after), *sets)


SINGLES = (0,), (1,)


def test_a_factor_that_changes_a_secrets_data_touches_it_and_others_do_not() -> None:
    assert feeding({"password": "a", "x": 1}, {"password": "b", "x": 2}, *SINGLES) == {0}
    assert feeding({"type": "a", "x": 1}, {"type": "b", "x": 2}, *SINGLES) == set()


def test_a_factor_that_fails_alone_counts_as_secret_where_there_are_secrets() -> None:
    def chart(one: Target, values: Values) -> dict[str, str]:
        return secretive(one, {**values, "fails": values["a"] != values["b"]})

    found = bench(chart, {"a": 1, "b": 1}, {"a": 2, "b": 2})
    assert fed(found, *SINGLES) == {0, 1}


def test_factors_whose_experiments_were_never_made_count_as_secret_where_there_are_secrets() -> None:
    assert feeding({"x": 1, "y": 1, "z": 1}, {"x": 2, "y": 2, "z": 2}, (0,), (1, 2)) == {1, 2}
    assert fed(bench(config, BEFORE, AFTER)) == set()


@pytest.mark.parametrize(
    ("value", "sides"),
    [("abc", [1]), ("x7", [0]), ("", [0]), (ABSENT, [])],
)
def test_a_place_that_moves_on_one_side_reads_as_anything_but_the_other_side(value: Tree, sides: list[int]) -> None:
    assert _sides(value, Change(("x",), MOVING, "abc")) == sides
    assert _sides(value, Change(("x",), "abc", MOVING)) == [1 - side for side in sides]


def test_two_names_that_swap_take_both_keys() -> None:
    def chart(_: Target, values: Values) -> dict[str, str]:
        maps = [printed("ConfigMap", {"data": {"is": key}}, values[key]) for key in ("p", "s")]
        return {"a.yaml": "---\n".join(f"{each}\n" for each in maps)}

    found = bench(chart, {"p": "blue", "s": "green"}, {"p": "green", "s": "blue"})
    assert outcomes(found, (0,), (1,), (0, 1)) == [(set(), set()), (set(), set()), (set(), {0, 1})]


def test_a_name_of_several_inputs_is_found_with_some_of_them_swapped() -> None:
    def chart(_: Target, values: Values) -> dict[str, str]:
        return {"a.yaml": printed("ConfigMap", {"data": {"x": values["x"]}}, f"{values['team']}-{values['env']}")}

    before, after = {"team": "web", "env": "stage", "x": "1"}, {"team": "api", "env": "prod", "x": "2"}
    found = bench(chart, before, after)
    env, team, x = (0,), (1,), (2,)
    assert [diff.pair.before is None for diff in found._objects] == [False]  # noqa: SLF001
    assert outcomes(found, env, team, x) == [({1}, set()), ({1}, set()), ({0}, {1})]
