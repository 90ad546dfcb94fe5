"""The order of things: who wants to know what chartgen does reads this file.

sources ─▶ Target ─▶ Snapshot ─┬─▶ diff ─▶ attribution ─▶ secrets ─▶ Comparison ─▶ report
                               └─▶ schema check, rules ─▶ Findings ─▶ waivers ─▶ report
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from chartgen.attribution.causes import Progress, attribute
from chartgen.attribution.expectations import expect
from chartgen.attribution.factors import Side, charts_of, factors_of, renamings
from chartgen.config.model import ChartEntry, Config
from chartgen.diff import moving
from chartgen.diff.differences import differences
from chartgen.diff.naming import Renaming
from chartgen.diff.pairing import pair
from chartgen.errors import ChartError, ValuesError, ValuesRefusedError
from chartgen.helm.engine import Engine
from chartgen.manifests import ordering, parsing
from chartgen.manifests.ordering import Document
from chartgen.model import Finding, KubeObject, Manifests, Target, Values
from chartgen.results import Comparison, Expected
from chartgen.secrets.hiding import hide
from chartgen.sources.files import Repository, unused_values_files
from chartgen.threads import cores, in_order
from chartgen.values.reading import Reader
from chartgen.values.rendering import calls_of, renders
from chartgen.values.schema_check import refused
from chartgen.values.snapshot import Snapshot

if TYPE_CHECKING:
    from chartgen.rules.checking import Checked

NO_CONFIG = Config({})


def documents(target: Target, engine: Engine, *, hooks: bool = True) -> list[Document]:
    """What one target renders to, in the order in which Helm installs it. Raises ChartgenError where it cannot be."""
    chart = engine.open_chart(target)
    snapshot = Snapshot(target, chart, Reader(engine).layers(target))
    try:
        found = ordering.documents(snapshot.texts)
    except ValuesRefusedError as error:
        raise refused(snapshot, error.message) from error
    return [each for each in found if hooks or not each.obj.events]


def objects(target: Target, engine: Engine, *, hooks: bool = True) -> list[KubeObject]:
    """The objects of those documents, the items of lists each by itself. Raises ChartgenError."""
    found = documents(target, engine, hooks=hooks)
    return [obj for each in found for obj in parsing.remembered(each.template, each.text)]


def compare(
    before: Target,
    after: Target,
    engine: Engine,
    *,
    why: bool = True,
    hooks: bool = True,
    config: Config = NO_CONFIG,
    progress: Progress = lambda *_: None,
) -> Comparison:
    """What differs between two environments of a chart, and why. Raises ChartgenError where one does not render."""
    chart, reader = engine.open_chart(before, after), Reader(engine)
    own_calls = chart.calls
    sides = Snapshot(before, chart, reader.layers(before)), Snapshot(after, chart, reader.layers(after))
    calls = calls_of(own_calls, sides)
    found = compare_rendered(sides, calls, renders(sides, calls), why=why, hooks=hooks, progress=progress)
    public = [each.key for each in config.public]
    return hide(expect(found.comparison, config.expected), [*chain(*found.objects)], found.values, public)


class Compared(NamedTuple):
    """A comparison of two snapshots, secrets included, with what it was made of: the objects and values of each."""

    comparison: Comparison
    objects: Sequence[Manifests]
    values: Sequence[Values]


def compare_rendered(
    sides: tuple[Snapshot, Snapshot],
    calls: Sequence[str],
    printed: Sequence[Sequence[Manifests]],
    *,
    why: bool = True,
    hooks: bool = True,
    progress: Progress = lambda *_: None,
) -> Compared:
    """What differs between two snapshots of a chart, and why. Raises ChartgenError.

    `calls` are those by which it asks the clock or chance, `printed` the renders of each.
    """
    from chartgen.rules.checking import noticed

    def compared(objects: Manifests) -> list[KubeObject]:
        return [obj for obj in objects if hooks or not obj.events]

    findings = noticed(sides)
    objects = list(map(moving.settle, printed))
    everything = [*chain.from_iterable(objects)]
    values = [side.values for side in sides]
    factors = factors_of(Side.of(sides[0]), Side.of(sides[1]))
    by_name = renamings(factors, charts_of(everything))
    targets = sides[0].target, sides[1].target
    found = _differing(targets, [compared(each) for each in objects], by_name, calls)
    is_partial = any(obj.moving or (obj.events and not hooks) for obj in everything)
    found = found._replace(partial=is_partial, renders=sum(map(len, printed)), findings=tuple(findings))
    if why:
        found = attribute(found, sides, factors, by_name, objects, compared, progress)
    return Compared(found, objects, values)


def _differing(
    targets: tuple[Target, Target], objects: Sequence[Manifests], by_name: Sequence[Renaming], calls: Sequence[str]
) -> Comparison:
    """What differs between the objects of two sides, with what moves masked in them; without why."""
    (before, after), (ours, theirs) = targets, objects
    pairs = pair(moving.still(ours), moving.still(theirs), (before.namespace, after.namespace), by_name)
    left = moving.left_out(pairs, (ours, theirs), (before.environment, after.environment), calls)
    return Comparison(before, after, tuple(map(differences, pairs)), left=tuple(left))


def unmet(repository: Repository, entries: Sequence[ChartEntry], found: Sequence[Comparison]) -> list[Expected]:
    """What chartgen.yaml expects of two environments and no chart meets; nothing where only some were compared."""
    if len(entries) < len(repository.config.charts):
        return []
    return [each for each in found[0].unmet if all(each in one.unmet for one in found)]


def validate(
    repository: Repository,
    entries: Sequence[ChartEntry],
    environments: Sequence[str],
    engine: Engine,
    progress: Callable[[ChartEntry], None] = lambda _: None,
) -> list[Finding]:
    """What is wrong with each chart in each of the environments, or in all of them where none is named."""
    from chartgen.rules import waivers
    from chartgen.rules.checking import check_together, merged

    found: list[Finding] = []
    charts: list[Checked] = []
    checked = in_order(partial(_checked, repository, environments, engine), entries, cores())
    for entry, one in zip(entries, checked, strict=True):
        progress(entry)
        found += merged(one.findings)
        charts.append(one)
    found += merged(check_together(charts))
    declared = repository.config.waivers
    sizes = [len(entry.environments) for entry in repository.config.charts.values()]
    is_all = [len(one.rendered) for one in charts] == sizes
    of_waivers = [*waivers.unknown(declared), *(waivers.unused(found, declared) if is_all else ())]
    return [*waivers.accepted(found, declared), *merged(of_waivers)]


def _checked(repository: Repository, environments: Sequence[str], engine: Engine, entry: ChartEntry) -> Checked:
    from chartgen.rules.checking import Checked, Environments, as_finding, check

    targets = [repository.target(entry, name) for name in entry.environments]
    chosen = frozenset(environments or entry.environments)
    try:
        snapshots = _snapshots(targets, engine) if targets else []
    except ChartError as error:
        return Checked([as_finding(error, entry.path)])
    unread = [
        as_finding(error, entry.path, target.environment)
        for target, error in zip(targets, snapshots, strict=True)
        if isinstance(error, ValuesError) and target.environment in chosen
    ]
    read = [each for each in snapshots if isinstance(each, Snapshot)]
    unused = unused_values_files(entry, repository.folder)
    found = check(Environments(entry.path, repository.folder / entry.path, read, chosen, unused, entry.image))
    return found._replace(findings=[*unread, *found.findings])


def _snapshots(targets: Sequence[Target], engine: Engine) -> list[Snapshot | ValuesError]:
    """The environments of one chart; for those whose values cannot be read, why. Raises ChartError, EngineError."""
    chart, reader = engine.open_chart(*targets), Reader(engine)
    found: list[Snapshot | ValuesError] = []
    for target in targets:
        try:
            found.append(Snapshot(target, chart, reader.layers(target)))
        except ValuesError as error:
            found.append(error)
    return found
