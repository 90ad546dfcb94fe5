"""What helm printed, as objects; and which of them is the one that chartgen speaks of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from tools.prove.mixtures import UnclearError
from tools.prove.places import MOVES, Tree

SOURCE = re.compile(r"^---\n# Source: (\S+)\n", re.MULTILINE)
UNUSED = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value")
"""What Go does not read in YAML: a date is a text, and so is `=`."""
BOOLEANS = {"y": True, "n": False}
"""What Go reads in YAML beside."""
HOOK = "helm.sh/hook"
MOST_PIECES = 3
"""Of a name that inputs say."""
PIECE = r"(?<![A-Za-z0-9]){}(?![A-Za-z0-9])"
"""A text as a whole segment of a name, or several."""


class Identity(NamedTuple):
    """An empty namespace is the release's own."""

    group: str
    kind: str
    namespace: str
    name: str

    def fits(self, other: Identity) -> bool:
        """Whether the other is this one, of whose name pieces may differ from render to render."""
        name = ".+".join(map(re.escape, self.name.split(MOVES)))
        return self[:-1] == other[:-1] and re.fullmatch(name, other.name) is not None


class Twin(NamedTuple):
    """Which one of several objects that share an identity: the events of a hook, and its number among those alike."""

    events: str
    number: int


class Printed(NamedTuple):
    id: Identity
    template: str
    body: Mapping[str, Tree]
    twin: Twin = Twin("", 0)


class _Loader(yaml.CSafeLoader):
    """Keys are texts, as they are for Kubernetes."""

    bool_values = yaml.CSafeLoader.bool_values | BOOLEANS
    yaml_implicit_resolvers = {  # noqa: RUF012 - the name and type are PyYAML's
        first: [each for each in resolvers if each[0] not in UNUSED]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Tree]:  # noqa: ARG002, FBT001, FBT002
        self.flatten_mapping(node)
        values = [self.construct_object(value, deep=True) for _, value in node.value]
        return dict(zip(map(self._key, (key for key, _ in node.value)), values, strict=True))

    def _key(self, node: yaml.Node) -> str:
        read = self.construct_object(node, deep=True)
        return str(read).lower() if isinstance(read, bool) else str(node.value)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("[yYnN]$"), list("yYnN"))


def parse(text: str, namespace: str) -> list[Printed]:
    """The objects of what `helm template` prints for a release in a namespace. Raises yaml.YAMLError."""
    parts = SOURCE.split(text)
    found: list[Printed] = []
    seen: Counter[object] = Counter()
    for template, printed in zip(parts[1::2], parts[2::2], strict=True):
        for document in yaml.load_all(printed, Loader=_Loader):
            for one in (_printed(item, template, namespace) for item in _items(document)):
                alike = one.id, one.twin.events
                found.append(one._replace(twin=one.twin._replace(number=seen[alike])))
                seen[alike] += 1
    return found


def _items(document: Any) -> Iterator[Mapping[str, Tree]]:
    """The items of a `kind: List`, or of Kubernetes' own list of one kind, such as SecretList."""
    if not isinstance(document, Mapping):
        return
    kind, version, items = str(document.get("kind")), str(document.get("apiVersion")), document.get("items")
    custom = "." in version and ".k8s.io/" not in version
    if kind.endswith("List") and isinstance(items, list) and not custom:
        said = {} if kind == "List" else {"apiVersion": version, "kind": kind.removesuffix("List")}
        yield from (said | dict(item) for item in items)
    else:
        yield document


def _printed(body: Mapping[str, Tree], template: str, namespace: str) -> Printed:
    metadata = body.get("metadata") or {}
    name = metadata.get("name") or metadata.get("generateName") or ""
    group = str(body.get("apiVersion", "")).rpartition("/")[0]
    named = Identity(group, str(body.get("kind")), str(metadata.get("namespace") or ""), str(name))
    events = str((metadata.get("annotations") or {}).get(HOOK, ""))
    return Printed(own(named, namespace), template, body, Twin(events, 0))


def own(one: Identity, namespace: str) -> Identity:
    """As it is known to a release in a namespace."""
    return one._replace(namespace="") if one.namespace == namespace else one


def exact(objects: Iterable[Printed], wanted: Identity, twin: Twin | None = None) -> Printed | None:
    """The object of an identity; which one, where several share it. Raises UnclearError."""
    return _only([one for one in objects if wanted.fits(one.id) and twin in {None, one.twin}])


def twins(renders: Iterable[Sequence[Printed]], ids: Sequence[Identity]) -> list[Twin | None]:
    """Those that share an identity in some render; None alone where all differ."""
    found = [[one.twin for one in objects if wanted.fits(one.id)] for objects in renders for wanted in ids]
    several = any(len(each) > 1 for each in found)
    return list(dict.fromkeys(twin for each in found for twin in each)) if several else [None]


class Wanted(NamedTuple):
    """An object in a mixture: what it is on either side, and the templates that print it there.

    `taken` is what all objects of the two sides are, and `renamed`, which texts the two sides have for each other.
    """

    ids: Sequence[Identity]
    templates: frozenset[str]
    taken: frozenset[Identity]
    renamed: frozenset[tuple[str, str]]
    twin: Twin | None = None

    def find(self, objects: Iterable[Printed]) -> Printed | None:
        """By what it is on a side, the first before the second; else as something that is on neither side.

        That has the name that the one side's has with the other's inputs; or it is the only one of its kind from its
        template, as one with a hash in its name. Raises UnclearError.
        """
        kinds = {one[:2] for one in self.ids}
        alike = [one for one in objects if one.id[:2] in kinds and self.twin in {None, one.twin}]
        names = {one.name for one in self.ids}
        new = [one for one in alike if one.id not in self.taken]
        renamed = names
        for _ in range(MOST_PIECES):
            renamed = renamed | {other for name in renamed for other in self._renamed(name)}
        attempts = [[one for one in alike if wanted.fits(one.id)] for wanted in self.ids]
        attempts += [
            [one for one in new if one.id.name in names],
            [one for one in new if one.id.name in renamed],
            # of what one side lacks, nothing says that it would be the same
            [one for one in new if one.template in self.templates and len(self.ids) > 1],
        ]
        return _only(next(filter(None, attempts), []))

    def _renamed(self, name: str) -> Iterator[str]:
        for text, other in self.renamed:
            found = [*re.finditer(PIECE.format(re.escape(text)), name)] if text in name else []
            yield from (name[: one.start()] + other + name[one.end() :] for one in found)


def _only(found: Sequence[Printed]) -> Printed | None:
    if len(found) > 1:
        raise UnclearError(f"helm prints more than one {found[0].id.kind}/{found[0].id.name}, or others like it")
    return found[0] if found else None
