"""Two snapshots of one chart, and what becomes of them: texts, objects, pairs, changes, factors, causes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import NamedTuple

from chartgen import secrets
from chartgen.attribution import search
from chartgen.attribution.experiment import Experiments
from chartgen.attribution.factors import Side, factors_of, located
from chartgen.diff import differences, pairing
from chartgen.helm.engine import Texts
from chartgen.manifests import parsing
from chartgen.model import KubeObject, Manifests
from chartgen.results import Cause, Comparison, Factor, ObjectDiff
from chartgen.values.snapshot import Snapshot

Progress = Callable[[int, int], None]
"""Is told how many experiments have been made, and for how many factors."""
Sides = tuple[Snapshot, Snapshot]

RENDERS = 4
"""Of a comparison without causes: each side twice."""


class Rendered(NamedTuple):
    """What two sides print, each rendered twice: what moves from render to render differs for no reason.

    `texts` leaves that out, and `unstable` names it; `secrets` are the Secrets of all four renders.
    """

    texts: tuple[Texts, Texts]
    unstable: tuple[str, ...]
    secrets: tuple[KubeObject, ...]


def render(sides: Sides) -> Rendered:
    """Raises RenderError."""
    renders = [[side.render() for _ in range(2)] for side in sides]
    unstable = {name for one, two in renders for name, text in one.items() if text != two.get(name)}
    before, after = ({name: text for name, text in one.items() if name not in unstable} for one, _ in renders)
    printed = chain.from_iterable(map(parsing.objects, chain.from_iterable(renders)))
    return Rendered((before, after), tuple(sorted(unstable)), tuple(secrets.secrets_of(printed)))


def compare(before: Snapshot, after: Snapshot, *, hooks: bool) -> Comparison:
    """What differs between two snapshots, with nothing secret in it. Raises RenderError."""
    sides = (before, after)
    rendered = render(sides)
    return _shown(without_causes(sides, rendered, hooks=hooks), sides, rendered)


def attribute(before: Snapshot, after: Snapshot, *, hooks: bool, progress: Progress) -> Comparison:
    """What differs between two snapshots, and why, with nothing secret in it. Raises RenderError, ValuesError."""
    sides = (before, after)
    rendered = render(sides)
    return _shown(with_causes(without_causes(sides, rendered, hooks=hooks), sides, rendered, progress), sides, rendered)


def _shown(found: Comparison, sides: Sides, rendered: Rendered) -> Comparison:
    return secrets.hide(found, rendered.secrets, (side.values for side in sides))


def _objects(texts: Texts, *, hooks: bool) -> Manifests:
    return parsing.collect(obj for obj in parsing.objects(texts) if hooks or not parsing.is_hook(obj))


def without_causes(sides: Sides, rendered: Rendered, *, hooks: bool) -> Comparison:
    targets = (sides[0].target, sides[1].target)
    found = [_objects(texts, hooks=hooks) for texts in rendered.texts]
    pairs = pairing.pair(found[0], found[1], targets)
    return Comparison(*targets, tuple(map(differences.differences, pairs)), unstable=rendered.unstable, renders=RENDERS)


def with_causes(found: Comparison, snapshots: Sides, rendered: Rendered, progress: Progress) -> Comparison:
    before, after = (Side(one.target, one.values, texts) for one, texts in zip(snapshots, rendered.texts, strict=True))
    factors = located(factors_of(before, after), snapshots)
    chart = snapshots[0].chart
    experiments = Experiments(
        (before, after),
        factors,
        found.objects,
        defaults=chart.coalesce({}),
        render=chart.render,
        parse=parsing.remembered,
        value_at=differences.value_at,
    )

    def oracle(chosen: search.Factors) -> search.Outcome:
        progress(experiments.renders, len(factors))
        return experiments(chosen)

    experiments.plan(chain.from_iterable(search.single_swaps(len(factors))))
    causes = search.find(len(found.changes), len(factors), oracle)
    effective = set(chain(*experiments.shaped_by, *(cause.factors for cause in causes)))
    moving = any(secret.template in rendered.unstable for secret in rendered.secrets)
    marked = secrets.mark(factors, experiments.feeding_secrets, effective, moving=moving)
    in_order = iter(causes)
    shaped = zip(found.objects, experiments.shaped_by, strict=True)
    return found._replace(
        objects=tuple(_explained(diff, in_order, shapes, marked) for diff, shapes in shaped),
        factors=tuple(marked),
        renders=experiments.renders + RENDERS,
    )


def _explained(
    diff: ObjectDiff, causes: Iterator[search.Minimal], shapes: AbstractSet[int], factors: Sequence[Factor]
) -> ObjectDiff:
    """An object with the causes of its changes, which are the next ones."""
    minimal = [next(causes) for _ in diff.changes]
    changes = (
        change._replace(cause=Cause(tuple(factors[number] for number in numbers), *how))
        for change, (numbers, *how) in zip(diff.changes, minimal, strict=True)
    )
    others = shapes - set(chain.from_iterable(one.factors for one in minimal))
    shaped_by = (factors[number] for number in sorted(others))
    return diff._replace(changes=tuple(changes), shaped_by=tuple(one for one in shaped_by if not one.setting))
