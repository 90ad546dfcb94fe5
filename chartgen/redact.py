"""What must not be shown: the data of Secrets, the values that feed it, and the same text wherever else it stands."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from chartgen.model import ABSENT, HIDDEN, Change, Factor, KubeObject, Tree

SHORTEST = 4
"""Characters. A shorter secret is hidden in its Secret and its values key, but not looked for elsewhere."""
DATA = ("data", "stringData")


def _is_secret(obj: KubeObject | None) -> bool:
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
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def secret_texts(objects: Iterable[KubeObject], factors: Iterable[Factor]) -> frozenset[str]:
    """Every text that is known to be secret: a Secret's data, as it is and decoded, and the values that feed it."""
    found: set[str] = set()
    for obj in objects:
        if _is_secret(obj):
            found.update(_texts(obj.body.get("stringData")))
            for text in _texts(obj.body.get("data")):
                found.update((text, _decoded(text)))
    for factor in factors:
        if factor.secret:
            found.update((*_texts(factor.before), *_texts(factor.after)))
    return frozenset(text for text in found if len(text) >= SHORTEST)


def _hide(tree: Tree, secrets: frozenset[str]) -> Tree:
    if isinstance(tree, Mapping):
        return {name: _hide(value, secrets) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_hide(value, secrets) for value in tree]
    if isinstance(tree, bool) or tree is None or tree is ABSENT:
        return tree
    return HIDDEN if any(secret in str(tree) for secret in secrets) else tree


def _cover(tree: Tree) -> Tree:
    return ABSENT if tree is ABSENT else HIDDEN


def hide_factor(factor: Factor, secrets: frozenset[str]) -> Factor:
    """The factor with nothing secret in its values."""
    if factor.secret:
        return replace(factor, before=_cover(factor.before), after=_cover(factor.after))
    return replace(factor, before=_hide(factor.before, secrets), after=_hide(factor.after, secrets))


def hide_change(change: Change, secrets: frozenset[str]) -> Change:
    """The change with nothing secret in its values."""
    if not change.path:
        return change
    if any(_is_secret(obj) for obj in change.pair) and change.path[0] in DATA:
        return replace(change, before=_cover(change.before), after=_cover(change.after))
    return replace(change, before=_hide(change.before, secrets), after=_hide(change.after, secrets))
