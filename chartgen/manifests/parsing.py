"""The text that Helm prints → objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import yaml

from chartgen.errors import PrintedTwiceError, RenderError
from chartgen.goyaml import loader
from chartgen.kube.identity import group_of
from chartgen.model import KubeObject, Manifests, Mark, ObjectId, Tree
from chartgen.trees import children

MAX_KEY = 60
"""Characters of a line that an error repeats."""


class Limits(NamedTuple):
    """What one template may print: characters, and values that they expand to, aliases followed."""

    characters: int = 50_000_000
    nodes: int = 2_000_000


LIMITS = Limits()


def load_all(text: str) -> Iterator[Tree]:
    """Each YAML document of a text that is not empty. Raises yaml.YAMLError."""
    for document in yaml.load_all(text, Loader=loader.Loader):
        if document is not None:
            yield document


def parse(template: str, text: str, limits: Limits = LIMITS) -> tuple[KubeObject, ...]:
    """The objects that one template printed. Raises RenderError."""
    return tuple(as_object(item, template) for document in load(template, text, limits) for item in _flat(document))


remembered = lru_cache(maxsize=8192)(parse)
"""The same, for texts that are printed again and again."""


def objects(texts: Mapping[str, str]) -> Iterator[KubeObject]:
    """The objects in the texts of all templates. Raises RenderError."""
    for template, text in texts.items():
        yield from remembered(template, text)


def load(template: str, text: str, limits: Limits = LIMITS) -> list[Tree]:
    """The documents that one template printed. Raises RenderError."""
    where = Mark(template)
    if len(text) > limits.characters:
        raise RenderError(
            f"it prints {len(text):,} characters", where=where, hint=f"the limit is {limits.characters:,}"
        )
    try:
        documents = list(load_all(text))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise _invalid(where, text, error) from error
    if "*" in text and "&" in text and _expands_beyond(documents, limits.nodes):
        raise RenderError(f"its aliases expand to more than {limits.nodes:,} values", where=where)
    return documents


def _invalid(where: Mark, text: str, error: Exception) -> RenderError:
    mark = getattr(error, "problem_mark", None)
    words = getattr(error, "problem", None) or str(error) or type(error).__name__
    if mark is None:
        return RenderError(f"it prints what is not YAML: {words}", where=where)
    lines = text.splitlines()
    # no more than the key: what follows may be a secret
    key = re.split(r"[:=]", lines[mark.line].strip())[0] if mark.line < len(lines) else ""
    near = f", near `{key[:MAX_KEY]}`" if key else ""
    return RenderError(f"it prints what is not YAML: {words}, at line {mark.line + 1} of its output{near}", where=where)


def _flat(document: Tree) -> Iterable[Tree]:
    """A `kind: List`, or one of a single kind such as SecretList, is its items."""
    kind, items = (document.get("kind"), document.get("items")) if isinstance(document, Mapping) else (None, None)
    if not isinstance(kind, str) or not kind.endswith("List") or not isinstance(items, list):
        return (document,)
    if kind == "List":
        return items
    said = {"apiVersion": document.get("apiVersion", ""), "kind": kind.removesuffix("List")}
    return [said | item if isinstance(item, dict) else item for item in items]


def _expands_beyond(documents: Iterable[Tree], nodes: int) -> bool:
    waiting = list(documents)
    for _ in range(nodes):
        if not waiting:
            return False
        waiting.extend(children(waiting.pop()))
    return True


def as_object(document: Tree, template: str) -> KubeObject:
    """A document as the object that it is. Raises RenderError."""
    if not isinstance(document, Mapping) or not isinstance(document.get("kind"), str):
        raise RenderError("it prints a document that is no Kubernetes object: it has no kind", where=Mark(template))
    metadata = document.get("metadata")
    if not isinstance(metadata, Mapping):
        metadata = {}
    group = group_of(str(document.get("apiVersion", "")))
    name = str(metadata.get("name") or metadata.get("generateName") or "")
    return KubeObject(ObjectId(group, document["kind"], str(metadata.get("namespace") or ""), name), document, template)


def collect(objects: Iterable[KubeObject]) -> Manifests:
    """Objects by identity. Raises PrintedTwiceError."""
    found: dict[ObjectId, KubeObject] = {}
    for obj in objects:
        other = found.setdefault(obj.id, obj)
        if other is not obj:
            raise PrintedTwiceError(other, obj)
    return found


def is_hook(obj: KubeObject) -> bool:
    """Whether Helm runs it at some point of a release's life, as `helm test` does, and keeps it out of the release."""
    metadata = obj.body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    return isinstance(annotations, Mapping) and "helm.sh/hook" in annotations
