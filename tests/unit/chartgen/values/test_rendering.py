"""How often sides are rendered, and when."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from chartgen.errors import RenderError
from chartgen.helm.engine import Chart
from chartgen.model import Target, Texts, Values
from chartgen.values.layers import Layer
from chartgen.values.rendering import calls_of, renders
from chartgen.values.snapshot import Snapshot
from tests.unit.chartgen.targets import PROD


class Counting:
    """A chart that prints when it was asked, and how."""

    def __init__(self, failing: Sequence[str] = ()) -> None:
        self.asked: list[tuple[str, int]] = []
        self._failing = failing

    def _texts(self, how: str) -> Texts:
        self.asked.append((how, int(time.time())))
        if how in self._failing:
            raise RenderError("no")
        return {"t": f"kind: Pod\nmetadata: {{name: {how}}}\n"}

    def coalesce(self, values: Values) -> Values:
        return values

    def template(self, _: Target, __: Values) -> Texts:
        return self._texts("template")

    def render(self, _: Target, __: Values) -> Texts:
        return self._texts("render")

    def otherwise(self, _: Target, __: Values, *, backwards: bool) -> Texts:
        return self._texts("backwards" if backwards else "otherwise")


def snapshot(chart: Counting, values: Values | None = None) -> Snapshot:
    target = PROD._replace(directory=Path("none"))
    return Snapshot(target, cast("Chart", chart), [Layer("values.yaml", values or {})])


def rendered(calls: Sequence[str], failing: Sequence[str] = ()) -> tuple[Counting, list[str]]:
    chart = Counting(failing)
    (found,) = renders([snapshot(chart)], calls)
    return chart, [objects[0].id.name for objects in found]


def test_a_chart_that_asks_nobody_is_rendered_once() -> None:
    assert rendered([])[1] == ["template"]


def test_one_that_asks_chance_is_rendered_again() -> None:
    assert rendered(["uuidv4"])[1] == ["template", "render", "render", "render", "otherwise"]


def test_one_whose_lists_have_no_order_is_rendered_in_both() -> None:
    assert rendered(["keys"])[1] == ["template", "render", "render", "render", "otherwise", "backwards"]


def test_one_that_asks_the_clock_is_rendered_on_two_sides_of_a_second() -> None:
    chart, found = rendered(["now"])
    assert len(found) == 5
    seconds = [second for _, second in chart.asked]
    assert seconds[2] > seconds[0]


@pytest.mark.parametrize("failing", ["render", "otherwise"])
def test_a_render_that_fails_at_another_time_is_left_out(failing: str) -> None:
    found = rendered(["uuidv4"], [failing])[1]
    assert failing not in found
    assert found[0] == "template"


def test_one_that_fails_at_first_is_an_error() -> None:
    with pytest.raises(RenderError, match="no"):
        rendered([], ["template"])


def test_values_that_a_template_may_run_ask_too() -> None:
    chart = Counting()
    values = {"a": ["{{ now }}"], "b": {"c": "now"}, "d": 1, "e": "{{ .Values.b }}"}
    assert calls_of(frozenset(), [snapshot(chart)]) == []
    assert calls_of(frozenset({"uuidv4"}), [snapshot(chart, values)]) == ["now", "uuidv4"]
