"""What Helm drops of an object that it applied by itself, as Helm 3 does, and now has the API server apply.

Helm first makes those fields its own as the API server counts them, and then what it no longer applies goes. A dry run
cannot do the first. https://github.com/helm/helm/blob/main/pkg/kube/client.go, upgradeClientSideFieldManager
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from chartgen.kube.ownership import Manager, managers
from chartgen.model import Tree

UPDATE = "Update"
SERVERS = frozenset({"apiVersion", "kind", "status", "metadata"})
METADATA = ("labels", "annotations")
Fields = Mapping[str, Tree]


def handed_over(deployed: Mapping[str, Tree], live: Mapping[str, Tree], name: str) -> list[dict[str, Tree]]:
    """A JSON patch of the live object to what is deployed, without the fields that are dropped; none where none are.

    `name` is the field manager. Both are as the API server gives them.
    """
    fields = [one.fields for one in managers(deployed) if _is_client_side(one, name)]
    kept = [one.fields for one in managers(deployed) if not _is_client_side(one, name)]
    body: Tree = deployed
    for each in fields:
        body = _without(body, each, kept)
    return [] if body == deployed else [*_patch(body, live)]


def _is_client_side(manager: Manager, name: str) -> bool:
    return (manager.name, manager.operation, manager.subresource) == (name, UPDATE, "")


def _patch(body: Mapping[str, Tree], live: Mapping[str, Tree]) -> Iterator[dict[str, Tree]]:
    top = [key for key in {**live, **body} if key not in SERVERS]
    yield from _set("", top, body, live)
    yield from _set("/metadata", METADATA, body["metadata"], live["metadata"])


def _set(
    above: str, keys: Iterable[str], body: Mapping[str, Tree], live: Mapping[str, Tree]
) -> Iterator[dict[str, Tree]]:
    for key in keys:
        if key in body:
            yield {"op": "add", "path": f"{above}/{key}", "value": body[key]}
        elif key in live:
            yield {"op": "remove", "path": f"{above}/{key}"}


def _without(tree: Tree, fields: Fields, kept: Sequence[Fields]) -> Tree:
    """A tree without these fields, but for those that others have too."""
    for name, below in fields.items():
        if name == "." or (name.startswith("f:") and not isinstance(tree, Mapping)):
            continue
        theirs = [each[name] for each in kept if name in each]
        if name.startswith("f:"):
            tree = _without_key(tree, name.removeprefix("f:"), below, theirs)
        elif isinstance(tree, list):
            tree = _without_item(tree, name, below, theirs)
    return tree


def _without_key(tree: Mapping[str, Tree], key: str, below: Fields, theirs: Sequence[Fields]) -> Mapping[str, Tree]:
    if key not in tree:
        return tree
    rest = {name: value for name, value in tree.items() if name != key}
    if not set(below) - {"."}:
        return tree if theirs else rest
    inside = _without(tree[key], below, theirs)
    return tree | {key: inside} if inside or theirs else rest  # type: ignore[operator]


def _without_item(items: list[Tree], name: str, below: Fields, theirs: Sequence[Fields]) -> list[Tree]:
    found: list[Tree] = []
    for item in items:
        if not _is_item(item, name):
            found.append(item)
        elif theirs:
            found.append(_without(item, below, theirs))
    return found


def _is_item(item: Tree, name: str) -> bool:
    mark, _, text = name.partition(":")
    said = json.loads(text)
    if mark == "k":
        return isinstance(item, Mapping) and all(item.get(key) == value for key, value in said.items())
    return bool(mark == "v" and item == said)
