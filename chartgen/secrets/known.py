"""What two sides print, as far as it says what is public."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from chartgen import trees
from chartgen.model import NOTHING, KubeObject, Tree, Values
from chartgen.secrets.data import entries, is_secret, is_text, text_of
from chartgen.secrets.searching import PIECE
from chartgen.secrets.words import is_strong, sounds_secret

IN_URL = re.compile(
    r"://[^/\s:@]*:(?![0-9]+/)(?!(?:\$\([^)]*\)|\$\{[^}]*\}|\$[A-Z_]+|<[^>]*>|\{\{.*?\}\})@)[^@\s]+@"
    r"|://[\w-]{20,}@"
)
"""A password in a URL, or a token; `$(PASSWORD)`, `<password>` and the like stand for one."""
WORDS = re.compile(r"[/:@]+")


class Entry(NamedTuple):
    """A Secret that has a text as one of its entries, and whether one is called like a secret there."""

    secret: str
    sounds: bool


class Known(NamedTuple):
    """Texts: the entries of Secrets; what stands as a `whole` in other objects; names.

    `names` are those of objects, kinds and keys; of these `keys` stand in values, and `references` name Secrets.
    """

    entries: Mapping[str, Entry] = NOTHING
    whole: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()

    def is_strong(self, text: str) -> bool:
        """Whether a text is found again by no accident, or is called like a secret in a Secret."""
        return is_strong(text) or (text in self.entries and self.entries[text].sounds)

    def is_in_an_entry(self, text: str) -> bool:
        """Whether a text is a piece of what a Secret holds."""
        piece = re.compile(PIECE.format(re.escape(text)))
        return any(map(piece.search, self.entries))


def known(objects: Sequence[KubeObject], values: Iterable[Values]) -> Known:
    """What all objects and the values of both sides show."""
    found: dict[str, Entry] = {}
    whole: set[str] = set()
    names: set[str] = set()
    references: set[str] = set()
    for obj in objects:
        names.update((obj.id.name, obj.id.kind), trees.names(obj.body))
        if is_secret(obj):
            references.add(obj.id.name)
            for name, text in entries(obj):
                sounds = sounds_secret(name) or (text in found and found[text].sounds)
                found[text] = Entry(found[text].secret if text in found else str(obj.id), sounds)
        else:
            whole.update(text_of(value) for value in trees.scalars(obj.body) if is_text(value))
            whole.update(chain.from_iterable(map(WORDS.split, _images(obj.body))))
            references.update(_references(obj.body))
    keys = frozenset(name for each in values for name in trees.names(each))
    return Known(found, frozenset(whole), frozenset(names | keys | references), keys, frozenset(references))


def _images(tree: Tree) -> Iterator[str]:
    """The images of containers: their registries, names and tags are public."""
    if isinstance(tree, Mapping) and isinstance(tree.get("image"), str):
        yield tree["image"]
    yield from chain.from_iterable(map(_images, trees.children(tree)))


def _references(tree: Tree, above: str = "") -> Iterator[str]:
    """The names of Secrets in an object: `secretName`, and `name` below `secretKeyRef` or `imagePullSecrets`."""
    if isinstance(tree, Mapping):
        is_reference = "secret" in above.lower()
        for name, value in tree.items():
            if isinstance(value, str) and (name == "secretName" or (name == "name" and is_reference)):
                yield value
            yield from _references(value, name)
    for value in tree if isinstance(tree, list) else ():
        yield from _references(value, above)
