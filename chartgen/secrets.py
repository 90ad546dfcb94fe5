"""What is secret, what is hidden for it, and why: the one place that decides it.

The data of Secrets is secret, and so are the values that feed it, what else those values change, and the same text
wherever it stands.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from urllib.parse import quote, quote_plus

from chartgen.errors import RenderError
from chartgen.model import ABSENT, HIDDEN, Item, KubeObject, Step, Texts, Tree, Values
from chartgen.results import Cause, Change, Comparison, Factor, ObjectDiff
from chartgen.trees import children, scalars

SHORTEST = 4
"""Characters. A shorter secret is hidden in its Secret and its values key, but not looked for elsewhere."""
DATA = ("data", "stringData")
SECRETIVE = re.compile(r"secret|passw|token|credential|private|api_?key", re.IGNORECASE)
MAY_BE_SECRET = re.compile(r"""kind["']?\s*:\s*["']?Secret""")
"""What stands in the text of every template that prints a Secret."""

Parse = Callable[[str, str], Sequence[KubeObject]]
Swap = tuple[int, int]
"""One factor that is swapped on side 0 or 1: the side, and the factor."""


def sounds_secret(*names: str) -> bool:
    """Whether one of some keys is called like what holds a secret. Many that are hold none: `tokenSeconds`."""
    return any(map(SECRETIVE.search, names))


def is_secret(obj: KubeObject | None) -> bool:
    return obj is not None and (obj.id.group, obj.id.kind) == ("", "Secret")


def secrets_of(objects: Iterable[KubeObject]) -> list[KubeObject]:
    """The Secrets among some objects."""
    return [obj for obj in objects if is_secret(obj)]


class Feeding:
    """Which factors feed the Secrets that two sides print: learnt from experiments that swap one factor of a side."""

    def __init__(self, sides: Sequence[Texts], parse: Parse) -> None:
        self._parse = parse
        self._templates = frozenset(name for texts in sides for name in texts)
        self._sides = [self._data(texts) for texts in sides]
        self._found: set[int] = set()
        self._swapped: Counter[int] = Counter()

    def saw(self, swaps: Iterable[Swap], texts: Texts | None) -> None:
        """What the chart printed with each of these factors swapped; None where it did not render.

        What cannot be seen counts as secret, if there are Secrets at all.
        """
        data = None if texts is None else self._data(texts)
        for side, factor in swaps:
            self._swapped[factor] += 1
            if any(self._sides) if data is None else data != self._sides[side]:
                self._found.add(factor)

    def factors(self, known: Iterable[int]) -> AbstractSet[int]:
        """Those of some factors that change a Secret's data, or that may, for want of experiments that would tell."""
        unknown = {factor for factor in known if self._swapped[factor] < len(self._sides)}
        return self._found | unknown if any(self._sides) else self._found

    def _data(self, texts: Texts) -> dict[str, tuple[Tree, ...]] | None:
        """The data of each template's Secrets, of those templates that are compared; None where it cannot be read."""
        found = {}
        try:
            for template, text in texts.items():
                if template in self._templates and MAY_BE_SECRET.search(text):
                    objects = secrets_of(self._parse(template, text))
                    found[template] = tuple((obj.body.get("data"), obj.body.get("stringData")) for obj in objects)
        except RenderError:
            return None
        return {template: data for template, data in found.items() if data}


def mark(
    factors: Sequence[Factor], feeding: AbstractSet[int], effective: AbstractSet[int], *, moving: bool
) -> list[Factor]:
    """Factors, with those marked secret that feed a Secret, and of those without effect the ones that may feed one.

    These are the ones whose key sounds secret; all of them where a Secret moves from render to render (`moving`).
    """
    idle = set(range(len(factors))) - effective
    secret = feeding | {index for index in idle if moving or sounds_secret(*factors[index].key)}
    return [factor._replace(secret=i in secret and not factor.setting) for i, factor in enumerate(factors)]


def hide(found: Comparison, objects: Sequence[KubeObject], values: Iterable[Values]) -> Comparison:
    """The comparison with nothing secret in it. `objects` are all Secrets that were rendered, `values` both sides'."""
    texts = secret_texts(objects, found.factors or (), values if objects else ())
    hidden = {factor.id: hide_factor(factor, texts) for factor in found.factors or ()}

    def cause(one: Cause) -> Cause:
        return one._replace(factors=tuple(hidden[factor.id] for factor in one.factors))

    def diff(one: ObjectDiff) -> ObjectDiff:
        changes = (hide_change(change, texts, one) for change in one.changes)
        return one._replace(
            changes=tuple(each._replace(cause=each.cause and cause(each.cause)) for each in changes),
            shaped_by=tuple(hidden[factor.id] for factor in one.shaped_by),
        )

    return found._replace(
        objects=tuple(map(diff, found.objects)),
        factors=None if found.factors is None else tuple(hidden.values()),
    )


def secret_texts(
    objects: Iterable[KubeObject], factors: Iterable[Factor], values: Iterable[Values] = ()
) -> frozenset[str]:
    """Every text that is known to be secret, in each of its spellings.

    That is a Secret's data, as it is and decoded; the values that feed it; and of other `values` those whose key sounds
    secret and that are part of such data.
    """
    found: set[str] = set()
    for obj in secrets_of(objects):
        found.update(_texts(obj.body.get("stringData")))
        for text in _texts(obj.body.get("data")):
            found.update((text, _decoded(text)))
    for factor in factors:
        if factor.secret:
            found.update((*_texts(factor.before), *_texts(factor.after)))
    found.update(text for text in _named_secret(list(values)) if any(text in known for known in found))
    return frozenset(spelling for text in found if len(text) >= SHORTEST for spelling in _spellings(text))


def _texts(tree: Tree) -> Iterator[str]:
    for scalar in scalars(tree):
        if scalar is not None and not isinstance(scalar, bool) and scalar is not ABSENT:
            yield str(scalar)


def _named_secret(tree: Tree) -> Iterator[str]:
    """The texts below keys that sound secret."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from _texts(value) if sounds_secret(name) else _named_secret(value)
    else:
        for value in children(tree):
            yield from _named_secret(value)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _spellings(text: str) -> tuple[str, ...]:
    return (
        text,
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        base64.b64encode(text.encode()).decode(),
        quote(text, safe=""),
        quote_plus(text),
        text.upper(),
        text.lower(),
    )


def _hide(tree: Tree, secrets: frozenset[str]) -> Tree:
    if isinstance(tree, Mapping):
        return {_hide_step(name, secrets): _hide(value, secrets) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_hide(value, secrets) for value in tree]
    if isinstance(tree, bool) or tree is None or tree is ABSENT:
        return tree
    return HIDDEN if any(secret in str(tree) for secret in secrets) else tree


def _hide_step(step: Step, secrets: frozenset[str]) -> Step:
    if isinstance(step, Item):
        return step._replace(keys=tuple(_hide_step(part, secrets) for part in step.keys))
    return repr(HIDDEN) if any(secret in str(step) for secret in secrets) else step


def _cover(tree: Tree) -> Tree:
    return ABSENT if tree is ABSENT else HIDDEN


def holds_hidden(tree: Tree) -> bool:
    """Whether something in a tree is hidden."""
    return any(scalar is HIDDEN for scalar in scalars(tree))


def hide_factor(factor: Factor, secrets: frozenset[str]) -> Factor:
    """The factor with nothing secret in its values."""
    if factor.secret:
        return factor._replace(before=_cover(factor.before), after=_cover(factor.after))
    return factor._replace(before=_hide(factor.before, secrets), after=_hide(factor.after, secrets))


def hide_change(change: Change, secrets: frozenset[str], diff: ObjectDiff) -> Change:
    """The change with nothing secret in its path and values; what a secret key causes may hold it in any form."""
    if not change.path:
        return change
    path = tuple(_hide_step(step, secrets) for step in change.path)
    of_secret = any(map(is_secret, diff.pair)) and change.path[0] in DATA
    if of_secret or (change.cause and any(factor.secret for factor in change.cause.factors)):
        before, after = _cover(change.before), _cover(change.after)
    else:
        before, after = _hide(change.before, secrets), _hide(change.after, secrets)
    seen = before is not HIDDEN and after is not HIDDEN
    return change._replace(path=path, before=before, after=after, derived=change.derived and seen)
