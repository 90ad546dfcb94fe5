"""The text that Helm prints → objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import yaml

from chartgen.errors import RenderError
from chartgen.goyaml import loader
from chartgen.kube.identity import group_of
from chartgen.kube.install_order import place
from chartgen.model import KubeObject, Manifests, ObjectId, Tree

MAX_TEXT = 50_000_000
"""Characters that one template may print."""
MAX_KEY = 60
"""Characters of a line that an error repeats."""
MAX_NODES = 2_000_000
"""Values that one template's text may expand to, aliases followed."""


def load_all(text: str) -> Iterator[Tree]:
    """Each YAML document of a text that is not empty. Raises yaml.YAMLError."""
    for document in yaml.load_all(text, Loader=loader.Loader):
        if document is not None:
            yield document


def parse(template: str, text: str) -> tuple[KubeObject, ...]:
    """The objects that one template printed. Raises RenderError."""
    return tuple(_object(item, template) for document in _loaded(template, text) for item in _flat(document))


def _loaded(template: str, text: str) -> list[Tree]:
    if len(text) > MAX_TEXT:
        raise RenderError(f"it prints {len(text):,} characters", where=template, hint=f"the limit is {MAX_TEXT:,}")
    try:
        documents = list(load_all(text))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise _invalid(template, text, error) from error
    if "*" in text and "&" in text and sum(1 for _ in _nodes(documents)) >= MAX_NODES:
        raise RenderError(f"its aliases expand to more than {MAX_NODES:,} values", where=template)
    return documents


def _invalid(template: str, text: str, error: Exception) -> RenderError:
    mark = getattr(error, "problem_mark", None)
    words = getattr(error, "problem", None) or str(error) or type(error).__name__
    if mark is None:
        return RenderError(f"it prints what is not YAML: {words}", where=template)
    lines = text.splitlines()
    # no more than the key: what follows may be a secret
    key = re.split(r"[:=]", lines[mark.line].strip())[0] if mark.line < len(lines) else ""
    near = f", near `{key[:MAX_KEY]}`" if key else ""
    return RenderError(
        f"it prints what is not YAML: {words}, at line {mark.line + 1} of its output{near}", where=template
    )


def _flat(document: Tree) -> Iterable[Tree]:
    """A `kind: List`, or one of a single kind such as SecretList, is its items."""
    kind, items = (document.get("kind"), document.get("items")) if isinstance(document, Mapping) else (None, None)
    if not isinstance(kind, str) or not kind.endswith("List") or not isinstance(items, list):
        return (document,)
    if kind == "List":
        return items
    said = {"apiVersion": document.get("apiVersion", ""), "kind": kind.removesuffix("List")}
    return [said | item if isinstance(item, dict) else item for item in items]


def _nodes(documents: Iterable[Tree]) -> Iterator[Tree]:
    waiting = list(documents)
    for _ in range(MAX_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, Mapping):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        yield node


def _object(document: Tree, template: str) -> KubeObject:
    if not isinstance(document, Mapping) or not isinstance(document.get("kind"), str):
        raise RenderError("it prints a document that is no Kubernetes object: it has no kind", where=template)
    metadata = document.get("metadata")
    if not isinstance(metadata, Mapping):
        metadata = {}
    group = group_of(str(document.get("apiVersion", "")))
    name = str(metadata.get("name") or metadata.get("generateName") or "")
    return KubeObject(ObjectId(group, document["kind"], str(metadata.get("namespace") or ""), name), document, template)


def collect(objects: Iterable[KubeObject]) -> Manifests:
    """Objects by identity. Raises RenderError where two templates print the same one."""
    found: dict[ObjectId, KubeObject] = {}
    for obj in objects:
        other = found.setdefault(obj.id, obj)
        if other is not obj:
            both = obj.template if obj.template == other.template else f"{other.template} and {obj.template}"
            raise RenderError(f"{obj.id} is printed twice", where=both, hint="Helm would refuse to install it")
    return found


def is_hook(obj: KubeObject) -> bool:
    """Whether Helm runs it at some point of a release's life, as `helm test` does, and keeps it out of the release."""
    metadata = obj.body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    return isinstance(annotations, Mapping) and "helm.sh/hook" in annotations


class Document(NamedTuple):
    """One document that a template printed, as text and as an object."""

    template: str
    text: str
    obj: KubeObject


def documents(texts: Mapping[str, str]) -> list[Document]:
    """All documents in the order in which Helm installs them, hooks last. Raises RenderError.

    They are split where Helm splits them: `SplitManifests` in helm/helm pkg/release/v1/util/manifest.go.
    """
    found = [
        Document(template, part.strip("\n"), _object(document, template))
        for template in sorted(texts)
        for part in re.split(r"(?:^|\s*\n)---[^\S\n]*(?=\n|$)", texts[template])
        for document in _loaded(template, part)
    ]
    return sorted(found, key=lambda document: (is_hook(document.obj), place(document.obj.id.kind)))
