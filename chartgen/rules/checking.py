"""Snapshots → findings: what stages say of them and what rules do, each at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from chartgen.config.model import ImageKeys
from chartgen.errors import ChartError, ChartgenError, RenderError, ValuesError, ValuesRefusedError
from chartgen.model import Finding, Mark
from chartgen.rules.files import values_files
from chartgen.rules.image_keys import unknown_image_keys
from chartgen.rules.registry import RULES, finding
from chartgen.rules.rule import Complaint, InObject, InValues, Part, Place, Scope
from chartgen.sources.templates import file_of, place
from chartgen.values.remote_schemas import remote_schemas
from chartgen.values.schema_check import refusals
from chartgen.values.snapshot import Snapshot

RULE_OF = {ChartError: "chart-unusable", RenderError: "render-fails", ValuesError: "values-unreadable"}


class Environments(NamedTuple):
    """The environments of a chart whose values could be read, which of them are asked about, and the image's keys."""

    chart: str
    directory: Path
    snapshots: Sequence[Snapshot]
    chosen: frozenset[str]
    unused_files: Sequence[Path]
    image: ImageKeys = ImageKeys()


class Checked(NamedTuple):
    """What is wrong with a chart by itself, its environments that are asked about, and those of them that render."""

    findings: list[Finding]
    snapshots: Sequence[Snapshot] = ()
    rendered: Sequence[Snapshot] = ()


def check(asked: Environments) -> Checked:
    """All that is wrong in the environments that are asked about, and with the files that they use."""
    chosen = [each for each in asked.snapshots if each.target.environment in asked.chosen]
    failures = [(each, _failures(each)) for each in chosen]
    rendered = [each for each, findings in failures if not findings]
    findings = [finding for _, of_snapshot in failures for finding in of_snapshot]
    findings += remote_schemas(asked.directory, asked.chart)
    findings += _unused(asked)
    for complaint in unknown_image_keys(asked.image, asked.snapshots):
        findings.append(finding(RULES["unknown-image-key"], complaint, _place(complaint.where)))
    for layer in values_files(chosen).values():
        if error := layer.unreadable:
            findings.append(as_finding(error, asked.chart))
    for each in chosen:
        findings += _complaints(Scope.ENVIRONMENT, Part.VALUES, [each], each.target.environment)
    for each in rendered:
        findings += _complaints(Scope.ENVIRONMENT, Part.MANIFESTS, [each], each.target.environment)
    elsewhere = values_files(asked.snapshots).keys() - values_files(chosen).keys()
    of_files = _complaints(Scope.CHART, Part.VALUES, asked.snapshots)
    findings += [finding for finding in of_files if str(finding.where.file) not in elsewhere]
    findings += _complaints(Scope.CHART, Part.MANIFESTS, rendered)
    return Checked(findings, chosen, rendered)


def check_together(charts: Iterable[Checked]) -> Iterator[Finding]:
    """What is wrong between environments of several charts."""
    together = list(charts)
    yield from _complaints(Scope.REPOSITORY, Part.VALUES, [each for one in together for each in one.snapshots])
    yield from _complaints(Scope.REPOSITORY, Part.MANIFESTS, [each for one in together for each in one.rendered])


def noticed(snapshots: Iterable[Snapshot]) -> list[Finding]:
    """What a comparison of some snapshots says of them too."""
    return merged(
        finding(rule, complaint, _place(complaint.where), (each.target.environment,))
        for each in snapshots
        for rule in RULES.values()
        if rule.compared and rule.check
        for complaint in rule.check([each])
    )


def as_finding(error: ChartgenError, chart: str, *environments: str, directory: Path = Path()) -> Finding:
    """Why a stage could not do its work. A template is named by its file, if it has one in the chart's `directory`."""
    rule = RULES[next(name for kind, name in RULE_OF.items() if isinstance(error, kind))]
    where = error.where or Mark(directory)
    if isinstance(where.file, str):
        where = where._replace(file=file_of(directory, where.file) or where.file)
    if where.line and not where.column:
        where = where._replace(column=1)
    return finding(rule, Complaint(chart, where, error.message, error.hint), where, environments)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """The same finding of several environments as one, in the order of places."""
    found: dict[Finding, list[str]] = {}
    for each in findings:
        found.setdefault(each._replace(environments=()), []).extend(each.environments)
    one = [each._replace(environments=tuple(dict.fromkeys(names))) for each, names in found.items()]
    return sorted(one, key=lambda each: (each.where.order, each.rule, each.subject))


def _failures(snapshot: Snapshot) -> list[Finding]:
    """Why a snapshot does not render."""
    environment = snapshot.target.environment
    try:
        snapshot.manifests  # noqa: B018 - it is made when it is first asked for
    except ValuesRefusedError as error:
        return [each._replace(environments=(environment,)) for each in refusals(snapshot, error.message)]
    except RenderError as error:
        return [as_finding(error, snapshot.target.chart, environment, directory=snapshot.target.directory)]
    return []


def _unused(asked: Environments) -> Iterator[Finding]:
    for file in asked.unused_files:
        complaint = Complaint(
            str(Path(asked.chart, file.relative_to(asked.directory))),
            Mark(file),
            f"no environment of {asked.chart} uses this file",
            "name it in chartgen.yaml, or delete it",
        )
        yield finding(RULES["unused-values-file"], complaint, Mark(file))


def _complaints(scope: Scope, part: Part, snapshots: Sequence[Snapshot], *environments: str) -> Iterator[Finding]:
    for rule in RULES.values():
        if rule.check and (rule.scope, rule.part) == (scope, part):
            for complaint in rule.check(snapshots):
                yield finding(rule, complaint, _place(complaint.where), complaint.environments or environments)


def _place(where: Place) -> Mark:
    """The line of a values key; or the template that prints an object, with a line where one is sure."""
    if isinstance(where, InValues):
        return Mark(where.layer.file) if where.layer.unreadable else where.layer.place(where.key)
    if isinstance(where, InObject):
        obj = where.object
        return place(where.snapshot.target.directory, obj.template, obj.id.kind, where.text)
    return where
