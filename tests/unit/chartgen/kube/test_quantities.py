"""Amounts are compared as Kubernetes compares them."""

from __future__ import annotations

import pytest

from chartgen.kube.quantities import parse, same_quantity


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, "1000m"),
        (0.5, "500m"),
        ("1", 1),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("1k", "1e3"),
        ("1E3", "1e+3"),
        ("1E", "1e18"),
        ("0.5", ".5"),
        ("1.", "1"),
        ("-0", "+0"),
        ("1u", "1000n"),
        (" 1 ", "1"),
        (0.0000001, "100n"),
    ],
)
def test_spellings_of_one_amount_are_the_same_quantity(a: object, b: object) -> None:
    assert same_quantity(a, b)


@pytest.mark.parametrize(("a", "b"), [("1G", "1Gi"), ("1m", "1M"), ("1E", "1Ei"), ("1", "-1"), ("1.001", "1")])
def test_different_amounts_are_different_quantities(a: object, b: object) -> None:
    assert not same_quantity(a, b)


@pytest.mark.parametrize(
    "text",
    ["", "1K", "1ki", "1mi", "1e", "1e1.5", "1k3", "--1", "1 Gi", "0x10", "1_000", "inf", "nan", "٣", "1..5", "Mi"],
)
def test_what_kubernetes_refuses_is_no_quantity_not_even_the_same_as_itself(text: str) -> None:
    assert parse(text) is None
    assert not same_quantity(text, text)


@pytest.mark.parametrize("value", [None, [], {}, b"1"])
def test_only_text_and_numbers_are_quantities(value: object) -> None:
    assert parse(value) is None


@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_is_no_quantity(value: object) -> None:
    assert parse(value) is None


def test_arithmetic_is_exact_where_floating_point_is_not() -> None:
    assert not same_quantity("9007199254740993", "9007199254740992")
    assert same_quantity("0.1", "100m")


def test_what_is_finer_than_a_billionth_is_rounded_away_from_zero() -> None:
    assert same_quantity("0.1n", "1n")
    assert same_quantity("-1.0000000001", "-1.000000001")


def test_binary_amounts_are_capped_and_decimal_ones_are_not() -> None:
    assert same_quantity("9Ei", "8Ei")
    assert not same_quantity("10E", "11E")


def test_an_exponent_that_would_take_gigabytes_to_compute_is_refused() -> None:
    assert parse("1e999999999") is None
