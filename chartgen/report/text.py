"""A comparison for people: key first, its values once, and under it what it does to the manifests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from chartgen.keypath import path as spelled
from chartgen.model import Cause, Change, Comparison, Factor
from chartgen.report.rows import FEW, NARROWEST, Rows, identity
from chartgen.report.style import Style, both, is_derived, short_path, value, visible

COLUMN = 54
"""Where the places of a key begin, if its values leave room."""
ROOM = 60
"""Columns that two values get in the tail."""


def write(comparisons: Iterable[Comparison], stream: TextIO, style: Style, *, by_object: bool = False) -> None:
    """Every comparison, a blank line between two."""
    for index, comparison in enumerate(comparisons):
        lines = _Section(comparison, style).lines(by_object=by_object or comparison.causes is None)
        stream.write("\n" * bool(index) + "".join(f"{style.safe(line.rstrip())}\n" for line in lines))


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


class _Section:
    """The text of one comparison."""

    def __init__(self, comparison: Comparison, style: Style) -> None:
        self._found = comparison
        self._style = style
        self._rows = Rows(comparison, style)
        self._causes = comparison.causes or ()
        self._real = [index for index, change in enumerate(comparison.changes) if not change.equal]
        self._shown = [index for index in self._real if index not in comparison.expected]

    def lines(self, *, by_object: bool) -> Iterator[str]:
        yield self._title()
        yield from self._objects() if by_object else self._keys()
        tail = [*self._without_effect(), *self._equal(), *self._remarks()]
        yield from ["", *tail] if tail else []

    def _title(self) -> str:
        found = self._found
        changes = [found.changes[index] for index in self._real]
        differing = len({id(change.pair) for change in changes if change.path})
        parts = [f"{_count(differing, 'object')} {'differs' if differing == 1 else 'differ'}"] if differing else []
        for side, target in enumerate((found.before, found.after)):
            only = sum(not change.path and change.pair[side] is not None for change in changes)
            parts += [f"{only} only in {target.environment}"] if only else []
        summary = ", ".join([*parts, f"{found.equal_objects} equal"])
        if self._causes and changes:
            keys = len({factor for index in self._real for factor in self._causes[index].factors})
            summary += f"; {_count(keys, 'key')} {'causes' if keys == 1 else 'cause'} it"
        names = f"{found.before.environment} → {found.after.environment}"
        return f"{self._style.paint(found.after.chart, 'bold')}  {names}   {summary}"

    def _keys(self) -> Iterator[str]:
        """One block a cause, in the order of the values file; those that are not narrowed down last."""
        blocks: dict[Cause, list[int]] = defaultdict(list)
        for index in self._shown:
            for cause in self._placed(index):
                blocks[cause].append(index)
        if blocks:
            yield ""
        for cause in sorted(blocks, key=lambda cause: (not cause.exact, cause.factors)):
            yield from self._heading(cause)
            yield from self._effects(blocks[cause], cause)

    def _placed(self, index: int) -> list[Cause]:
        """The blocks that a change stands in: its cause's; for a digest, those of each key that moves it."""
        cause, change = self._causes[index], self._found.changes[index]
        if cause.exact and is_derived(change.before, change.after):
            return [Cause((factor,)) for factor in cause.factors]
        return [cause._replace(ambiguous=False)]  # which the text does not show

    def _heading(self, cause: Cause) -> Iterator[str]:
        factors = [self._found.factors[index] for index in cause.factors]
        if not cause.exact:
            words = f"one or more of {_count(len(factors), 'key')}"
            yield f"{self._style.paint(words, 'yellow')} {_under(factors)}".rstrip()
        joint = "or " if cause.any_of or not cause.exact else "and "
        for number, factor in enumerate(factors if cause.exact or len(factors) <= FEW else ()):
            yield from self._factor(factor, joint if number else "")

    def _factor(self, factor: Factor, joint: str) -> Iterator[str]:
        style, folder = self._style, self._found.after.chart
        places = f"{style.place(factor.before_mark, folder)} → {style.place(factor.after_mark, folder)}"
        name = f"{joint}{style.paint(spelled(factor.key), 'bold')}"
        room = max(style.width - visible(name) - 6, NARROWEST) if style.width else 0
        text = f"{name}  {style.arrow(factor.before, factor.after, room)}"
        gap = max(COLUMN - visible(text), 2)
        if style.width and visible(text) + gap + visible(places) > style.width:
            gap = style.width - visible(text) - visible(places)
        if gap > 1:
            yield f"{text}{' ' * gap}{places}"
        else:
            yield from (text, f"{' ' * (COLUMN - 40)}{places}")

    def _effects(self, indices: Sequence[int], cause: Cause) -> Iterator[str]:
        by_object: dict[int, list[Change]] = defaultdict(list)
        for index in indices:
            change = self._found.changes[index]
            if change.path:
                by_object[id(change.pair)].append(change)
        only = self._found.factors[cause.factors[0]] if len(cause.factors) == 1 else None
        for changes in by_object.values():
            yield from self._rows.of_object(changes, only)
        yield from self._rows.one_sided(indices)

    def _objects(self) -> Iterator[str]:
        """One block an object, each change with its values and, where known, its keys."""
        by_object: dict[int, list[int]] = defaultdict(list)
        for index in self._shown:
            if self._found.changes[index].path:
                by_object[id(self._found.changes[index].pair)].append(index)
        for indices in by_object.values():
            yield ""
            yield self._style.paint(self._rows.name(self._found.changes[indices[0]]), "bold")
            for index in indices:
                yield f"    {self._rows.row(self._found.changes[index])}{self._rows.because(index)}"
        if self._causes:
            one_sided = list(self._rows.one_sided_with_causes(self._shown))
        else:
            one_sided = [line.removeprefix("    ") for line in self._rows.one_sided(self._shown)]
        yield from ["", *one_sided] if one_sided else []

    def _used(self) -> set[int]:
        """Factors that make a difference somewhere."""
        causing = {factor for index in self._real for factor in self._causes[index].factors}
        return causing | {factor for chosen in self._found.shapes.values() for factor in chosen}

    def _only_equal(self) -> set[int]:
        """Factors that change nothing but how an equal value is spelt."""
        pairs = zip(self._found.changes, self._causes, strict=True)
        return {factor for change, cause in pairs if change.equal for factor in cause.factors} - self._used()

    def _without_effect(self) -> Iterator[str]:
        if not self._causes and self._found.changes:
            return
        for index, factor in enumerate(self._found.factors):
            if index in self._used() | self._only_equal():
                continue
            place = self._style.place(factor.after_mark or factor.before_mark, self._found.after.chart)
            idle = f"; {self._found.idle[index]}" if index in self._found.idle else ""
            values = self._style.arrow(factor.before, factor.after, ROOM)
            yield f"No effect: {spelled(factor.key)} {values} ({place}{idle})"

    def _equal(self) -> Iterator[str]:
        keys = self._only_equal() if self._causes else set()
        for factor in (self._found.factors[index] for index in sorted(keys)):
            yield f"Equal in meaning: {spelled(factor.key)} {value(factor.before)} = {value(factor.after)}"
        for index, change in enumerate(self._found.changes):
            if change.equal and not (self._causes and keys & set(self._causes[index].factors)):
                values = " = ".join(both(change.before, change.after, ROOM))
                path = short_path(change.path, identity(change))
                yield f"Equal in meaning: {self._rows.label(change)} {path} {values}"

    def _remarks(self) -> Iterator[str]:
        for index, reason in self._found.expected.items():
            yield f"Expected: {self._summary(self._found.changes[index])} ({reason})"
        for template in self._found.unstable:
            yield f"Differs from render to render, left out: {template}"
        if not all(cause.exact for cause in self._causes):
            yield f"Not narrowed further after {self._found.renders} renders"

    def _summary(self, change: Change) -> str:
        if not change.path:
            side = self._found.before if change.pair.before else self._found.after
            return f"{identity(change)} only in {side.environment}"
        values = self._style.arrow(change.before, change.after, ROOM)
        return f"{self._rows.label(change)} {short_path(change.path, identity(change))} {values}"


def _under(factors: Sequence[Factor]) -> str:
    """The key that all factors stand below, if there is one."""
    shared = factors[0].key
    for factor in factors:
        while shared != factor.key[: len(shared)]:
            shared = shared[:-1]
    return f"under {spelled(shared)}" if shared else ""
