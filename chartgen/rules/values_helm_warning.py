"""What Helm warns of while it merges values: mostly a mapping where the chart has none, or the other way round.

Helm then takes what is set last, whole, and the templates get another shape than they were written for. What the
chart's own values tell is seen here, by the rules of Helm's `coalesceValues` and `coalesceTablesFullKey`; the rest, of
subcharts, Helm must say. Of its words no value is repeated: it prints some that may be secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from chartgen.keypath import path as spelled
from chartgen.model import ABSENT, Key, Mark, Severity, Tree, Values
from chartgen.rules.rule import Complaint, InValues, Place, Rule, Scope
from chartgen.trees import at
from chartgen.values.layers import merge_all
from chartgen.values.snapshot import Snapshot

GLOBAL = "global"
IS_MAPPING = "`{}` is a mapping here, and none in the {} own values: Helm takes this one, and drops the other"
IS_NONE = "`{}` is no mapping here, and one in the {} own values: Helm takes this one, and drops the mapping"
HINT = "give it the shape that the templates expect, or waive this finding where they take both"
OF_SUBCHARTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"warning: skipped value for (.+): Not a table\."), IS_MAPPING),
    (re.compile(r"warning: destination for (.+) is a table\. Ignoring non-table value"), IS_MAPPING),
    (re.compile(r"warning: cannot overwrite table with non table for (.+?) \("), IS_NONE),
)
VALUE = re.compile(r"\s*[(\"'`]|\s\S*=|:\s+map\[")
"""Where a value may begin in words of Helm that are not known here."""


def check(snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    for snapshot in snapshots:
        found = dict(_clashes(snapshot.overlay, snapshot.layers[0].values))
        for key, message in found.items():
            yield _complaint(snapshot, key, message.format(spelled(key), "chart's"))
        for words in snapshot.warnings:
            yield from _said(snapshot, words, found)


def _clashes(over: Values, own: Values, above: Key = ()) -> Iterator[tuple[Key, str]]:
    """The keys of which Helm warns. At the top of a chart it takes what is no mapping for a mapping without a word."""
    for name, value in over.items():
        key, there = (*above, name), own.get(name)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            yield from _clashes(value, there, key)
        elif isinstance(value, Mapping) and there is not None:
            yield key, IS_MAPPING
        elif above and isinstance(there, Mapping) and value is not None:
            yield key, IS_NONE


def _said(snapshot: Snapshot, words: str, found: Mapping[Key, str]) -> Iterator[Complaint]:
    chart = next(iter(snapshot.texts), "").partition("/")[0]
    for form, message in OF_SUBCHARTS:
        if named := form.match(words):
            dotted = named[1].removeprefix(f"{chart}.")
            key = _key(merge_all(snapshot.layers), dotted)
            if key not in found:
                yield _complaint(snapshot, key, message.format(spelled(key), "subchart's"))
            return
    cut = VALUE.split(words, maxsplit=1)[0]
    yield Complaint(cut, Mark(snapshot.target.directory), f"Helm warns: {cut} …", "run `helm template` for all of it")


def _key(values: Tree, dotted: str) -> Key:
    """The key that Helm names, whose parts may hold dots; a subchart may have it of the chart's global values."""
    _, is_global, rest = f".{dotted}".rpartition(f".{GLOBAL}.")
    candidates = (dotted, f"{GLOBAL}.{rest}" if is_global else f"{GLOBAL}.{dotted}")
    return next(filter(None, (_within(values, each) for each in candidates)), tuple(dotted.split(".")))


def _within(values: Tree, dotted: str) -> Key:
    """The key of these values that reads so; nothing where there is none."""
    for name in values if isinstance(values, Mapping) else ():
        if name == dotted:
            return (name,)
        if dotted.startswith(f"{name}.") and (below := _within(values[name], dotted[len(name) + 1 :])):
            return (name, *below)
    return ()


def _complaint(snapshot: Snapshot, key: Key, message: str) -> Complaint:
    return Complaint(spelled(key), _place(snapshot, key), message, HINT)


def _place(snapshot: Snapshot, key: Key) -> Place:
    """The highest layer that sets the key; the chart where none does, as what one subchart sets of another."""
    setting = (layer for layer in reversed(snapshot.layers) if at(layer.values, key) is not ABSENT)
    return next((InValues(layer, key) for layer in setting), Mark(snapshot.target.directory))


RULE = Rule(
    "helm-warning",
    Severity.WARNING,
    "Helm warns of values whose shape is not the chart's",
    Scope.ENVIRONMENT,
    check=check,
    compared=True,
)
