"""What must not be shown: the data of Secrets, the values that feed it, and the same text wherever else it stands."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

from chartgen.keypath import sounds_secret
from chartgen.model import ABSENT, HIDDEN, Change, Factor, Item, KubeObject, Step, Tree, Values

SHORTEST = 4
"""Characters. A shorter secret is hidden in its Secret and its values key, but not looked for elsewhere."""
DATA = ("data", "stringData")


def is_secret(obj: KubeObject | None) -> bool:
    return obj is not None and (obj.id.group, obj.id.kind) == ("", "Secret")


def _texts(tree: Tree) -> Iterator[str]:
    if isinstance(tree, Mapping):
        for value in tree.values():
            yield from _texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _texts(value)
    elif tree is not None and not isinstance(tree, bool) and tree is not ABSENT:
        yield str(tree)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _named_secret(tree: Tree, *, named: bool = False) -> Iterator[str]:
    """The texts below keys that sound secret."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from _named_secret(value, named=named or sounds_secret(name))
    elif isinstance(tree, list):
        for value in tree:
            yield from _named_secret(value, named=named)
    elif named:
        yield from _texts(tree)


def secret_texts(
    objects: Iterable[KubeObject], factors: Iterable[Factor], values: Iterable[Values] = ()
) -> frozenset[str]:
    """Every text that is known to be secret, in each of its spellings.

    That is a Secret's data, as it is and decoded; the values that feed it; and of other `values` those whose key sounds
    secret and that are part of such data.
    """
    found: set[str] = set()
    for obj in objects:
        if is_secret(obj):
            found.update(_texts(obj.body.get("stringData")))
            for text in _texts(obj.body.get("data")):
                found.update((text, _decoded(text)))
    for factor in factors:
        if factor.secret:
            found.update((*_texts(factor.before), *_texts(factor.after)))
    found.update(text for text in _named_secret(list(values)) if any(text in known for known in found))
    return frozenset(spelling for text in found if len(text) >= SHORTEST for spelling in _spellings(text))


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


def hide_factor(factor: Factor, secrets: frozenset[str]) -> Factor:
    """The factor with nothing secret in its values."""
    if factor.secret:
        return factor._replace(before=_cover(factor.before), after=_cover(factor.after))
    return factor._replace(before=_hide(factor.before, secrets), after=_hide(factor.after, secrets))


def hide_change(change: Change, secrets: frozenset[str], *, caused_by_secret: bool = False) -> Change:
    """The change with nothing secret in its path and values; what a secret key causes may hold it in any form."""
    if not change.path:
        return change
    path = tuple(_hide_step(step, secrets) for step in change.path)
    if caused_by_secret or (any(is_secret(obj) for obj in change.pair) and change.path[0] in DATA):
        return change._replace(path=path, before=_cover(change.before), after=_cover(change.after))
    return change._replace(path=path, before=_hide(change.before, secrets), after=_hide(change.after, secrets))
