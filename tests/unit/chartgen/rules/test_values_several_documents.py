"""A second document in a values file."""

from __future__ import annotations

from chartgen.model import Mark
from chartgen.rules.values_several_documents import check
from chartgen.values.layers import Layer

from .layers import snapshot


def test_each_document_after_the_first_is_a_finding() -> None:
    layer = Layer("v.yaml", {}, "a: 1\n---\nb: 1\n---\nc: 1\n")
    assert [complaint.where for complaint in check([snapshot(layer)])] == [Mark("v.yaml", 3, 1), Mark("v.yaml", 5, 1)]


def test_one_document_may_be_marked_as_such() -> None:
    assert list(check([snapshot(Layer("v.yaml", {}, "---\na: 1\n"))])) == []
