"""An overlay line that repeats what is already so hides which lines matter.

It also keeps the old value when the layer below changes. It counts only where it repeats in every environment that uses
the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from chartgen.keypath import path as spelled
from chartgen.model import Key, Severity
from chartgen.rules.rule import Complaint, InValues, Rule, Scope
from chartgen.trees import at, leaves, same
from chartgen.values.layers import Layer, merge_all
from chartgen.values.snapshot import Snapshot


class _Line(NamedTuple):
    file: Path | str
    key: Key


def _lines(snapshots: Sequence[Snapshot]) -> Iterator[tuple[_Line, Layer, bool]]:
    """Each line of each overlay of each environment, and whether it repeats what the layers below it say."""
    for snapshot in snapshots:
        for index, layer in enumerate(snapshot.layers):
            if index == 0 or not layer.text:
                continue
            below = merge_all(snapshot.layers[:index])
            for key, value in leaves(layer.values):
                yield _Line(layer.file, key), layer, same(at(below, key), value)


def check(snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    repeats: dict[_Line, bool] = {}
    layers: dict[_Line, Layer] = {}
    for line, layer, is_repeat in _lines(snapshots):
        repeats[line] = repeats.get(line, True) and is_repeat
        layers[line] = layer
    for line, is_repeat in repeats.items():
        if is_repeat and line.key:
            subject = spelled(line.key)
            place = InValues(layers[line], line.key)
            yield Complaint(subject, place, f"`{subject}` is already so in the files below this one", "delete the line")


RULE = Rule(
    "overlay-repeats",
    Severity.WARNING,
    "a line of an overlay repeats what is already so",
    Scope.CHART,
    check=check,
)
