"""Two targets of one chart, and what becomes of them step by step: texts, objects, pairs, changes, factors, causes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache
from itertools import chain

from chartgen import secrets
from chartgen.attribution import search
from chartgen.attribution.experiment import Bench
from chartgen.attribution.factors import Side, factors_of
from chartgen.diff import differences, pairing
from chartgen.helm.engine import Chart, Texts
from chartgen.keypath import path as spelled
from chartgen.keypath import sounds_secret
from chartgen.manifests import parsing
from chartgen.model import Cause, Comparison, Factor, Key, KubeObject, Layer, Mark, Values
from chartgen.values import layers
from chartgen.values.layers import Loaded, Positions

Layered = tuple[tuple[Layer, Positions | None], ...]
Progress = Callable[[int, int], None]
"""Is told how many experiments have been made, and for how many factors."""

RENDERS = 4
"""Of a comparison without causes: each side twice."""

parse = lru_cache(maxsize=8192)(parsing.parse)


def objects(texts: Texts, *, hooks: bool = True) -> list[KubeObject]:
    """The objects in the texts of all templates. Raises RenderError where a text is not YAML."""
    found = chain.from_iterable(parse(template, text) for template, text in texts.items())
    return [obj for obj in found if hooks or not parsing.is_hook(obj)]


class Comparing:
    """Two targets of one chart, rendered, and what becomes of them.

    Each is rendered twice: what moves from render to render differs for no reason, and is left out.
    """

    def __init__(self, chart: Chart, before: Loaded, after: Loaded, *, hooks: bool) -> None:
        self._chart = chart
        self._sides = (before, after)
        self._targets = (before.target, after.target)
        renders = [[chart.render(side.target, side.overlay) for _ in range(2)] for side in self._sides]
        self._unstable = sorted({name for one, two in renders for name, text in one.items() if text != two.get(name)})
        self._texts = [{name: text for name, text in one.items() if name not in self._unstable} for one, _ in renders]
        self._secrets = [
            obj for texts in chain.from_iterable(renders) for obj in objects(texts) if secrets.is_secret(obj)
        ]
        found = [parsing.collect(objects(texts, hooks=hooks)) for texts in self._texts]
        self._pairs = pairing.pair(found[0], found[1], self._targets)
        self._changes = [
            change for pair in self._pairs if pair[0] is not pair[1] for change in differences.differences(pair)
        ]

    @property
    def _equal_objects(self) -> int:
        """How many pairs do not differ in meaning."""
        differing = {id(change.pair) for change in self._changes if not change.equal}
        return sum(id(pair) not in differing for pair in self._pairs)

    @cached_property
    def _values(self) -> list[Values]:
        """What the templates of each side see."""
        return [self._chart.coalesce(side.overlay) for side in self._sides]

    def _comparison(self, factors: Sequence[Factor], causes: Sequence[Cause] = ()) -> Comparison:
        """All that is known so far, with nothing secret in it."""
        texts = secrets.secret_texts(self._secrets, factors, self._values if self._secrets else ())
        of_secrets = {index for index, each in enumerate(causes) if any(factors[i].secret for i in each.factors)}
        return Comparison(
            *self._targets,
            changes=[
                secrets.hide_change(change, texts, caused_by_secret=index in of_secrets)
                for index, change in enumerate(self._changes)
            ],
            equal_objects=self._equal_objects,
            factors=[secrets.hide_factor(factor, texts) for factor in factors],
            unstable=self._unstable,
            renders=RENDERS,
        )

    def without_causes(self) -> Comparison:
        return self._comparison(())

    def with_causes(self, progress: Progress) -> Comparison:
        before, after = (Side(*side) for side in zip(self._targets, self._values, self._texts, strict=True))
        factors = self._located(factors_of(before, after))
        bench = Bench(
            (before, after),
            factors,
            self._changes,
            defaults=self._chart.coalesce({}),
            render=self._chart.render,
            parse=parse,
            value_at=differences.value_at,
        )

        def oracle(chosen: search.Factors) -> search.Outcome:
            progress(bench.renders, len(factors))
            return bench(chosen)

        bench.plan(chain.from_iterable(search.single_swaps(len(factors))))
        causes = search.find(len(self._changes), len(factors), oracle)
        shapes = self._shapes(bench.reshaped, causes, factors)
        effective = set(chain.from_iterable((*shapes.values(), *(each.factors for each in causes))))
        return self._comparison(self._marked(factors, bench.touching_secrets, effective), causes)._replace(
            causes=causes,
            shapes=shapes,
            idle=dict(_idle(factors, self._values)),
            renders=bench.renders + RENDERS,
        )

    def _marked(
        self, factors: Sequence[Factor], touching_secrets: AbstractSet[int], effective: AbstractSet[int]
    ) -> list[Factor]:
        """Factors, with those marked secret that touch a Secret, and idle ones that may.

        Those whose key sounds like it may; and all, where a Secret differs from render to render anyway.
        """
        moving = any(secret.template in self._unstable for secret in self._secrets)
        idle = set(range(len(factors))) - effective
        secret = touching_secrets | {i for i in idle if moving or any(map(sounds_secret, factors[i].key))}
        return [factor._replace(secret=i in secret and not factor.setting) for i, factor in enumerate(factors)]

    def _located(self, factors: Sequence[Factor]) -> list[Factor]:
        """Factors with the places that set them, in the order of the chart's own values file."""
        stacks = [side.layers for side in self._sides]
        texts = {layer.name: layer.text for layer in chain.from_iterable(stacks) if layer.text}
        known = {name: Positions(text, name) for name, text in texts.items()}
        located = [tuple((layer, known.get(layer.name)) for layer in each) for each in stacks]
        marks = [self._places(factor, located) for factor in factors]
        placed = [f._replace(before_mark=m[0], after_mark=m[1]) for f, m in zip(factors, marks, strict=True)]
        base = known.get(stacks[0][0].name)
        own = base.marks if base else {}
        return sorted(placed, key=lambda factor: (factor.setting, _nearest(factor.key, own), factor.key))

    def _places(self, factor: Factor, sides: Sequence[Layered]) -> list[Mark | None]:
        if factor.setting:
            return [target.marks.get(factor.key[0]) for target in self._targets]
        return [layers.origin(factor.key, side) for side in sides]

    @staticmethod
    def _shapes(
        reshaped: Mapping[int, set[int]], causes: Sequence[Cause], factors: Sequence[Factor]
    ) -> dict[int, tuple[int, ...]]:
        return {
            change: tuple(i for i in sorted(chosen) if i not in causes[change].factors and not factors[i].setting)
            for change, chosen in reshaped.items()
        }


def _nearest(key: Key, marks: Mapping[Key, Mark]) -> tuple[bool, tuple[int, int]]:
    """Where a key, or else the nearest of its parents, stands in the chart's own values; last where none does."""
    found = next((marks[key[:length]] for length in range(len(key), 0, -1) if key[:length] in marks), None)
    return (found is None, found[1:] if found else (0, 0))


def _idle(factors: Sequence[Factor], sides: Sequence[Values]) -> Iterator[tuple[int, str]]:
    """Factors below a switch that is off on both sides: by the convention that it is called `enabled`."""
    for index, factor in enumerate(factors):
        for length in range(len(factor.key) - 1, 0, -1):
            switch = (*factor.key[:length], "enabled")
            if all(layers.at(values, switch) is False for values in sides):
                yield index, f"{spelled(switch)} is false on both"
                break
