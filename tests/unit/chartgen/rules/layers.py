"""Snapshots for rules that look at values only: no chart is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from chartgen.helm.engine import Chart
from chartgen.model import Target
from chartgen.values.layers import Layer
from chartgen.values.snapshot import Snapshot


def layers(*values: dict[str, Any], text: str = "text: 1") -> list[Layer]:
    return [Layer(f"{number}.yaml", tree, text) for number, tree in enumerate(values)]


def snapshot(*stack: Layer, environment: str = "prod") -> Snapshot:
    target = Target("charts/web", Path("charts/web"), environment, "web", "default", ())
    return Snapshot(target, cast("Chart", None), stack)
