"""Snapshots for rules that look at manifests: of charts that print what a test says."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, cast

from chartgen.helm.engine import Chart
from chartgen.model import Target, Texts, Values
from chartgen.values.layers import Layer
from chartgen.values.snapshot import Snapshot


class Printing(NamedTuple):
    """A chart with one template, which prints the same whatever it is asked."""

    text: str

    def template(self, _: Target, __: Values) -> Texts:
        return {"web/templates/all.yaml": self.text}


def target(release: str = "web", namespace: str = "default", environment: str = "prod") -> Target:
    return Target("charts/web", Path("none"), environment, release, namespace, ())


def printing(*documents: str, of: Target | None = None) -> Snapshot:
    chart = cast("Chart", Printing("\n---\n".join(documents)))
    return Snapshot(of or target(), chart, [Layer("values.yaml", {})])
