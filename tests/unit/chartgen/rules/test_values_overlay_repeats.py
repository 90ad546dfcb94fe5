"""Overlay lines that repeat what is already so."""

from __future__ import annotations

from typing import Any

import pytest

from chartgen.rules.rule import Complaint, InValues
from chartgen.rules.values_overlay_repeats import check
from chartgen.values.layers import Layer

from .layers import layers, snapshot


def found(**environments: list[Layer]) -> list[Complaint]:
    return list(check([snapshot(*stack, environment=name) for name, stack in environments.items()]))


def test_a_line_that_says_what_the_chart_says_is_a_finding() -> None:
    (finding,) = found(prod=layers({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}))
    assert isinstance(finding.where, InValues)
    assert (finding.subject, finding.where.layer.file, finding.where.key) == ("a.b", "1.yaml", ("a", "b"))
    assert finding.hint == "delete the line"
    assert finding.message == "`a.b` is already so in the files below this one"


def test_a_line_may_repeat_another_overlay() -> None:
    (finding,) = found(prod=layers({}, {"a": 1}, {"a": 1}))
    assert isinstance(finding.where, InValues)
    assert finding.where.layer.file == "2.yaml"


def test_a_line_that_sets_back_what_a_layer_between_has_changed_does_not_repeat() -> None:
    assert found(prod=layers({"a": 1}, {"a": 2}, {"a": 1})) == []


@pytest.mark.parametrize(
    ("below", "above"),
    [(1, True), (0, False), (1, "1"), ([1], [True]), ({"b": [0]}, {"b": [False]}), (None, 0), ({"b": 1}, {})],
)
def test_types_count(below: Any, above: Any) -> None:
    assert found(prod=layers({"a": below}, {"a": above})) == []


@pytest.mark.parametrize("value", [True, [1, {"b": 2}], {}, "", 1.0])
def test_any_value_may_repeat(value: Any) -> None:
    assert [each.subject for each in found(prod=layers({"a": value}, {"a": value}))] == ["a"]


def test_a_file_that_two_environments_use_repeats_only_if_it_does_in_both() -> None:
    base, over, shared = layers({"a": 1, "b": 1}, {"a": 2}, {"a": 1, "b": 1})
    assert [each.subject for each in found(prod=[base, shared], stage=[base, over, shared])] == ["b"]


def test_an_empty_overlay_and_the_command_line_repeat_nothing() -> None:
    assert found(prod=layers({}, {})) == []
    assert found(prod=layers({"a": 1}, {"a": 1}, text="")) == []
