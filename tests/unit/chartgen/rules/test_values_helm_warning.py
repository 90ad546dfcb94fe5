"""What Helm warns of: seen in the values, and taken from its words without any value."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chartgen.model import Mark
from chartgen.rules.rule import Complaint, InValues
from chartgen.rules.values_helm_warning import IS_MAPPING, IS_NONE, check
from chartgen.values.layers import merge_all
from chartgen.values.snapshot import Snapshot

from .layers import layers

DIRECTORY = Path("charts/par")


def found(*values: dict[str, Any], warnings: tuple[str, ...] = ()) -> list[Complaint]:
    """Of a chart `par`, whose own values come first."""
    stack = layers(*values)
    snapshot = SimpleNamespace(
        layers=stack,
        overlay=merge_all(stack[1:]),
        warnings=warnings,
        texts={"par/templates/a.yaml": ""},
        target=SimpleNamespace(directory=DIRECTORY),
    )
    return list(check([cast("Snapshot", snapshot)]))


def placed(complaint: Complaint) -> tuple[str, Path | str]:
    where = complaint.where
    return complaint.subject, (where.layer.file if isinstance(where, InValues) else cast("Mark", where).file)


@pytest.mark.parametrize(
    ("own", "over", "message"),
    [
        ({"a": []}, {"a": {}}, IS_MAPPING),
        ({"a": "x"}, {"a": {"b": 1}}, IS_MAPPING),
        ({"a": {"b": 1}}, {"a": {"b": {"c": 1}}}, IS_MAPPING),
        ({"a": {"b": {}}}, {"a": {"b": "x"}}, IS_NONE),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": []}}, IS_NONE),
    ],
)
def test_a_mapping_on_one_side_only_is_a_finding(own: dict[str, Any], over: dict[str, Any], message: str) -> None:
    (complaint,) = found(own, over)
    key = "a.b" if "b" in own["a"] else "a"
    assert complaint.message == message.format(key, "chart's")
    assert placed(complaint) == (key, "1.yaml")


@pytest.mark.parametrize(
    ("own", "over"),
    [
        ({"a": {"b": 1}}, {"a": "x"}),  # at the top Helm says nothing
        ({"a": None}, {"a": {"b": 1}}),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": None}}),
        ({"a": {"b": 1}}, {"a": {"b": 2, "c": {}}}),
        ({"a": [1]}, {"a": "x", "b": {}}),
        ({}, {}),
    ],
)
def test_helm_warns_of_nothing_else(own: dict[str, Any], over: dict[str, Any]) -> None:
    assert found(own, over) == []


def test_the_highest_layer_that_sets_the_key_is_the_place() -> None:
    assert [placed(each) for each in found({"a": 1}, {"a": {"b": 1}}, {"a": {"c": 1}}, {"d": 1})] == [("a", "2.yaml")]


SUB = "warning: skipped value for par.sub.own: Not a table."
DEEP = "warning: destination for par.sub.k.a is a table. Ignoring non-table value (S3cretBase)"
NONE = "warning: cannot overwrite table with non table for par.sub.k.a (map[x:S3cretBase"


@pytest.mark.parametrize(
    ("words", "values", "place", "message"),
    [
        (SUB, ({"sub": {"own": {}}}, {}), ("sub.own", "0.yaml"), IS_MAPPING),
        (DEEP, ({"sub": {}}, {"sub": {"k": {"a": {}}}}), ("sub.k.a", "1.yaml"), IS_MAPPING),
        (NONE, ({"sub": {}}, {"sub": {"k": {"a": "x"}}}), ("sub.k.a", "1.yaml"), IS_NONE),
        (SUB, ({}, {}), ("sub.own", DIRECTORY), IS_MAPPING),
    ],
)
def test_what_helm_says_of_subcharts_is_placed_by_its_key(
    words: str, values: tuple[dict[str, Any], ...], place: tuple[str, Path | str], message: str
) -> None:
    (complaint,) = found(*values, warnings=(words,))
    assert placed(complaint) == place
    assert complaint.message == message.format(place[0], "subchart's")


@pytest.mark.parametrize("named", ["par.sub.global.t.u", "par.t.u"])
def test_a_global_value_of_a_subchart_is_placed_at_the_charts(named: str) -> None:
    words = f"warning: destination for {named} is a table. Ignoring non-table value (3)"
    (complaint,) = found({}, {"global": {"t": {"u": {}}}}, warnings=(words,))
    assert placed(complaint) == ("global.t.u", "1.yaml")


def test_a_key_with_dots_in_it_is_the_one_that_is_there() -> None:
    words = "warning: skipped value for par.sub.a.b.c: Not a table."
    (complaint,) = found({}, {"sub": {"a": 1, "a.b": {"c": {}}}}, warnings=(words,))
    assert placed(complaint) == ('sub["a.b"].c', "1.yaml")


def test_what_the_values_show_is_not_said_again() -> None:
    words = "warning: skipped value for par.a: Not a table."
    assert len(found({"a": 1}, {"a": {}}, warnings=(words,))) == 1


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("returned non-bool value path=sub.on chart=S3cretBase", "returned non-bool value"),
        (
            'Conflict: cannot merge map onto non-map for "S3cretBase". Skipping.',
            "Conflict: cannot merge map onto non-map for",
        ),
        ("something new (S3cretBase", "something new"),
        ("something new: map[a:S3cretBase]", "something new"),
        ("`S3cretBase` is new", ""),
    ],
)
def test_of_words_that_are_not_known_no_value_is_repeated(words: str, shown: str) -> None:
    (complaint,) = found({}, {}, warnings=(words,))
    assert (complaint.message, complaint.where) == (f"Helm warns: {shown} …", Mark(DIRECTORY))
