"""Snapshots → what they print, as often as it takes to see what of it moves."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import chain

from chartgen.errors import RenderError, ValuesRefusedError
from chartgen.helm import moving
from chartgen.manifests import parsing
from chartgen.model import Manifests, Texts
from chartgen.trees import scalars
from chartgen.values.schema_check import refused
from chartgen.values.snapshot import Snapshot

RENDERS = 4
"""Of a side whose chart asks the clock or chance, without the one or two of copies with other templates."""


def calls_of(chart: AbstractSet[str], snapshots: Iterable[Snapshot]) -> list[str]:
    """The functions through which a chart asks the clock or chance: its own, and those in values, which it may run."""
    found = chain.from_iterable(scalars(layer.values) for each in snapshots for layer in each.layers)
    templates = (text for text in found if isinstance(text, str) and "{{" in text)
    return sorted(frozenset(chart).union(*map(moving.calls, templates)))


def renders(snapshots: Sequence[Snapshot], calls: Sequence[str]) -> list[list[Manifests]]:
    """What each of some snapshots prints: once; where the chart asks the clock or chance by `calls`, several times.

    Then half of them after the next second has begun, and at last at another time, which shows what moves more slowly.
    Raises ValuesRefusedError, with every finding, where the schema refuses the values of one; RenderError.
    """
    found = [[_accepted(each)] for each in snapshots]
    if not calls:
        return found
    begun = time.time()
    for number in range(1, RENDERS):
        if number == RENDERS // 2 and any(map(moving.is_clock, calls)):
            time.sleep(max(int(begun) + 1 - time.time(), 0))
        for each, printed in zip(snapshots, found, strict=True):
            printed.extend(_objects(partial(each.chart.render, each.target, each.overlay)))
    for each, printed in zip(snapshots, found, strict=True):
        for backwards in (False, True) if any(map(moving.is_unordered, calls)) else (False,):
            printed.extend(_objects(partial(each.chart.otherwise, each.target, each.overlay, backwards=backwards)))
    return found


def _accepted(snapshot: Snapshot) -> Manifests:
    try:
        return snapshot.manifests
    except ValuesRefusedError as error:
        raise refused(snapshot, error.message) from error


def _objects(render: Callable[[], Texts]) -> Iterator[Manifests]:
    """What one more render prints; nothing where this one fails, as by chance or at another time it may."""
    with contextlib.suppress(RenderError):
        yield parsing.objects(render())
