"""What properties are tried on: values, YAML texts, Kubernetes objects."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from chartgen.model import Tree

NAMES = st.sampled_from(["a", "b", "c", "d", "image", "kubernetes.io/arch"])
SCALARS: st.SearchStrategy[Tree] = st.sampled_from(["", "x", "y z", "1", 0, 1, 2, -3, 0.5, 1e6, True, False])
NULLABLE = SCALARS | st.none()


def trees(scalars: st.SearchStrategy[Tree] = NULLABLE, leaves: int = 12) -> st.SearchStrategy[Tree]:
    """Any tree. Few names and few scalars, so that two trees meet."""
    return st.recursive(
        scalars,
        lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=4),
        max_leaves=leaves,
    )


def values(scalars: st.SearchStrategy[Tree] = NULLABLE) -> st.SearchStrategy[dict[str, Tree]]:
    """What a values file holds; with nulls, unless `scalars` has none."""
    return st.dictionaries(NAMES, trees(scalars), max_size=4)


DEFAULTS = values(SCALARS)
"""A chart's own values. Helm 4 drops the nulls in them, and Helm 3 keeps them."""


@st.composite
def plain_scalars(draw: st.DrawFn) -> str:
    """Scalars that are written without quotes: mostly those on which YAML parsers disagree."""
    digits = st.text("0123456789_abfoxe.:+-", min_size=1, max_size=8)
    shaped = st.from_regex(
        r"[-+]?(0[bB][01_]{1,9}|0[oO]?[0-7_]{1,9}|0[xX][0-9a-fA-F_]{1,9}|[0-9][0-9_]{0,9}(\.[0-9_]{0,4})?([eE][-+]?[0-9]{1,2})?"
        r"|\.[0-9]{1,4}|[0-9]{1,2}(:[0-9]{2}){1,2}|[12][0-9]{3}-[01][0-9]-[0-3][0-9])",
        fullmatch=True,
    )
    words = st.sampled_from("y Y n N yes Yes yEs no on Off OFF true True TRUE tRue null Null nUll ~ = <<".split())  # noqa: SIM905
    return draw(words | shaped | digits.filter(lambda text: text[-1] != ":" and text[0] not in "-.:" and text != "..."))


KEYS = st.sampled_from(
    [
        "a",
        "b",
        "c",
        "two words",
        "on",
        "y",
        "No",
        "1.0",
        "0x10",
        "8080",
        "12:30",
        '"on"',
        "'1.0'",
        '"a.b"',
        "kubernetes.io/arch",
    ]
)
LEAVES = st.sampled_from(
    ["1", "text", '"quoted: #"', "'single'", "null", "[1, {a: 2}]", "{}", "[]", "2020-01-01 # note"]
)


@st.composite
def yaml_texts(draw: st.DrawFn) -> str:
    """A values file in block and flow style, with comments, anchors and merge keys."""
    anchors: list[str] = []
    lines = ["# a values file", *_block(draw, anchors, 0)]
    return "\n".join(lines) + "\n"


def _block(draw: st.DrawFn, anchors: list[str], depth: int) -> list[str]:
    indent = "  " * depth
    lines: list[str] = []
    for name in draw(st.lists(KEYS, min_size=1, max_size=4, unique=True)):
        form = draw(st.sampled_from(["leaf", "leaf", "block", "flow", "comment"])) if depth < 3 else "leaf"
        if anchors and draw(st.integers(0, 3)) == 0:
            lines += draw(st.sampled_from(_merges(anchors, indent)))
        if form == "block":
            known = list(anchors)
            below = _block(draw, anchors, depth + 1)
            anchor = f"m{len(anchors)}" if draw(st.booleans()) and len(anchors) == len(known) else ""
            lines += [f"{indent}{name}:{f' &{anchor}' if anchor else ''}", *below]
            anchors += [anchor] if anchor else []
        elif form == "flow":
            lines.append(f"{indent}{name}: {_flow(draw, depth)}")
        else:
            lines += [f"{indent}# about {name}"] if form == "comment" else []
            lines.append(f"{indent}{name}: {draw(LEAVES)}")
    return lines


def _merges(anchors: list[str], indent: str) -> list[list[str]]:
    listed = ", ".join(f"*{anchor}" for anchor in anchors[-2:])
    return [[f"{indent}<<: *{anchors[-1]}"], [f"{indent}<<: [{listed}]"]]


def _flow(draw: st.DrawFn, depth: int) -> str:
    names = draw(st.lists(KEYS, max_size=3, unique=True))
    return (
        "{"
        + ", ".join(f"{name}: {_flow(draw, depth + 1) if depth < 3 and draw(st.booleans()) else 1}" for name in names)
        + "}"
    )


QUANTITIES = st.sampled_from([1, "1", "1000m", "500m", "0.5", "1Gi", "1024Mi", 2])
TEXTS = st.sampled_from(
    ["info", "a: 1\nb: 2\n", "b: 2\na: 1\n", "a: 1\nb: [1]\n", "- name: x\n- name: z\n", '{"a": 1}', "two\nlines"]
)


def named(names: str, below: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """A list whose items are known by their names."""
    item = st.fixed_dictionaries({"name": st.sampled_from(list(names))}, optional=below)
    return st.lists(item, max_size=3, unique_by=lambda one: one["name"])


CONTAINERS = named(
    "uvw",
    {
        "image": st.sampled_from(["web:1", "web:2"]),
        "args": st.lists(st.sampled_from(["-a", "-b", ""]), max_size=2),
        "env": named("ABC", {"value": st.sampled_from(["1", "2"])}),
        "resources": st.fixed_dictionaries({"limits": st.dictionaries(st.sampled_from(["cpu", "memory"]), QUANTITIES)}),
    },
)
PODS = st.fixed_dictionaries(
    {"metadata": st.fixed_dictionaries({"name": st.just("web")}, optional={"labels": st.dictionaries(NAMES, SCALARS)})},
    optional={"spec": st.fixed_dictionaries({"containers": CONTAINERS}, optional={"initContainers": CONTAINERS})},
)
CONFIG_MAPS = st.fixed_dictionaries({"data": st.dictionaries(NAMES, TEXTS)}, optional={"metadata": values()})
UNKNOWN = st.fixed_dictionaries({"spec": trees(NULLABLE, 20) | named("xz", {"value": trees(leaves=4)})})
KINDS: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("", "Pod"): PODS,
    ("", "ConfigMap"): CONFIG_MAPS,
    ("example.com", "Widget"): UNKNOWN,
}


def as_yaml(tree: Tree) -> str:
    """JSON is YAML."""
    return json.dumps(tree)
