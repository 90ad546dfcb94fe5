"""What a service counts, read as Prometheus reads it."""

from __future__ import annotations


def counted(exposition: str) -> dict[str, float]:
    """The value of each series, by its name and labels as they are written."""
    series = (line.rpartition(" ") for line in exposition.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in series}
