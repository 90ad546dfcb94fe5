"""The order of things: who wants to know what chartgen does reads this file.

sources ─▶ Target ─▶ layers ─▶ helm ─▶ manifests ─▶ match ─▶ diff ─▶ Changes ─▶ experiment, cause ─▶ Causes
                        └─▶ schema, rules ─▶ Findings
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from chartgen.attribution.compare import Comparing, Progress, objects
from chartgen.config import ChartEntry, Expected, Waiver
from chartgen.errors import ChartError, ChartgenError, RenderError, ValuesError, ValuesRefusedError
from chartgen.goyaml.depth import MAX_DEPTH, is_too_deep
from chartgen.helm.engine import Chart, Engine
from chartgen.keypath import is_at_or_below, override
from chartgen.keypath import path as spelled
from chartgen.manifests import parsing
from chartgen.manifests.parsing import Document
from chartgen.model import Change, Comparison, Finding, Key, Layer, Mark, Severity, Target, World
from chartgen.rules import RULES
from chartgen.sources.files import Repository, display, read_text, unused_values_files
from chartgen.values import layers
from chartgen.values.layers import Loaded, Positions
from chartgen.values.schema_check import refusals, refused, remote_schemas, require_accepted, template

RULE_OF = {ChartError: "chart-unusable", RenderError: "render-fails", ValuesError: "values-unreadable"}


class Reader:
    """Reads the values of targets, each file once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._read: dict[Path, Layer] = {}

    def load(self, target: Target) -> Loaded:
        """The values layers of a target. Raises ValuesError."""
        own = target.directory / "values.yaml"
        base = self._layer(own) if own.is_file() else Layer(display(own), {})
        over = [Layer(override(one), self._engine.read_override(one)) for one in target.overrides]
        stack = (base, *(self._layer(path) for path in target.files), *over)
        return Loaded(target, stack, layers.merge_all(stack[1:]))

    def _layer(self, path: Path) -> Layer:
        if path not in self._read:
            self._read[path] = _read(path, self._engine)
        return self._read[path]


def _read(path: Path, engine: Engine) -> Layer:
    text = read_text(path)
    try:
        values = engine.read_values(text, display(path))
    except RecursionError:
        values = None
    if values is None or is_too_deep(values):
        raise ValuesError(f"nested more than {MAX_DEPTH} levels deep", where=display(path))
    return Layer(display(path), values, text)


def documents(target: Target, engine: Engine, *, hooks: bool = True) -> list[Document]:
    """What one target renders to, in the order in which Helm installs it. Raises ChartgenError where it cannot be."""
    chart, side = engine.open_chart(target), Reader(engine).load(target)
    try:
        found = parsing.documents(template(chart, side))
    except ValuesRefusedError as error:
        raise refused(side, chart, error.message) from error
    return [each for each in found if hooks or not parsing.is_hook(each.obj)]


def compare(
    before: Target,
    after: Target,
    engine: Engine,
    *,
    why: bool = True,
    hooks: bool = True,
    expected: Sequence[Expected] = (),
    progress: Progress = lambda *_: None,
) -> Comparison:
    """What differs between two environments of a chart, and why. Raises ChartgenError where one does not render."""
    chart = engine.open_chart(before, after)
    reader = Reader(engine)
    sides = reader.load(before), reader.load(after)
    require_accepted(chart, *sides)
    comparing = Comparing(chart, *sides, hooks=hooks)
    found = comparing.with_causes(progress) if why else comparing.without_causes()
    return found._replace(expected=dict(_expected(found, expected)))


def _expected(found: Comparison, declared: Sequence[Expected]) -> Iterator[tuple[int, str]]:
    environments = {found.before.environment, found.after.environment}
    for each in declared:
        if set(each.between) == environments:
            for index, change in enumerate(found.changes):
                if _is_named(each, change) or _is_caused(each, found, index):
                    yield index, each.reason


def _is_named(declared: Expected, change: Change) -> bool:
    names = {str(obj.id) for obj in change.pair if obj}
    return declared.object in names and is_at_or_below(spelled(change.path), declared.path)


