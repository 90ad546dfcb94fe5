"""One change, or some of one object, as a row of text."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress

from chartgen.keypath import path as spelled
from chartgen.kube.identity import is_immutable
from chartgen.model import ABSENT, ObjectId, Tree
from chartgen.report import states
from chartgen.report.style import Style, chart, short_path, visible
from chartgen.results import Change, Comparison, Factor, ObjectDiff

EMPTY: tuple[Tree, ...] = (ABSENT, None, [], {}, "")
FEW = 4
"""Factors that are listed; more are summed up."""
NARROWEST = 32
"""Columns that two values get at least."""
BESIDE = 20
"""Columns that indent, label and arrow take, about."""


class Rows:
    """Rows of one comparison, in one style."""

    def __init__(self, comparison: Comparison, style: Style) -> None:
        self._found = comparison
        self._style = style
        self._folder = chart(comparison.after)
        ids = [diff.id for diff in comparison.objects if diff.changes]
        self._kinds = Counter(obj.kind for obj in ids)
        self._ids = Counter(ids)
        self._groups: dict[str, set[str]] = defaultdict(set)
        self._namespaces: dict[tuple[str, str], set[str]] = defaultdict(set)
        for obj in ids:
            self._groups[obj.kind].add(obj.group)
            self._namespaces[obj.kind, obj.name].add(self._namespace(obj))

    def label(self, diff: ObjectDiff) -> str:
        """The kind of the object, with its name where there are several of the kind."""
        return self.name(diff) if self._kinds[diff.id.kind] > 1 else diff.id.kind

    def name(self, diff: ObjectDiff) -> str:
        """Kind and name; with the group, namespace or events of a hook where another has the same, as kubectl does."""
        obj = diff.id
        kind = f"{obj.kind}.{obj.group}" if obj.group and len(self._groups[obj.kind]) > 1 else obj.kind
        is_elsewhere = len(self._namespaces[obj.kind, obj.name]) > 1
        name = f"{kind}/{self._namespace(obj)}/{obj.name}" if is_elsewhere else f"{kind}/{obj.name}"
        events = ",".join(sorted(diff.object.events))
        return f"{name} ({events})" if events and self._ids[obj] > 1 else name

    def _namespace(self, obj: ObjectId) -> str:
        return obj.namespace or self._found.after.namespace

    def because(self, change: Change) -> str:
        """The keys that cause a change, and for a single one its place."""
        drift = f"   ← drift {states.by(change.drift)}" if change.drift else ""
        cause = change.cause
        if cause is None:
            return drift
        factors = cause.factors
        if not cause.exact:
            words = f"one or more of {len(factors)} keys"
        elif len(factors) == 1:
            mark = factors[0].after_mark or factors[0].before_mark
            words = f"{spelled(factors[0].key)}  {self._style.place(mark, self._folder)}"
        else:
            words = (" or " if cause.any_of else " and ").join(spelled(factor.key) for factor in factors)
        return f"   ← {words}{drift}"

    def of_object(self, diff: ObjectDiff, changes: Sequence[Change], factor: Factor | None) -> Iterator[str]:
        """All changes of one object that one factor causes; values only where they are not the factor's own."""
        repeating = [bool(factor and _repeats(change, factor)) for change in changes]
        plain = [repeats and not self._remark(diff, change) for change, repeats in zip(changes, repeating, strict=True)]
        rows = [", ".join(_collapsed(diff, compress(changes, plain)))] if any(plain) else []
        for change, repeats, is_plain in zip(changes, repeating, plain, strict=True):
            rows += [] if is_plain else [self.row(diff, change, values=not repeats)]
        label = self.label(diff)
        for number, row in enumerate(rows):
            yield from self.wrapped(label if number == 0 else " " * len(label), row)

    def row(self, diff: ObjectDiff, change: Change, *, values: bool = True) -> str:
        text = short_path(change.path, diff.id)
        if change.derived:
            return f"{text} (derived)"
        room = max(self._style.width - len(text) - BESIDE, NARROWEST) if self._style.width else 0
        shown = f"  {self._style.arrow(change.before, change.after, room)}" if values else ""
        drift = f"   (drift {states.by(change.drift)})" if change.drift and change.cause else ""
        return f"{text}{shown}{self._remark(diff, change)}{drift}"

    def _remark(self, diff: ObjectDiff, change: Change) -> str:
        if change.path == ("metadata", "name"):
            return " (matched)"
        plain = tuple(step if isinstance(step, str) else "*" for step in change.path)
        if not is_immutable(diff.id.group, diff.id.kind, plain):
            return ""
        if diff.object.events or diff.object.generated:  # Helm deletes a hook before it makes the next one
            return ""
        separate = len({one.id.name for one in diff.pair if one}) > 1
        what = f"only as a separate {diff.id.kind}" if separate else "an upgrade from one to the other is refused"
        return "   " + self._style.paint(f"(immutable: {what})", "yellow")

    def one_sided(self, diffs: Sequence[ObjectDiff]) -> Iterator[str]:
        """Objects that one side lacks; on a row of their own where other keys shape them."""
        for side, target in enumerate((self._found.before, self._found.after)):
            there = [diff for diff in diffs if diff.pair[side]]
            label = f"only in {target.environment}"
            for diff in there:
                if diff.shaped_by:
                    yield from self.wrapped(label, f"{self._there(diff)}   shaped by {self._shapes(diff)}")
            plain = [self._there(diff) for diff in there if not diff.shaped_by]
            if plain:
                yield from self.wrapped(label, ", ".join(plain))

    def _there(self, diff: ObjectDiff) -> str:
        change = diff.changes[0]
        return (
            f"{self.name(diff)} (drift {states.by(change.drift)})" if change.drift and change.cause else self.name(diff)
        )

    def one_sided_with_causes(self, diffs: Sequence[ObjectDiff]) -> Iterator[str]:
        """The same, each on a row with the keys that cause it."""
        for side, target in enumerate((self._found.before, self._found.after)):
            for diff in diffs:
                if diff.pair[side]:
                    shaped = f"   shaped by {self._shapes(diff)}" if diff.shaped_by else ""
                    yield f"only in {target.environment}  {self.name(diff)}{self.because(diff.changes[0])}{shaped}"

    def _shapes(self, diff: ObjectDiff) -> str:
        factors = diff.shaped_by
        marks = [(factor.after_mark if diff.pair.after else factor.before_mark) for factor in factors]
        listed = [
            f"{spelled(factor.key)}, {self._style.place(mark, self._folder)}"
            for factor, mark in zip(factors[:FEW], marks, strict=False)
        ]
        more = [f"{len(factors) - FEW} more"] if len(factors) > FEW else []
        return "; ".join(listed + more)

    def wrapped(self, label: str, row: str) -> Iterator[str]:
        indent = f"    {label}  "
        if not self._style.width or visible(indent + row) <= self._style.width or "\x1b" in row:
            yield indent + row
            return
        yield from textwrap.wrap(
            row,
            max(self._style.width, len(indent) + NARROWEST),
            initial_indent=indent,
            subsequent_indent=" " * len(indent),
            break_long_words=False,
            break_on_hyphens=False,
        )


def _repeats(change: Change, factor: Factor) -> bool:
    """Whether a change shows no more than its key: the same values, or texts that differ only in holding them."""
    pairs = ((change.before, factor.before), (change.after, factor.after))
    if all(str(shown) == str(own) or (shown in EMPTY and own in EMPTY) for shown, own in pairs):
        return True
    if not all(isinstance(tree, str) and tree for pair in pairs for tree in pair):
        return False
    around = [shown.split(own, 1) for shown, own in pairs]
    return len(around[0]) > 1 and around[0] == around[1]


def _collapsed(diff: ObjectDiff, changes: Iterable[Change]) -> list[str]:
    """Paths; those that end in the same quoted label are one, with a count."""
    by_label: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        text = short_path(change.path, diff.id)
        label = str(change.path[-1]) if "metadata" in change.path and text.endswith('"]') else text
        by_label[label].append(text)
    return [texts[0] if len(texts) == 1 else f"{label} ×{len(texts)}" for label, texts in by_label.items()]
