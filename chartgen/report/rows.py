"""One change, or some of one object, as a row of text."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from chartgen.keypath import path as spelled
from chartgen.kube.identity import is_immutable
from chartgen.model import ABSENT, Change, Comparison, Factor, ObjectId, Tree
from chartgen.report.style import Style, is_derived, short_path, visible

EMPTY: tuple[Tree, ...] = (ABSENT, None, [], {}, "")
FEW = 4
"""Factors that are listed; more are summed up."""
NARROWEST = 32
"""Columns that two values get at least."""
BESIDE = 20
"""Columns that indent, label and arrow take, about."""


def identity(change: Change) -> ObjectId:
    """The object that a change is about, as it is called on the later side."""
    return next(obj.id for obj in reversed(change.pair) if obj)


class Rows:
    """Rows of one comparison, in one style."""

    def __init__(self, comparison: Comparison, style: Style) -> None:
        self._found = comparison
        self._style = style
        self._folder = comparison.after.chart
        ids = {identity(change) for change in comparison.changes}
        self._kinds = Counter(obj.kind for obj in ids)
        self._names = Counter(str(obj) for obj in ids)

    def label(self, change: Change) -> str:
        """The kind of the object, with its name where there are several of the kind."""
        obj = identity(change)
        return self.name(change) if self._kinds[obj.kind] > 1 else obj.kind

    def name(self, change: Change) -> str:
        """Kind and name of the object, with its namespace where another has the same."""
        obj = identity(change)
        return f"{obj.kind}/{obj.namespace}/{obj.name}" if self._names[str(obj)] > 1 else str(obj)

    def because(self, index: int) -> str:
        """The keys that cause a change, and for a single one its place."""
        if self._found.causes is None:
            return ""
        cause = self._found.causes[index]
        factors = [self._found.factors[factor] for factor in cause.factors]
        if not cause.exact:
            words = f"one or more of {len(factors)} keys"
        elif len(factors) == 1:
            mark = factors[0].after_mark or factors[0].before_mark
            words = f"{spelled(factors[0].key)}  {self._style.place(mark, self._folder)}"
        else:
            words = (" or " if cause.any_of else " and ").join(spelled(factor.key) for factor in factors)
        return f"   ← {words}"

    def of_object(self, changes: Sequence[Change], factor: Factor | None) -> Iterator[str]:
        """All changes of one object that one factor causes; values only where they are not the factor's own."""
        quiet = [c for c in changes if factor and _repeats(c, factor) and not self._remark(c)]
        rows = [", ".join(_collapsed(quiet))] if quiet else []
        rows += [self.row(c, values=not (factor and _repeats(c, factor))) for c in changes if c not in quiet]
        label = self.label(changes[0])
        for number, row in enumerate(rows):
            yield from self.wrapped(label if number == 0 else " " * len(label), row)

    def row(self, change: Change, *, values: bool = True) -> str:
        text = short_path(change.path, identity(change))
        if is_derived(change.before, change.after):
            return f"{text} (derived)"
        room = max(self._style.width - len(text) - BESIDE, NARROWEST) if self._style.width else 0
        shown = f"  {self._style.arrow(change.before, change.after, room)}" if values else ""
        return f"{text}{shown}{self._remark(change)}"

    def _remark(self, change: Change) -> str:
        obj = identity(change)
        if change.path == ("metadata", "name"):
            return " (matched)"
        plain = tuple(step if isinstance(step, str) else "*" for step in change.path)
        if not is_immutable(obj.group, obj.kind, plain):
            return ""
        separate = len({one.id.name for one in change.pair if one}) > 1
        what = f"only as a separate {obj.kind}" if separate else "an upgrade from one to the other is refused"
        return "   " + self._style.paint(f"(immutable: {what})", "yellow")

    def one_sided(self, indices: Sequence[int]) -> Iterator[str]:
        """Objects that one side lacks; on a row of their own where other keys shape them."""
        for side, target in enumerate((self._found.before, self._found.after)):
            there = [i for i in indices if not self._found.changes[i].path and self._found.changes[i].pair[side]]
            label = f"only in {target.environment}"
            for index in there:
                if shapes := self._shapes(index):
                    yield from self.wrapped(label, f"{self.name(self._found.changes[index])}   shaped by {shapes}")
            plain = [self.name(self._found.changes[index]) for index in there if not self._shapes(index)]
            if plain:
                yield from self.wrapped(label, ", ".join(plain))

    def one_sided_with_causes(self, indices: Sequence[int]) -> Iterator[str]:
        """The same, each on a row with the keys that cause it."""
        for side, target in enumerate((self._found.before, self._found.after)):
            for index in indices:
                change = self._found.changes[index]
                if not change.path and change.pair[side]:
                    shapes = self._shapes(index)
                    shaped = f"   shaped by {shapes}" if shapes else ""
                    yield f"only in {target.environment}  {self.name(change)}{self.because(index)}{shaped}"

    def _shapes(self, index: int) -> str:
        factors = [self._found.factors[factor] for factor in self._found.shapes.get(index, ())]
        after = self._found.changes[index].pair.after is not None
        marks = [(factor.after_mark if after else factor.before_mark) for factor in factors]
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


def _collapsed(changes: Sequence[Change]) -> list[str]:
    """Paths; those that end in the same quoted label are one, with a count."""
    by_label: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        text = short_path(change.path, identity(change))
        label = str(change.path[-1]) if "metadata" in change.path and text.endswith('"]') else text
        by_label[label].append(text)
    return [texts[0] if len(texts) == 1 else f"{label} ×{len(texts)}" for label, texts in by_label.items()]
