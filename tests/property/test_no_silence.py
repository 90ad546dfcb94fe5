"""The law that nothing is passed over: where Helm's objects of two sides differ, the comparison names the place.

As a difference, as equal in meaning, or as left out because it moves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import helm_python
import yaml
from hypothesis import given, settings

from chartgen import pipeline
from chartgen.errors import RenderError
from chartgen.helm import sdk
from chartgen.model import Target
from chartgen.results import Comparison
from tests.property.moving_charts import MovingChart, charts

Named = tuple[str, str]
"""Kind and name."""


def printed(target: Target) -> list[dict[str, Any]]:
    """What Helm prints, read by other means than chartgen's."""
    chart = helm_python.Chart.load(target.directory)
    values = json.loads(target.files[0].read_text())
    texts = chart.render(values, name=target.release, namespace=target.namespace)
    documents = [each for text in texts.values() for each in re.split(r"^---", text, flags=re.MULTILINE)]
    return [tree for tree in (yaml.load(each, yaml.CBaseLoader) for each in documents) if tree]  # noqa: S506 - a safe one


def differing(one: Any, other: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The places, as keys of mappings, at which two trees differ strictly."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in {*one, *other}:
            yield from differing(one.get(name), other.get(name), (*path, name))
    elif one != other:
        yield path


def said_of(found: Comparison, name: Named, side: int) -> list[tuple[str, ...]] | None:
    """The places of an object of one side that the comparison names; None where it is nowhere."""
    left = [(one.object.kind, one.object.name, tuple(map(str, one.path))) for one in found.left]
    for diff in found.objects:
        obj = diff.pair[side]
        if obj and fits((obj.id.kind, obj.id.name), name):
            moving = [path for *known, path in left if tuple(known) == (diff.id.kind, diff.id.name)]
            return moving + [tuple(map(str, change.path)) for change in diff.changes]
    return [path for *known, path in left if fits((known[0], known[1]), name)] or None


def fits(known: Named, name: Named) -> bool:
    pattern = ".*".join(map(re.escape, known[1].split("(moves)")))
    return known[0] == name[0] and re.fullmatch(pattern, name[1]) is not None


def mate(found: Comparison, name: Named) -> Named | None:
    """What an object of side 0 is called on side 1."""
    for diff in found.objects:
        before, after = diff.pair
        if before and after and fits((before.id.kind, before.id.name), name):
            return after.id.kind, after.id.name
    return None


def covered(place: tuple[str, ...], said: list[tuple[str, ...]]) -> bool:
    return any(place[: len(one)] == one[: len(place)] for one in said)


def silences(found: Comparison, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    """What differs between what Helm prints on two sides, and the comparison does not name."""
    missing = []
    for side, objects in enumerate((before, after)):
        missing += [str(named(each)) for each in objects if said_of(found, named(each), side) is None]
    for one in before:
        known = mate(found, named(one))
        others = [each for each in after if known and fits(known, named(each))]
        said = said_of(found, named(one), 0) or []
        if known is None:
            missing += [] if () in said else [f"{named(one)} only on one side"]
        elif others and not any(all(covered(place, said) for place in differing(one, each)) for each in others):
            missing.append(f"{named(one)} {[list(differing(one, each)) for each in others]} but {said}")
    return missing


def named(obj: dict[str, Any]) -> Named:
    return obj["kind"], obj["metadata"]["name"]


@given(charts())
@settings(max_examples=80)
def test_what_differs_is_named(chart: MovingChart) -> None:
    with chart.written() as targets:
        try:
            found = pipeline.compare(*targets, sdk, why=False)
        except RenderError:
            return
        assert silences(found, *map(printed, targets)) == []


@given(charts())
@settings(max_examples=25)
def test_two_runs_say_the_same(chart: MovingChart) -> None:
    with chart.written() as targets:
        try:
            one, other = (pipeline.compare(*targets, sdk) for _ in range(2))
        except RenderError:
            return
        assert one == other


def test_the_law_can_be_broken() -> None:
    chart = MovingChart(
        ("kind: ConfigMap\nmetadata: {name: a}\ndata: {v: {{ .Values.a }}}\n",), ({}, {"a": "y"}), ("web", "web")
    )
    with chart.written() as targets:
        found = pipeline.compare(*targets, sdk, why=False)
        texts = [printed(target) for target in targets]
        assert silences(found, *texts) == []
        deaf = found._replace(objects=tuple(diff._replace(changes=()) for diff in found.objects))
        assert silences(deaf, *texts) == [
            "('ConfigMap', 'a') [[('data', 'v')]] but []",
        ]
        assert len(silences(found._replace(objects=()), *texts)) == 2 * len(texts[0]) + len(texts[0])
