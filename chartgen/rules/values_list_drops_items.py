"""Helm replaces a list whole: an overlay that sets one drops every item of the list below it, without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chartgen.keypath import path as spelled
from chartgen.model import Key, Severity, Tree
from chartgen.rules.rule import Complaint, InValues, Rule, Scope
from chartgen.secrets.words import sounds_secret
from chartgen.trees import at, leaves
from chartgen.values.layers import Layer, merge_all
from chartgen.values.snapshot import Snapshot

NAMES = ("name", "key", "host", "path", "id")
"""Fields by which people tell the items of a list apart, most usual first."""


def _identity(item: Tree) -> Tree:
    """What makes an item the same one in another list: its name, or all of it."""
    if isinstance(item, Mapping):
        return next((item[name] for name in NAMES if name in item), item)
    return item


def _dropped(key: Key, below: Tree, above: Tree) -> list[str]:
    """The items of one list that another lacks, by name if they have one, else by place: values may be secret."""
    open_ = not sounds_secret(*key)
    kept = [_identity(item) for item in above]
    return [
        str(_identity(item))
        if open_ and isinstance(item, Mapping) and isinstance(_identity(item), str)
        else f"item {number}"
        for number, item in enumerate(below, 1)
        if _identity(item) not in kept
    ]


def _of_layer(layer: Layer, below: Tree) -> Iterator[Complaint]:
    for key, value in leaves(layer.values):
        there = at(below, key)
        dropped = _dropped(key, there, value) if isinstance(value, list) and isinstance(there, list) and value else []
        if dropped:
            yield Complaint(
                spelled(key),
                InValues(layer, key),
                f"`{spelled(key)}` replaces the list below it; not in this one: {', '.join(dropped)}",
                "repeat the items that are still meant, or waive this finding with the reason why they are not",
            )


def check(snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    for snapshot in snapshots:
        for index, layer in enumerate(snapshot.layers[1:], 1):
            if layer.text:
                yield from _of_layer(layer, merge_all(snapshot.layers[:index]))


RULE = Rule(
    "list-drops-items",
    Severity.WARNING,
    "a list of an overlay drops items of the list below it",
    Scope.CHART,
    check=check,
)