def _is_caused(declared: Expected, found: Comparison, index: int) -> bool:
    """Whether the key that is declared, or keys below it, are all that cause a change."""
    if not declared.key or found.causes is None:
        return False
    keys = [spelled(found.factors[factor].key) for factor in found.causes[index].factors]
    return bool(keys) and all(is_at_or_below(key, declared.key) for key in keys)


def validate(
    repository: Repository, entries: Iterable[ChartEntry], environments: Sequence[str], engine: Engine
) -> Iterator[Finding]:
    """What is wrong with each chart in each of the environments, or in all of them where none is named."""
    for entry in entries:
        found = _chart_findings(repository, entry, environments, engine)
        yield from _accepted(_merged(found), repository.config.waivers)


def _chart_findings(
    repository: Repository, entry: ChartEntry, environments: Sequence[str], engine: Engine
) -> Iterator[Finding]:
    targets = [repository.target(entry, name) for name in entry.environments]
    try:
        chart = engine.open_chart(*targets) if targets else None
    except ChartError as error:
        yield _as_finding(error, entry.path)
        return
    reader = Reader(engine)
    sides: dict[str, Loaded] = {}
    for target in targets:
        chosen = not environments or target.environment in environments
        try:
            sides[target.environment] = reader.load(target)
            found = _render_findings(sides[target.environment], chart) if chosen and chart else ()
        except ValuesError as error:
            found = [_as_finding(error, entry.path)] if chosen else []
        yield from (finding._replace(environments=(target.environment,)) for finding in found)
    yield from remote_schemas(repository.folder / entry.path)
    unused = [display(path) for path in unused_values_files(entry, repository.folder)]
    chosen_files = {layer.name for name in environments or sides if name in sides for layer in sides[name].layers}
    world = World(entry.path, {name: side.layers for name, side in sides.items()}, unused)
    yield from _values_findings(world, chosen_files | set(unused))


def _render_findings(side: Loaded, chart: Chart) -> list[Finding]:
    try:
        parsing.collect(objects(template(chart, side)))
    except ValuesRefusedError as error:
        return refusals(side, chart, error.message)
    except RenderError as error:
        finding = _as_finding(error, side.target.chart)
        return [finding._replace(message=finding.message.removeprefix(f"{side.target}: "))]
    return []


def _values_findings(world: World, files: set[str]) -> Iterator[Finding]:
    """What is wrong with how values are written, in these files."""
    read = {layer.name: layer for values in world.environments.values() for layer in values if layer.text}
    marks_of: dict[str, Mapping[Key, Mark]] = {}
    for name, layer in read.items():
        if name in files:
            try:
                positions = Positions(layer.text, name)
            except ValuesError as error:  # Helm's parser takes what PyYAML does not
                yield _as_finding(error, world.chart)
                continue
            marks_of[name] = positions.marks
            yield from positions.findings
    for finding in chain.from_iterable(rule(world) for rule in RULES):
        if finding.where.file in files:
            marks = marks_of.get(finding.where.file, {})
            yield finding._replace(where=marks.get(finding.key, finding.where))


def _as_finding(error: ChartgenError, subject: str) -> Finding:
    rule = next(name for kind, name in RULE_OF.items() if isinstance(error, kind))
    return Finding(rule, Severity.ERROR, subject, _mark(error.where), error.message, error.hint)


def _mark(where: str) -> Mark:
    """A place as errors write it; where they know no column, the line's first."""
    place = None if where.startswith("-") else re.fullmatch(r"(.*?):(\d+)(?::(\d+))?", where)
    return Mark(place[1], int(place[2]), int(place[3] or 1)) if place else Mark(where)


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """The same finding of several environments as one, in the order of places."""
    found: dict[Finding, list[str]] = {}
    for finding in findings:
        found.setdefault(finding._replace(environments=()), []).extend(finding.environments)
    merged = [finding._replace(environments=tuple(dict.fromkeys(names))) for finding, names in found.items()]
    return sorted(merged, key=lambda finding: (finding.where, finding.rule, finding.subject))


def _accepted(findings: Iterable[Finding], waivers: Sequence[Waiver]) -> list[Finding]:
    waived = {(waiver.rule, waiver.subject) for waiver in waivers}
    return [finding for finding in findings if (finding.rule, finding.subject) not in waived]
