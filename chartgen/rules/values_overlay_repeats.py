"""An overlay line that repeats what is already so hides which lines matter.

It also keeps the old value when the layer below changes. It counts only where it repeats in every environment that uses
the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from chartgen.keypath import path as spelled
from chartgen.model import Finding, Key, Mark, Severity, World
from chartgen.trees import same
from chartgen.values.layers import at, leaves, merge_all

ID = "overlay-repeats"


class _Line(NamedTuple):
    file: str
    key: Key


def _lines(world: World) -> Iterator[tuple[_Line, bool]]:
    """Each line of each overlay of each environment, and whether it repeats what the layers below it say."""
    for layers in world.environments.values():
        for index, layer in enumerate(layers):
            if index == 0 or not layer.text:
                continue
            below = merge_all(layers[:index])
            for key, value in leaves(layer.values):
                there = at(below, key)
                yield _Line(layer.name, key), same(there, value)


def check(world: World) -> Iterator[Finding]:
    repeats: dict[_Line, bool] = {}
    for line, is_repeat in _lines(world):
        repeats[line] = repeats.get(line, True) and is_repeat
    for line, is_repeat in repeats.items():
        if is_repeat and line.key:
            subject = spelled(line.key)
            yield Finding(
                ID,
                Severity.WARNING,
                subject,
                Mark(line.file),
                f"`{subject}` is already so in the files below this one",
                "delete the line",
                key=line.key,
            )
