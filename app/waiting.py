"""How commands are told to wait."""

from __future__ import annotations

from math import isnan
from typing import Any

import click

LONGEST_SECONDS = 24 * 3600.0


class Seconds(click.FloatRange):
    """Up to a day. A range alone lets nan pass, which is neither less nor more than anything."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(0, LONGEST_SECONDS)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if isnan(number):
            self.fail("nan is not a number.", param, ctx)
        return number
