"""A key that YAML reads as other text than is written."""

from __future__ import annotations

import pytest

from chartgen.model import Mark
from chartgen.rules.rule import Complaint
from chartgen.rules.values_key_not_text import check
from chartgen.values.layers import Layer

from .layers import snapshot


def found(text: str) -> list[Complaint]:
    return list(check([snapshot(Layer("v.yaml", {}, text))]))


@pytest.mark.parametrize(("written", "read"), [("on", "true"), ("No", "false"), ("1.0", "1"), ("010", "8")])
def test_what_yaml_reads_otherwise_is_a_finding(written: str, read: str) -> None:
    (complaint,) = found(f"a:\n  {written}: 1\n")
    assert (complaint.subject, complaint.where) == (f"a.{read}", Mark("v.yaml", 2, 3))
    assert complaint.message == f"YAML reads the key `{written}` as `{read}`"
    assert complaint.hint == "quote it"


@pytest.mark.parametrize(
    "written", ['"on"', "'y'", "12:30", "2020-01-01", "8080", "nothing", "0.1", "100000.5", '"1.0"']
)
def test_a_key_that_stays_as_it_is_written_is_none(written: str) -> None:
    assert found(f"{written}: 1") == []
