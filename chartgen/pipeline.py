"""The order of things: who wants to know what chartgen does reads this file.

sources ─▶ Target ─▶ layers ─▶ helm ─▶ manifests ─▶ match ─▶ diff ─▶ Changes ─▶ experiment, cause ─▶ Causes
                        └─▶ schema, rules ─▶ Findings
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

from chartgen import layers, manifests, schema
from chartgen.background import Started
from chartgen.comparing import Comparing, Loaded, Progress, objects
from chartgen.config import ChartEntry, Expected, Waiver
from chartgen.errors import ChartError, ChartgenError, RenderError, ValuesError, ValuesRefusedError
from chartgen.helm.engine import SCHEMA, Chart, Engine
from chartgen.layers import Positions
from chartgen.manifests import Document
from chartgen.model import Change, Comparison, Finding, Key, Layer, Mark, Severity, Target, World
from chartgen.rules import RULES
from chartgen.sources.files import Repository, display, read_text, unused_values_files
from chartgen.spelling import path as spelled

RULE_OF = {ChartError: "chart-unusable", RenderError: "render-fails", ValuesError: "values-unreadable"}


def load(target: Target, engine: Engine) -> Loaded:
    """Read the values files of a target. Raises ValuesError."""
    own = target.directory / "values.yaml"
    base = _read(own, engine) if own.is_file() else Layer(display(own), {})
    over = [Layer(f"{each.option} {each.argument}", engine.read_override(each)) for each in target.overrides]
    stack = (base, *(_read(path, engine) for path in target.files), *over)
    return Loaded(target, stack, layers.merge_all(stack[1:]))


def _read(path: Path, engine: Engine) -> Layer:
    text = read_text(path)
    return Layer(display(path), engine.read_values(text, display(path)), text)


@contextmanager
def _accepted_values(chart: Chart, *sides: Loaded) -> Iterator[None]:
    """Asks the schema beside what is done inside; what it refuses counts before a template that fails for it.

    Raises ValuesRefusedError, with every finding in its message.
    """
    checks = [(side, Started(partial(chart.check, side.overlay))) for side in sides]
    try:
        yield
    finally:
        for side, check in checks:
            if words := check.result():
                raise _refused(side, _refusals(side, chart, words))


def _refused(side: Loaded, findings: Sequence[Finding]) -> ValuesRefusedError:
    listed = "\n".join(f"  {finding.where}: {finding.message}" for finding in findings)
    message = f"the schema refuses the values of {side.target.environment}:\n{listed}"
    hint = next((finding.hint for finding in findings if finding.hint), "")
    return ValuesRefusedError(message, where=display(side.target.directory / SCHEMA), hint=hint)


def documents(target: Target, engine: Engine, *, hooks: bool = True) -> list[Document]:
    """What one target renders to, in the order in which Helm installs it. Raises ChartgenError where it cannot be."""
    chart, side = engine.open_chart(target), load(target, engine)
    with _accepted_values(chart, side):
        found = manifests.documents(chart.render(target, side.overlay))
    return [each for each in found if hooks or not manifests.is_hook(each.obj)]


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
    sides = load(before, engine), load(after, engine)
    with _accepted_values(chart, *sides):
        comparing = Comparing(chart, *sides, hooks=hooks)
    found = comparing.with_causes(progress) if why else comparing.without_causes()
    return replace(found, expected=dict(_expected(found, expected)))


def _expected(found: Comparison, declared: Sequence[Expected]) -> Iterator[tuple[int, str]]:
    environments = {found.before.environment, found.after.environment}
    for each in declared:
        if set(each.between) == environments:
            for index, change in enumerate(found.changes):
                if _is_named(each, change) or _is_caused(each, found, index):
                    yield index, each.reason


def _is_named(declared: Expected, change: Change) -> bool:
    names = {str(obj.id) for obj in change.pair if obj}
    return declared.object in names and spelled(change.path).startswith(declared.path)


def _is_caused(declared: Expected, found: Comparison, index: int) -> bool:
    """Whether the key that is declared, or keys below it, are all that cause a change."""
    if not declared.key or found.causes is None:
        return False
    keys = [spelled(found.factors[factor].key) for factor in found.causes[index].factors]
    return all(key == declared.key or key.startswith(declared.key + ".") for key in keys)


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
    sides: dict[str, Loaded] = {}
    for target in targets:
        chosen = not environments or target.environment in environments
        try:
            sides[target.environment] = load(target, engine)
            found = _render_findings(sides[target.environment], chart) if chosen and chart else ()
        except ValuesError as error:
            found = [_as_finding(error, entry.path)] if chosen else []
        yield from (replace(finding, environments=(target.environment,)) for finding in found)
    unused = [display(path) for path in unused_values_files(entry, repository.folder)]
    chosen_files = {layer.name for name in environments or sides if name in sides for layer in sides[name].layers}
    world = World(entry.path, {name: side.layers for name, side in sides.items()}, unused)
    yield from _values_findings(world, chosen_files | set(unused))


def _render_findings(side: Loaded, chart: Chart) -> list[Finding]:
    check = Started(partial(chart.check, side.overlay))
    try:
        objects(chart.render(side.target, side.overlay))
        failed = []
    except RenderError as error:
        failed = [_as_finding(error, side.target.chart)]
    words = check.result()
    return _refusals(side, chart, words) if words else failed


def _values_findings(world: World, files: set[str]) -> Iterator[Finding]:
    """What is wrong with how values are written, in these files."""
    read = {layer.name: layer for values in world.environments.values() for layer in values if layer.text}
    positions = {name: Positions(layer.text, name) for name, layer in read.items() if name in files}
    yield from chain.from_iterable(each.findings for each in positions.values())
    for finding in chain.from_iterable(rule(world) for rule in RULES):
        if finding.where.file in files:
            marks: Mapping[Key, Mark] = positions[finding.where.file].marks if finding.key else {}
            yield replace(finding, where=marks.get(finding.key, finding.where))


def _refusals(side: Loaded, chart: Chart, words: str) -> list[Finding]:
    """Why the schema refuses the values; Helm's words where the reason lies in a subchart's schema."""
    path = side.target.directory / SCHEMA
    file = Mark(display(path))
    located = tuple((layer, Positions(layer.text, layer.name) if layer.text else None) for layer in side.layers)
    try:
        rules = json.loads(read_text(path)) if path.is_file() else {}
    except ValueError as error:
        place = Mark(file.file, getattr(error, "lineno", 0), getattr(error, "colno", 0))
        return [Finding("schema-invalid", Severity.ERROR, file.file, place, f"not JSON: {error}")]
    coalesced = chart.coalesce(side.overlay)
    found = schema.explain(coalesced, rules, lambda key: layers.origin(key, located), file)
    return found or [Finding("schema-refused", Severity.ERROR, side.target.chart, file, words.strip())]


def _as_finding(error: ChartgenError, subject: str) -> Finding:
    rule = next(name for kind, name in RULE_OF.items() if isinstance(error, kind))
    return Finding(rule, Severity.ERROR, subject, _mark(error.where), error.message, error.hint)


def _mark(where: str) -> Mark:
    file, *numbers = where.split(":")
    line, column = ([int(number) for number in numbers if number.isdigit()] + [0, 0])[:2]
    return Mark(file, line, column)


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """The same finding of several environments as one, in the order of places."""
    found: dict[Finding, list[str]] = {}
    for finding in findings:
        found.setdefault(replace(finding, environments=()), []).extend(finding.environments)
    merged = [replace(finding, environments=tuple(dict.fromkeys(names))) for finding, names in found.items()]
    return sorted(merged, key=lambda finding: (finding.where, finding.rule, finding.subject))


def _accepted(findings: Iterable[Finding], waivers: Sequence[Waiver]) -> list[Finding]:
    waived = {(waiver.rule, waiver.subject) for waiver in waivers}
    return [finding for finding in findings if (finding.rule, finding.subject) not in waived]
