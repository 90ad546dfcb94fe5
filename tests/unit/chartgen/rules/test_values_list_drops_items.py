"""A list that drops items of the list below it."""

from __future__ import annotations

from typing import Any

import pytest

from chartgen.rules.rule import Complaint, InValues
from chartgen.rules.values_list_drops_items import check

from .layers import layers, snapshot


def found(*values: dict[str, Any], text: str = "text") -> list[Complaint]:
    return list(check([snapshot(*layers(*values, text=text))]))


def files(complaints: list[Complaint]) -> list[str]:
    return [str(each.where.layer.file) for each in complaints if isinstance(each.where, InValues)]


def dropped(below: list[Any], above: list[Any], key: str = "hosts") -> str:
    (finding,) = found({key: below}, {key: above})
    return finding.message.rpartition(": ")[2]


def test_items_that_an_overlay_does_not_repeat_are_named() -> None:
    (finding,) = found({"a": {"env": [{"name": "A"}, {"name": "B"}]}}, {"a": {"env": [{"name": "B", "value": 1}]}})
    assert isinstance(finding.where, InValues)
    assert (finding.subject, finding.where.layer.file, finding.where.key) == ("a.env", "1.yaml", ("a", "env"))
    assert finding.message == "`a.env` replaces the list below it; not in this one: A"


def test_the_list_below_may_be_that_of_an_overlay() -> None:
    assert files(found({}, {"hosts": ["a"]}, {"hosts": ["b"]})) == ["2.yaml"]


@pytest.mark.parametrize("above", [["b", "a", "c"], [], None, {"a": 1}])
def test_a_list_that_repeats_all_or_is_emptied_on_purpose_drops_nothing(above: Any) -> None:
    assert found({"hosts": ["a", "b"]}, {"hosts": above}) == []


def test_what_was_no_list_loses_no_items() -> None:
    assert found({"hosts": "a", "b": {}}, {"hosts": ["b"], "b": [1], "c": [1]}) == []


def test_what_the_command_line_sets_is_meant() -> None:
    assert found({"hosts": ["a"]}, {"hosts": ["b"]}, text="") == []


@pytest.mark.parametrize("field", ["name", "key", "host", "path", "id"])
def test_items_are_known_by_their_usual_names(field: str) -> None:
    assert dropped([{field: "a", "x": 1}, {field: "b"}], [{field: "a", "x": 2}]) == "b"


def test_items_without_a_name_are_counted_since_values_may_be_secret() -> None:
    assert dropped(["hunter22", "b", "c"], ["b"]) == "item 1, item 3"
    assert dropped([{"x": "hunter22"}, {"name": 5}], [{"x": 2}]) == "item 1, item 2"


@pytest.mark.parametrize("key", ["apiKeys", "tokens", "credentials"])
def test_items_of_a_list_that_sounds_secret_are_counted(key: str) -> None:
    assert dropped([{"key": "hunter22"}], [{"key": "b"}], key) == "item 1"
