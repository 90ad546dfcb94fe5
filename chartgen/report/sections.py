"""A comparison for people: key first, its values once, and under it what it does to the manifests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from chartgen.keypath import path as spelled
from chartgen.model import Key
from chartgen.report import findings, states
from chartgen.report.rows import FEW, NARROWEST, Rows
from chartgen.report.style import Style, both, chart, short_path, value, visible
from chartgen.results import Cause, Change, Comparison, Drift, Factor, ObjectDiff

COLUMN = 54
"""Where the places of a key begin, if its values leave room."""
ROOM = 60
"""Columns that two values get in the tail."""


def count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


class _Effect(NamedTuple):
    """One change of one object, which has a number."""

    diff: ObjectDiff
    change: Change
    number: int


class Section:
    """The text of one comparison. `by_object` sorts it by object, as it is where causes are not known."""

    def __init__(self, comparison: Comparison, style: Style, *, by_object: bool) -> None:
        self._found = comparison
        self._style = style
        self._folder = chart(comparison.after)
        self._rows = Rows(comparison, style)
        self._by_object = by_object or comparison.factors is None
        numbered = enumerate(comparison.objects)
        effects = [_Effect(diff, change, number) for number, diff in numbered for change in diff.changes]
        self._real = [effect for effect in effects if not effect.change.equal]
        self._equal = [effect for effect in effects if effect.change.equal]
        self._shown = [effect for effect in self._real if not effect.change.expected]
        self._expected = [effect for effect in effects if effect.change.expected]
        self._ranks = {factor.id: rank for rank, factor in enumerate(comparison.factors or ())}

    def lines(self) -> Iterator[str]:
        yield self._title()
        yield from self._objects() if self._by_object else chain(self._keys(), self._drift())
        tail = [*self._without_effect(), *self._equal_in_meaning(), *self._remarks(), *states.lines(self._found)]
        tail += findings.lines(self._found.findings, self._style)
        yield from ["", *tail] if tail else []

    def _title(self) -> str:
        found, counts = self._found, self._found.counts
        differ = "differs" if counts.differing == 1 else "differ"
        parts = [f"{count(counts.differing, 'object')} {differ}"] if counts.differing else []
        for only, target in ((counts.only_before, found.before), (counts.only_after, found.after)):
            parts += [f"{only} only in {target.environment}"] if only else []
        summary = ", ".join([*parts, f"{counts.equal} equal"])
        if self._real and found.factors is not None:
            keys = len(_causing(self._real))
            drifted = sum(bool(effect.change.drift) for effect in self._real)
            if keys or not drifted:
                summary += f"; {count(keys, 'key')} {'causes' if keys == 1 else 'cause'} it"
            summary += f"; {count(drifted, 'place')} drifted" if drifted else ""
        summary += f"; {found.unseen} not compared with the cluster" if found.unseen else ""
        names = f"{found.before.environment} → {found.after.environment}"
        return f"{self._style.paint(self._folder, 'bold')}  {names}   {summary}"

    def _keys(self) -> Iterator[str]:
        """One block a cause, in the order of the values file; those that are not narrowed down last."""
        blocks: dict[tuple[bool, tuple[int, ...], bool], list[tuple[Cause, _Effect]]] = defaultdict(list)
        for effect in self._shown:
            for cause in _placed(effect.change):
                ranks = tuple(self._ranks[factor.id] for factor in cause.factors)
                blocks[not cause.exact, ranks, cause.any_of].append((cause, effect))
        if blocks:
            yield ""
        for _, block in sorted(blocks.items(), key=lambda item: item[0][:2]):
            cause = block[0][0]
            yield from self._heading(cause)
            yield from self._effects([effect for _, effect in block], cause)

    def _drift(self) -> Iterator[str]:
        """One block for each who has changed something in a cluster."""
        blocks: dict[Drift, list[_Effect]] = defaultdict(list)
        for effect in self._shown:
            if effect.change.drift and not effect.change.cause:
                blocks[effect.change.drift].append(effect)
        if blocks and not any(_placed(effect.change) for effect in self._shown):
            yield ""
        for drift, effects in blocks.items():
            yield self._style.paint(f"drift  {states.by(drift)}", "bold")
            for diff, changes in _by_object(effects):
                yield from self._rows.of_object(diff, changes, None)
            yield from self._rows.one_sided(_one_sided(effects))

    def _heading(self, cause: Cause) -> Iterator[str]:
        factors = cause.factors
        if not cause.exact:
            words = f"one or more of {count(len(factors), 'key')}"
            yield f"{self._style.paint(words, 'yellow')} {_under(factors)}".rstrip()
        joint = "or " if cause.any_of or not cause.exact else "and "
        for number, factor in enumerate(factors if cause.exact or len(factors) <= FEW else ()):
            yield from self._factor(factor, joint if number else "")

    def _factor(self, factor: Factor, joint: str) -> Iterator[str]:
        style, folder = self._style, self._folder
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

    def _effects(self, effects: Sequence[_Effect], cause: Cause) -> Iterator[str]:
        only = cause.factors[0] if len(cause.factors) == 1 else None
        for diff, changes in _by_object(effects):
            yield from self._rows.of_object(diff, changes, only)
        yield from self._rows.one_sided(_one_sided(effects))

    def _objects(self) -> Iterator[str]:
        """One block an object, each change with its values and, where known, its keys."""
        for diff, changes in _by_object(self._shown):
            yield ""
            yield self._style.paint(self._rows.name(diff), "bold")
            for change in changes:
                yield f"    {self._rows.row(diff, change._replace(drift=None))}{self._rows.because(change)}"
        if self._found.factors is None:
            one_sided = [line.removeprefix("    ") for line in self._rows.one_sided(_one_sided(self._shown))]
        else:
            one_sided = list(self._rows.one_sided_with_causes(_one_sided(self._shown)))
        yield from ["", *one_sided] if one_sided else []

    def _used(self) -> set[tuple[bool, Key]]:
        """Factors that make a difference somewhere."""
        shaping = chain.from_iterable(diff.shaped_by for diff in self._found.objects)
        return _causing(self._real) | {factor.id for factor in shaping}

    def _only_equal(self) -> set[tuple[bool, Key]]:
        """Factors that change nothing but how an equal value is spelt; not told where other things move as well."""
        spelt = {factor.id for factor in self._found.factors or () if factor.respells}
        return (_causing(self._equal) | spelt) - self._used()

    def _without_effect(self) -> Iterator[str]:
        effective = self._used() | self._only_equal()
        for factor in self._found.factors or ():
            if factor.id in effective:
                continue
            where = self._style.place(factor.after_mark or factor.before_mark, self._folder)
            idle = f"; {factor.idle}" if factor.idle else ""
            values = self._style.arrow(factor.before, factor.after, ROOM)
            words = "No effect seen" if self._found.partial or factor.fails else "No effect"
            fails = "; the chart does not render with it alone" if factor.fails else ""
            yield f"{words}: {spelled(factor.key)} {values} ({where}{idle}{fails})"

    def _equal_in_meaning(self) -> Iterator[str]:
        keys = self._only_equal()
        for factor in self._found.factors or ():
            if factor.id in keys:
                yield f"Equal in meaning: {spelled(factor.key)} {value(factor.before)} = {value(factor.after)}"
        for effect in self._equal:
            if not keys & _causing([effect]):
                values = " = ".join(both(effect.change.before, effect.change.after, ROOM))
                path = short_path(effect.change.path, effect.diff.id)
                yield f"Equal in meaning: {self._rows.label(effect.diff)} {path} {values}"

    def _remarks(self) -> Iterator[str]:
        meant = [(effect.change.expected, effect) for effect in self._expected if effect.change.expected]
        for expected, effect in sorted(meant, key=lambda one: one[0].mark.order):
            yield f"Expected: {self._summary(effect)} ({expected.reason})"
        yield from self._left_out()
        if not all(effect.change.cause is None or effect.change.cause.exact for effect in (*self._real, *self._equal)):
            yield f"Not narrowed further after {self._found.renders} renders"

    def _left_out(self) -> Iterator[str]:
        """What moves, an object a line."""
        both = {self._found.before.environment, self._found.after.environment}
        moving = [left for left in self._found.left if not left.because]
        for (obj, environments, calls), group in groupby(moving, key=itemgetter(0, 3, 4)):
            paths = ", ".join(short_path(left.path, obj) for left in group if left.path)
            where = "" if set(environments) == both else f" in {', '.join(environments)}"
            by = f" ({', '.join(calls)})" if calls else ""
            yield f"Moves from render to render{where}, left out: {' '.join(filter(None, (str(obj), paths)))}{by}"

    def _summary(self, effect: _Effect) -> str:
        diff, change, _ = effect
        if not change.path:
            side = self._found.before if diff.pair.before else self._found.after
            return f"{diff.id} only in {side.environment}"
        values = self._style.arrow(change.before, change.after, ROOM)
        return f"{self._rows.label(diff)} {short_path(change.path, diff.id)} {values}"


def _causing(effects: Sequence[_Effect]) -> set[tuple[bool, Key]]:
    """The factors that cause some changes."""
    causes = (effect.change.cause for effect in effects)
    return {factor.id for cause in causes if cause for factor in cause.factors}


def _placed(change: Change) -> list[Cause]:
    """The causes under which a change stands: its own; for a digest, each key that moves it."""
    cause = change.cause
    if cause is None:
        return []
    return [Cause((factor,)) for factor in cause.factors] if cause.exact and change.derived else [cause]


def _by_object(effects: Sequence[_Effect]) -> Iterator[tuple[ObjectDiff, list[Change]]]:
    """The changes within objects, object by object: effects come in the order of objects."""
    within = (effect for effect in effects if effect.change.path)
    for _, group in groupby(within, key=attrgetter("number")):
        found = list(group)
        yield found[0].diff, [effect.change for effect in found]


def _one_sided(effects: Sequence[_Effect]) -> list[ObjectDiff]:
    return [effect.diff for effect in effects if not effect.change.path]


def _under(factors: Sequence[Factor]) -> str:
    """The key that all factors stand below, if there is one."""
    shared = factors[0].key
    for factor in factors:
        while shared != factor.key[: len(shared)]:
            shared = shared[:-1]
    return f"under {spelled(shared)}" if shared else ""
