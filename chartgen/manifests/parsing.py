"""The text that Helm prints → objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import yaml

from chartgen.errors import RenderError
from chartgen.goyaml import loader
from chartgen.kube import shapes
from chartgen.kube.identity import group_of
from chartgen.manifests.splitting import split
from chartgen.model import ABSENT, KubeObject, Mark, ObjectId, ObjectPath, Texts, Tree
from chartgen.trees import children

MAX_KEY = 60
"""Characters of a line that an error repeats."""
KEY = re.compile(r"[\s{-]*([\w./-]+)\s*:")
HOOK = "helm.sh/hook"


class Limits(NamedTuple):
    """What one template may print: characters, and values that they expand to, aliases followed."""

    characters: int = 50_000_000
    nodes: int = 2_000_000


LIMITS = Limits()


class Loaded(NamedTuple):
    """A document, and the places at which a mapping of it repeats a key."""

    tree: Tree
    repeated: tuple[ObjectPath, ...] = ()


def objects(texts: Texts) -> list[KubeObject]:
    """The objects of a render, in the order in which the templates, by name, print them. Raises RenderError."""
    return [obj for template in sorted(texts) for obj in printed(template, texts[template])]


def documents(template: str, text: str) -> tuple[str, ...]:
    """The texts of the documents that one template printed. Raises RenderError."""
    if len(text) > LIMITS.characters:
        hint = f"the limit is {LIMITS.characters:,}"
        raise RenderError(f"it prints {len(text):,} characters", where=Mark(template), hint=hint)
    return split(text)


def printed(template: str, text: str) -> Iterator[KubeObject]:
    """The objects that one template printed. A text that is printed again gives the same ones. Raises RenderError."""
    for document in documents(template, text):
        yield from remembered(template, document)


def parse(template: str, document: str, limits: Limits = LIMITS) -> tuple[KubeObject, ...]:
    """The objects of one document: none of one that is empty, several of a list. Raises RenderError."""
    loaded = load(template, document, limits)
    if loaded is None:
        return ()
    found = [as_object(item, template)._replace(text=document) for item in _flat(loaded.tree)]
    return (found[0]._replace(repeated=loaded.repeated), *found[1:]) if found else ()


remembered = lru_cache(maxsize=16_384)(parse)


def load(template: str, document: str, limits: Limits = LIMITS) -> Loaded | None:
    """One document; None if nothing stands in it. Raises RenderError."""
    where = Mark(template)
    reader = _Reader(document)
    try:
        tree = reader.get_single_data()
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise _invalid(where, document, error) from error
    finally:
        reader.dispose()
    if tree is None:
        return None
    if "*" in document and "&" in document and _expands_beyond([tree], limits.nodes):
        raise RenderError(f"its aliases expand to more than {limits.nodes:,} values", where=where)
    return Loaded(tree, _repeated(document) if reader.repeats else ())


class _Reader(loader.Loader):
    """Notices whether a mapping repeats a key, which is rare; where, is looked for only then."""

    repeats = False

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Tree]:  # noqa: FBT001, FBT002
        written = len(node.value)
        has_merges = any(name.tag == loader.MERGE for name, _ in node.value)
        found = super().construct_mapping(node, deep=deep)
        self.repeats = self.repeats or has_merges or len(found) < written
        return found


def _repeated(document: str) -> tuple[ObjectPath, ...]:
    found: list[ObjectPath] = []
    waiting: list[tuple[ObjectPath, yaml.Node | None]] = [((), yaml.compose(document, Loader=loader.Loader))]
    visited: set[yaml.Node | None] = set()
    for path, node in waiting:  # which grows
        if node in visited:  # an alias
            continue
        visited.add(node)
        if isinstance(node, yaml.SequenceNode):
            waiting += [((*path, index), below) for index, below in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for name_node, below in node.value:
                if name_node.tag == loader.MERGE:
                    continue
                name = loader.key(name_node)
                found += [(*path, name)] if name in names else []
                names.add(name)
                waiting.append(((*path, name), below))
    return tuple(found)


def _invalid(where: Mark, text: str, error: Exception) -> RenderError:
    mark = getattr(error, "problem_mark", None)
    words = getattr(error, "problem", None) or str(error) or type(error).__name__
    if mark is None:
        return RenderError(f"it prints what is not YAML: {words}", where=where)
    lines = text.splitlines()
    # no more than a key: what follows, or a line without one, may be a secret
    found = KEY.match(lines[mark.line]) if mark.line < len(lines) else None
    key = found[1] if found else ""
    near = f", near `{key[:MAX_KEY]}`" if key else ""
    return RenderError(f"it prints what is not YAML: {words}, at line {mark.line + 1} of a document{near}", where=where)


def _flat(document: Tree) -> Sequence[Tree]:
    """A `kind: List`, or Kubernetes' own list of a single kind such as SecretList, is its items."""
    items = document.get("items") if isinstance(document, Mapping) else None
    if not isinstance(items, list):
        return (document,)
    kind, version = document.get("kind"), str(document.get("apiVersion") or "")
    if kind == "List":
        return items
    single = kind.removesuffix("List") if isinstance(kind, str) and kind.endswith("List") else ""
    if not single or not shapes.root(group_of(version), single).is_known:
        return (document,)
    said = {"apiVersion": version, "kind": single}
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
    identity = ObjectId(group, document["kind"], str(metadata.get("namespace") or ""), name)
    return KubeObject(identity, document, template, events=_events(metadata), generated=not metadata.get("name"))


def _events(metadata: Mapping[str, Tree]) -> frozenset[str]:
    """The points of a release's life at which Helm runs an object, as `helm test` does; none of what belongs to it."""
    annotations = metadata.get("annotations")
    said = annotations.get(HOOK, ABSENT) if isinstance(annotations, Mapping) else ABSENT
    return frozenset() if said is ABSENT else frozenset(part.strip() for part in str(said or "").split(","))
