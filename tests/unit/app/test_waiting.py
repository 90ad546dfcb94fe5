"""A time to wait is a number of seconds that ends."""

from __future__ import annotations

import click
import pytest

from app.waiting import Seconds


@pytest.mark.parametrize("text", ["0", "0.5", "240", "86400"])
def test_a_time_is_taken(text: str) -> None:
    assert Seconds().convert(text, None, None) == float(text)


@pytest.mark.parametrize("text", ["nan", "-1", "inf", "86401", "", "soon"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Seconds().convert(text, None, None)
