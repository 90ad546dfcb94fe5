"""YAML as Go reads it."""

from __future__ import annotations

import math

import pytest
import yaml

from chartgen.goyaml.loader import Loader, number
from chartgen.model import Tree


def load(text: str) -> Tree:
    return yaml.load(text, Loader=Loader)  # noqa: S506 - it is a SafeLoader


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("-0", 0), ("1_000", 1000), ("010", 8), ("-010", -8), ("0_7", 7), ("0o7", 7), ("0O7", 7), ("0x1F", 31),
     ("0X1f", 31), ("+0x10", 16), ("0b11", 3), ("-0b11", -3), ("08", 8.0), ("1e3", 1000.0), ("1_e3", 1000.0),
     (".5", 0.5), ("+.5", 0.5), ("1.", 1.0), ("99999999999999999999", 1e20), ("-.inf", -math.inf), (".Inf", math.inf)],
)  # fmt: skip
def test_a_plain_scalar_of_digits_is_a_number(text: str, expected: float) -> None:
    found = number(text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    "text",
    ["", "0x", "0x_", "0b2", "0o8x", "1.2.3", "._5", "12:30", "2020-01-01", "1e400", "e3", "+", ".", "_1", "0x1p3"],
)
def test_other_plain_scalars_are_no_numbers(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("y", True), ("Off", False), ("~", None), ("", None), ("null", None), ("yEs", "yEs"), ("2020-01-01", "2020-01-01"),
     ("12:30:45", "12:30:45"), ("'1'", "1"), ("!!str 1", "1"), ("!!int '5'", 5), ("<<", "<<"), ("=", "="),
     ("!!timestamp 2020-01-01", "2020-01-01"), ("!!binary aGk=", "aGk=")],
)  # fmt: skip
def test_a_scalar_is_what_json_can_carry(text: str, expected: Tree) -> None:
    assert load(f"a: {text}") == {"a": expected}


def test_keys_are_text() -> None:
    assert load("8080: a\non: b\n1.0: c\n2020-01-01: d\n'010': e\n") == {
        "8080": "a", "true": "b", "1": "c", "2020-01-01": "d", "010": "e",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["? [a]\n: 1", "!!int x"])
def test_what_no_object_can_hold_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        load(text)
