"""What each stage of the main job takes once everything is loaded: milliseconds, over the charts of this repository."""
# ruff: noqa: B023 - what is timed is called at once

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from bench.measure import Row, Timing
from bench.peers import ROOT
from chartgen.attribution.causes import attribute
from chartgen.attribution.factors import Side, factors_of, renamings
from chartgen.diff import differences, pairing
from chartgen.goyaml.marks import positions
from chartgen.helm import auto
from chartgen.manifests import parsing
from chartgen.manifests.splitting import split
from chartgen.model import Manifests, Texts
from chartgen.results import Comparison
from chartgen.sources.files import open_repository
from chartgen.values.reading import Reader
from chartgen.values.snapshot import Snapshot

ENGINE = auto.engine("auto")
ROUNDS = 15
T = TypeVar("T")


class Stages:
    """Times of each stage, by name, one a round; those of all charts add up."""

    def __init__(self) -> None:
        self.runs: dict[str, list[float]] = {}
        self._round: dict[str, float] = {}

    def timed(self, name: str, work: Callable[[], T]) -> T:
        start = time.perf_counter()
        result = work()
        self._round[name] = self._round.get(name, 0.0) + time.perf_counter() - start
        return result

    def end_round(self) -> None:
        for name, seconds in self._round.items():
            self.runs.setdefault(name, []).append(seconds)
        self._round = {}


def rows() -> Iterator[Row]:
    stages = Stages()
    for _ in range(ROUNDS):
        one_round(stages)
        stages.end_round()
    for name, runs in stages.runs.items():
        yield Row(f"stage, warm, 2 charts: {name}", Timing(tuple(sorted(runs))), None, "")


def one_round(stages: Stages) -> None:
    repository = open_repository(ROOT / "chartgen.yaml")
    for entry in repository.entries():
        targets = repository.target(entry, "stage"), repository.target(entry, "prod")
        chart = stages.timed("open the chart", lambda: ENGINE.open_chart(*targets))
        sides = stages.timed("read values", lambda: [Snapshot(t, chart, Reader(ENGINE).layers(t)) for t in targets])
        stages.timed("ask the schema", lambda: [chart.check(side.overlay) for side in sides])
        texts = stages.timed("render", lambda: [chart.render(s.target, s.overlay) for s in sides])
        objects = stages.timed("parse manifests", lambda: [parsed(each) for each in texts])
        seen = Side.of(sides[0]), Side.of(sides[1])
        factors = stages.timed("factors", lambda: factors_of(*seen))
        namespaces = (targets[0].namespace, targets[1].namespace)
        by_name = renamings(factors)
        pairs = stages.timed("match", lambda: pairing.pair(objects[0], objects[1], namespaces, by_name))
        stages.timed("diff", lambda: [differences.differences(pair) for pair in pairs])
        files = {layer.file: layer.text for side in sides for layer in side.layers}
        stages.timed("positions", lambda: [positions(text, name) for name, text in files.items()])
        found = Comparison(*targets, tuple(map(differences.differences, pairs)))
        both = (sides[0], sides[1])
        stages.timed(
            "experiments and causes",
            lambda: attribute(found, both, factors, by_name, objects, lambda each: each, lambda *_: None),
        )


def parsed(texts: Texts) -> Manifests:
    return [obj for name, text in texts.items() for part in split(text) for obj in parsing.parse(name, part)]
