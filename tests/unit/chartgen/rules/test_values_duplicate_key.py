"""A key that stands twice in one mapping."""

from __future__ import annotations

from chartgen.model import Mark
from chartgen.rules.rule import Complaint
from chartgen.rules.values_duplicate_key import check
from chartgen.values.layers import Layer

from .layers import snapshot


def found(text: str) -> list[Complaint]:
    return list(check([snapshot(Layer("v.yaml", {}, text))]))


def test_the_second_place_is_the_finding_and_the_first_is_told() -> None:
    (complaint,) = found("a: {x: 1, z: 2}\nb: 2\na: {x: 3}\n")
    assert (complaint.subject, complaint.where) == ("a", Mark("v.yaml", 3, 1))
    assert complaint.message == "`a` is set twice in this file, first at line 1; the last one wins"


def test_a_key_below_is_named_whole() -> None:
    assert [complaint.subject for complaint in found("a:\n  b: 1\n  b: 2\n")] == ["a.b"]


def test_the_same_key_of_two_mappings_and_what_a_merge_key_brings_is_set_once() -> None:
    assert found("a: &a {x: 1}\nb: {x: 1}\nc:\n  <<: *a\n  x: 2\n") == []


def test_a_file_that_several_environments_use_is_looked_at_once_and_one_that_cannot_be_read_not_at_all() -> None:
    layer = Layer("v.yaml", {}, "a: 1\na: 2\n")
    assert len(list(check([snapshot(layer), snapshot(layer)]))) == 1
    assert found("a: 1\na: [") == []
