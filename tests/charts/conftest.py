"""What the chart tests share: the objects that a chart renders for an environment of chartgen.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from chartgen.errors import ValuesRefusedError
from chartgen.helm import sdk
from chartgen.manifests import parsing
from chartgen.model import Target
from chartgen.sources.files import open_repository
from chartgen.values import layers
from chartgen.values.reading import Reader

ROOT = Path(__file__).parents[2]
CHARTS = ROOT / "charts"
REPOSITORY = open_repository(ROOT / "chartgen.yaml")
ENTRIES = REPOSITORY.config.charts
# `all` is prod's release with every key set
ENVIRONMENTS = {chart: (*entry.environments, "all") for chart, entry in ENTRIES.items()}
Objects = dict[str, Any]
Render = Callable[..., Objects]


@cache
def load(chart: str) -> sdk.SdkChart:
    return sdk.open_chart(target(chart, "prod"))


def target(chart: str, env: str) -> Target:
    if env == "all":
        return target(chart, "prod")._replace(files=(CHARTS / chart / "ci" / "all-values.yaml",))
    return REPOSITORY.target(ENTRIES[chart], env)


@cache
def overlay(chart: str, env: str) -> Mapping[str, Any]:
    """What the values files of an environment lay over the chart's own values."""
    return layers.merge_all(Reader(sdk).layers(target(chart, env))[1:])


def texts(chart: str, env: str, values: Mapping[str, Any]) -> Mapping[str, str]:
    """The text of each template. Raises ValuesRefusedError with Helm's words where the schema refuses the values."""
    merged = layers.merge(overlay(chart, env), values)
    if refusal := load(chart).check(merged):
        raise ValuesRefusedError(refusal)
    return load(chart).render(target(chart, env), merged)


@pytest.fixture(scope="session")
def render() -> Render:
    """`render(chart, env, values)` → {"Deployment/dv-pipecat": object}. Raises ChartgenError as `texts` does."""

    def rendered(chart: str, env: str, values: Mapping[str, Any] | None = None) -> Objects:
        printed = texts(chart, env, values or {})
        return {str(obj.id): obj.body for obj in parsing.objects(printed)}

    return rendered
