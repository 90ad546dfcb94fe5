"""Why values are hidden, for people."""

from __future__ import annotations

from collections.abc import Iterator

from chartgen.results import Comparison
from chartgen.secrets.hiding import reasons


def lines(comparison: Comparison) -> Iterator[str]:
    """A line for each place that reads `(secret)`."""
    found = reasons(comparison)
    yield ""
    yield from (f"Hidden: {place}: {why}" for place, why in found)
    if not found:
        yield "Hidden: nothing"
