"""What a folder's chartgen.yaml says, read without chartgen: charts and their environments."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import yaml

from tools.prove.helm import ProveError, Settings

FILE = "chartgen.yaml"
DEFAULT_NAMESPACE = "default"


class Environment(NamedTuple):
    """A chart as it is installed in one environment: all that helm is told."""

    name: str
    settings: Settings
    files: tuple[Path, ...]


class Compared(NamedTuple):
    """Two environments of a chart, which chartgen.yaml calls `name`."""

    name: str
    chart: Path
    environments: tuple[Environment, Environment]

    def __str__(self) -> str:
        before, after = self.environments
        return f"{self.name} {before.name} → {after.name}"


def comparisons(folder: Path) -> Iterator[Compared]:
    """Each pair of environments of each chart, in the order of the file. Raises ProveError."""
    file = folder / FILE
    if not file.is_file():
        raise ProveError(f"{folder} holds no {FILE}")
    # scalars as they are written: a version 1.30 is not 1.3
    charts = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)["charts"]  # noqa: S506 - texts alone
    for name, said in charts.items():
        chart = (folder / said["path"]).resolve()
        environments = [_environment(name, chart, each, told or {}) for each, told in said["environments"].items()]
        yield from (Compared(name, chart, pair) for pair in combinations(environments, 2))


def _environment(chart_name: str, chart: Path, name: str, told: dict[str, str]) -> Environment:
    settings = Settings(
        told.get("release", chart_name), told.get("namespace", DEFAULT_NAMESPACE), told.get("kubeVersion", "")
    )
    return Environment(name, settings, tuple(chart / file for file in told.get("values", ())))
