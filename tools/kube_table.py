"""Writes chartgen/kube/_table.py from the schemas in the package kubernetes-validate: `python tools/kube_table.py`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from pprint import pformat
from typing import Any, NamedTuple

MINORS = range(27, 38)
TABLE = Path(__file__).parents[1] / "chartgen" / "kube" / "_table.py"
STABILITY = ("alpha", "beta", "")
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
OBJECT_META = "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
# merged by name, and yet what comes first matters: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/
# and https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
RUN_IN_ORDER = {"initContainers", "env"}
HEADER = '''"""Where in Kubernetes' objects keyed lists, sets and quantities stand; written by tools/kube_table.py.

Shapes are numbered; FIELDS leads from a shape to those below it, "*" to the values of a map and the items of a list.
Shapes that lead to none of the three are left out. Roots are "group/kind". Source: the OpenAPI schemas of
Kubernetes {first} to {last}, all API versions together; where they disagree the newest holds.
"""

from __future__ import annotations

# fmt: off
'''
MARKS = {"ordered": "ORDERED", "set": "SETS", "quantity": "QUANTITIES"}
TYPES = {
    "ROOTS": "dict[str, int]",
    "FIELDS": "dict[int, dict[str, int]]",
    "KEYS": "dict[int, tuple[str, ...]]",
    "ORDERED": "frozenset[int]",
    "SETS": "frozenset[int]",
    "QUANTITIES": "frozenset[int]",
}


class Fragment(NamedTuple):
    """A schema of one API version in one Kubernetes version; the greatest of several is the newest and stablest."""

    minor: int
    stability: int
    definition: str
    pointer: tuple[str, ...]


State = frozenset[Fragment]
Schemas = Mapping[int, Mapping[str, Any]]


def definitions(minor: int) -> dict[str, Any]:
    """Every schema of a Kubernetes version, by its name in the OpenAPI document."""
    folder = files("kubernetes_validate").joinpath("kubernetes-json-schema", f"v1.{minor}.0-local-strict")
    found: dict[str, Any] = json.loads(folder.joinpath("_definitions.json").read_text())["$defs"]
    return found


def schema_of(fragment: Fragment, schemas: Schemas) -> Any:
    schema = schemas[fragment.minor][fragment.definition]
    for step in fragment.pointer:
        schema = schema[step]
    return schema


def roots(schemas: Schemas) -> dict[str, State]:
    """group/kind → the schemas of all its versions; only kinds that are stored objects, so no lists and options."""
    found: dict[str, set[Fragment]] = defaultdict(set)
    for minor, definition, schema in ((m, name, s) for m, defs in schemas.items() for name, s in defs.items()):
        if schema.get("properties", {}).get("metadata", {}).get("$ref") != OBJECT_META:
            continue
        for gvk in schema.get("x-kubernetes-group-version-kind", ()):
            stability = next(i for i, word in enumerate(STABILITY) if word in gvk["version"])
            found[f"{gvk['group']}/{gvk['kind']}"].add(Fragment(minor, stability, definition, ()))
    return {name: frozenset(fragments) for name, fragments in sorted(found.items())}


def steps(fragment: Fragment, schemas: Schemas) -> Iterable[tuple[str, Fragment]]:
    """The schemas one step below, references followed."""
    schema = schema_of(fragment, schemas)
    below: dict[str, tuple[str, ...]] = {name: ("properties", name) for name in schema.get("properties", ())}
    if isinstance(schema.get("additionalProperties"), dict):
        below["*"] = ("additionalProperties",)
    if "items" in schema:
        below["*"] = ("items",)
    for label, tail in below.items():
        child = fragment._replace(pointer=fragment.pointer + tail)
        reference = schema_of(child, schemas).get("$ref")
        if reference:
            child = child._replace(definition=reference.rpartition("/")[2], pointer=())
        yield label, child


def explore(starts: Iterable[State], schemas: Schemas) -> dict[State, dict[str, State]]:
    """Every state that can be reached, and the states below it."""
    graph: dict[State, dict[str, State]] = {}
    waiting = list(starts)
    while waiting:
        state = waiting.pop()
        if state in graph:
            continue
        below: dict[str, set[Fragment]] = defaultdict(set)
        for fragment in state:
            for label, child in steps(fragment, schemas):
                below[label].add(child)
        graph[state] = {label: frozenset(children) for label, children in below.items()}
        waiting += graph[state].values()
    return graph


def mark(state: State, schemas: Schemas) -> str:
    """What a state is: "quantity", "set", the keys of a list ("ordered" first where order matters too), or nothing."""
    if any(fragment.definition == QUANTITY for fragment in state):
        return "quantity"
    for fragment in sorted(state, reverse=True):
        schema = schema_of(fragment, schemas)
        if "items" not in schema:
            continue
        list_type = schema.get("x-kubernetes-list-type")
        merged = "merge" in schema.get("x-kubernetes-patch-strategy", "").split(",")
        if list_type == "map":
            ordered = ["ordered"] if fragment.pointer[-1] in RUN_IN_ORDER else []
            return " ".join(ordered + schema["x-kubernetes-list-map-keys"])
        if list_type == "set" or (list_type is None and merged and "x-kubernetes-patch-merge-key" not in schema):
            return "set"
        if list_type == "atomic":
            return ""
        if merged:
            return str(schema["x-kubernetes-patch-merge-key"])
    return ""


def prune(graph: Mapping[State, dict[str, State]], marks: Mapping[State, str]) -> dict[State, dict[str, State]]:
    """The graph without the states that lead to nothing marked."""
    above: dict[State, set[State]] = defaultdict(set)
    for state, below in graph.items():
        for child in below.values():
            above[child].add(state)
    useful: set[State] = set()
    waiting = [state for state in graph if marks[state]]
    while waiting:
        state = waiting.pop()
        if state not in useful:
            useful.add(state)
            waiting += above[state]
    return {s: {label: c for label, c in graph[s].items() if c in useful} for s in graph if s in useful}


def numbered(labels: Mapping[State, Hashable]) -> dict[State, int]:
    """A number for each state, the same for the same label."""
    seen: dict[Hashable, int] = {}
    return {state: seen.setdefault(label, len(seen)) for state, label in labels.items()}


def classes(graph: Mapping[State, dict[str, State]], marks: Mapping[State, str]) -> dict[State, int]:
    """A number for each state, the same for states that no path can tell apart (Moore's partition refinement)."""
    number = numbered({state: marks[state] for state in graph})
    while True:
        below = {state: sorted((label, number[child]) for label, child in graph[state].items()) for state in graph}
        refined = numbered({state: (number[state], *below[state]) for state in graph})
        if max(refined.values()) == max(number.values()):
            return number
        number = refined


def walk(starts: Iterable[State], graph: Mapping[State, dict[str, State]], same: Mapping[State, int]) -> list[State]:
    """One state of each class, in the order in which a reader who starts at the roots meets them."""
    met: dict[int, State] = {}
    waiting = list(starts)[::-1]
    while waiting:
        state = waiting.pop()
        if same[state] not in met:
            met[same[state]] = state
            waiting += [child for _, child in sorted(graph[state].items(), reverse=True)]
    return list(met.values())


def table() -> dict[str, Any]:
    """The names and values of chartgen/kube/_table.py."""
    schemas = {minor: definitions(minor) for minor in MINORS}
    starts = roots(schemas)
    graph = explore(starts.values(), schemas)
    marks = {state: mark(state, schemas) for state in graph}
    graph = prune(graph, marks)
    same = classes(graph, marks)
    shapes = walk(starts.values(), graph, same)
    number = {same[state]: i for i, state in enumerate(shapes)}
    below = [{label: number[same[child]] for label, child in sorted(graph[state].items())} for state in shapes]
    words = [marks[state].split() for state in shapes]
    keys = [tuple(word for word in kind if word not in MARKS) for kind in words]
    return {
        "ROOTS": {name: number[same[state]] for name, state in starts.items()},
        "FIELDS": {i: fields for i, fields in enumerate(below) if fields},
        "KEYS": {i: names for i, names in enumerate(keys) if names},
        **{name: frozenset(i for i, kind in enumerate(words) if word in kind) for word, name in MARKS.items()},
    }


if __name__ == "__main__":
    values = table()
    lines = [f"{name}: {kind} = {pformat(values[name], width=118, compact=True)}\n" for name, kind in TYPES.items()]
    text = "".join(lines).replace("'", '"')
    TABLE.write_text(HEADER.format(first=f"1.{MINORS[0]}", last=f"1.{MINORS[-1]}") + text)
