"""Environment variables that hold secrets, taken out of the environment before the first child is started.

Whoever may see a process of a user can read its environment, and every program hands its own on.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from chartgen.config.model import Config, Source

VARIABLE = "variable"


class Withheld:
    """What was taken out, by name; nothing of it shows in a repr."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}

    def take(self, sources: Iterable[Source]) -> None:
        """Those of the sources that are variables, and set."""
        for source in sources:
            if source.kind == VARIABLE and source.name in os.environ:
                self._values[source.name] = os.fsencode(os.environ.pop(source.name))

    def get(self, name: str) -> bytes | None:
        """A variable as it was set; None where it was not, or is none that was taken."""
        return self._values.get(name)


def sources_of(config: Config) -> list[Source]:
    """All that chartgen.yaml names, of every chart and environment."""
    secrets = (secret for chart in config.charts.values() for secret in chart.secrets.values())
    return [source for secret in secrets for source in secret.sources.values()]


def withhold_cores() -> None:
    """A core that is dumped would hold all values, in the current folder."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
