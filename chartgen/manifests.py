"""The text that Helm prints → objects.

Scalars are read as Kubernetes reads them, through Go's YAML 1.1 (sigs.k8s.io/yaml, `resolve.go` of goyaml.v2): `12:30`
and dates are text, `0o7` and `1e3` are numbers, `y` is true. PyYAML alone would disagree on each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import yaml

from chartgen.errors import RenderError
from chartgen.kube.install_order import place
from chartgen.model import KubeObject, Manifests, ObjectId, Tree

MAX_TEXT = 50_000_000
"""Characters that one template may print."""
MAX_NODES = 2_000_000
"""Values that one template's text may expand to, aliases followed."""

TRUE = {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}
FALSE = {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}
INTEGER = re.compile(r"[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)$")
FLOAT = re.compile(
    r"([-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
)
RESOLVERS = (
    ("bool", re.compile(f"({'|'.join(sorted(TRUE | FALSE))})$"), "yYnNtTfFoO"),
    ("null", re.compile(r"(~|null|Null|NULL|)$"), ("~", "n", "N", "")),
    ("merge", re.compile(r"<<$"), "<"),
    ("int", INTEGER, "-+0123456789"),
    ("float", FLOAT, "-+.0123456789"),
)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {}


def _integer(_: _Loader, node: yaml.ScalarNode) -> int:
    digits = node.value.replace("_", "")
    octal = re.fullmatch(r"([-+]?)0([0-7]+)", digits)
    return int(octal[1] + octal[2], 8) if octal else int(digits, 0)


for _tag, _pattern, _first in RESOLVERS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:bool", lambda _, node: node.value in TRUE)
_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: _float(node.value))


def _float(text: str) -> float:
    plain = text.lower().replace("_", "")
    return float(plain.replace(".", "") if plain.endswith((".inf", ".nan")) else plain)


def load_all(text: str) -> Iterator[Tree]:
    """Each YAML document of a text that is not empty. Raises yaml.YAMLError."""
    for document in yaml.load_all(text, Loader=_Loader):
        if document is not None:
            yield document


def parse(template: str, text: str) -> tuple[KubeObject, ...]:
    """The objects that one template printed. Raises RenderError."""
    if len(text) > MAX_TEXT:
        raise RenderError(f"it prints {len(text):,} characters", where=template, hint=f"the limit is {MAX_TEXT:,}")
    try:
        documents = [item for document in load_all(text) for item in _flat(document)]
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise _invalid(template, text, error) from error
    if "*" in text and "&" in text and sum(1 for _ in _nodes(documents)) >= MAX_NODES:
        raise RenderError(f"its aliases expand to more than {MAX_NODES:,} values", where=template)
    return tuple(_object(document, template) for document in documents)


def _invalid(template: str, text: str, error: Exception) -> RenderError:
    mark = getattr(error, "problem_mark", None)
    words = getattr(error, "problem", None) or str(error) or type(error).__name__
    if mark is None:
        return RenderError(f"it prints what is not YAML: {words}", where=template)
    lines = text.splitlines()
    shown = lines[mark.line].strip() if mark.line < len(lines) else ""
    return RenderError(
        f"it prints what is not YAML: {words}, at line {mark.line + 1} of its output: {shown[:120]}", where=template
    )


def _flat(document: Tree) -> Iterable[Tree]:
    """A `kind: List` is its items."""
    if isinstance(document, Mapping) and document.get("kind") == "List" and isinstance(document.get("items"), list):
        return document["items"]  # type: ignore[no-any-return]
    return (document,)


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
    group = str(document.get("apiVersion", "")).rpartition("/")[0]
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
        Document(template, part.strip("\n"), obj)
        for template in sorted(texts)
        for part in re.split(r"(?:^|\s*\n)---[^\S\n]*(?=\n|$)", texts[template])
        for obj in parse(template, part)[:1]
    ]
    return sorted(found, key=lambda document: (is_hook(document.obj), place(document.obj.id.kind)))
