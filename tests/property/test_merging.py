"""The laws of values: our merge is Helm's, and each leaf comes from the last file that sets it or a parent of it."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import helm_python
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgen.model import ABSENT, Key, Mark, Tree
from chartgen.trees import leaves
from chartgen.values.layers import Layer, merge, merge_all, origin
from tests.property.strategies import DEFAULTS, as_yaml, values

PROBE = "kind: ConfigMap\nvalues: {{ toJson .Values | quote }}\n"


def chart(folder: str, defaults: Tree) -> Path:
    """A chart of these values, which prints what it is given."""
    path = Path(folder, "probe")
    (path / "templates").mkdir(parents=True)
    (path / "Chart.yaml").write_text("apiVersion: v2\nname: probe\nversion: 0.0.0\n")
    (path / "values.yaml").write_text(as_yaml(defaults))
    (path / "templates" / "probe.yaml").write_text(PROBE)
    return path


def printed(text: str) -> Tree:
    (line,) = (line for line in text.splitlines() if line.startswith("values: "))
    return json.loads(json.loads(line.removeprefix("values: ")))


@given(values())
def test_an_empty_overlay_changes_nothing(base: dict[str, Tree]) -> None:
    assert merge(base, {}) == merge({}, base) == base


@given(values(), values())
def test_the_same_overlay_twice_is_the_same_as_once(base: dict[str, Tree], over: dict[str, Tree]) -> None:
    once = merge(base, over)
    assert merge(once, over) == once


@given(values(), values())
def test_neither_input_is_changed(base: dict[str, Tree], over: dict[str, Tree]) -> None:
    before = copy.deepcopy((base, over))
    merge(base, over)
    assert (base, over) == before


@given(values(), values(), values())
def test_it_does_not_matter_which_neighbours_are_merged_first(a: Tree, b: Tree, c: Tree) -> None:
    assert merge(merge(a, b), c) == merge_all([Layer("a", a), Layer("b", b), Layer("c", c)])


@given(DEFAULTS, values(), values())
@settings(max_examples=15)
def test_helm_sees_our_merge_as_it_sees_two_values_files(helm: Path, defaults: Tree, first: Tree, second: Tree) -> None:
    with TemporaryDirectory() as folder:
        path = chart(folder, defaults)
        files = [Path(folder, "first.yaml"), Path(folder, "second.yaml")]
        for file, tree in zip(files, (first, second), strict=True):
            file.write_text(as_yaml(tree))
        command = list(map(str, (helm, "template", "probe", path, "-f", files[0], "-f", files[1])))
        asked = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        (text,) = helm_python.Chart.load(path).render(merge(first, second), name="probe").values()
        assert printed(text) == printed(asked)


def coalesced(defaults: Tree, over: Tree) -> Tree:
    """Helm's `coalesceTablesFullKey`, from its source."""
    found = dict(over)
    for name, value in defaults.items():
        if name in found and found[name] is None:
            del found[name]
        elif name not in found:
            found[name] = value
        elif isinstance(value, dict) and isinstance(found[name], dict):
            found[name] = coalesced(value, found[name])
    return found


@given(DEFAULTS, values(), values())
def test_helm_coalesces_our_merge_with_the_charts_values_by_its_own_rules(
    defaults: Tree, first: Tree, second: Tree
) -> None:
    with TemporaryDirectory() as folder:
        merged = merge(first, second)
        assert helm_python.Chart.load(chart(folder, defaults)).merge_values(merged) == coalesced(defaults, merged)


def tagged(tree: Tree, file: str, key: Key = ()) -> Tree:
    """The tree with the name of its file and its own key in place of each leaf."""
    if isinstance(tree, dict) and tree:
        return {name: tagged(below, file, (*key, name)) for name, below in tree.items()}
    return tree if tree is None or tree == {} else f"{file} {json.dumps(key)}"


def layered(stack: Sequence[Tree]) -> Iterator[Layer]:
    for number, tree in enumerate(stack):
        yield Layer(f"{number}.yaml", tree, json.dumps(tree, indent=1))


@given(DEFAULTS, st.lists(values(), min_size=1, max_size=3))
def test_each_leaf_comes_from_the_last_file_that_sets_it_or_a_parent_of_it(
    defaults: Tree, overlays: list[Tree]
) -> None:
    stack = [tagged(tree, f"{number}.yaml") for number, tree in enumerate([defaults, *overlays])]
    located = list(layered(stack))
    seen = coalesced(stack[0], merge_all(located[1:]))
    for key, leaf in leaves(seen):
        if isinstance(leaf, str):
            file, _, told = leaf.partition(" ")
            assert tuple(json.loads(told)) == key
            mark = origin(key, located)
            assert mark == located[int(file[0])].positions.marks[key]
        elif leaf is None:
            assert origin(key, located) is not None


@given(DEFAULTS, st.lists(values(), max_size=3), st.lists(st.sampled_from("abcd"), min_size=1, max_size=4).map(tuple))
def test_a_key_that_no_file_sets_comes_from_nowhere(defaults: Tree, overlays: list[Tree], key: Key) -> None:
    located = list(layered([defaults, *overlays]))
    mark = origin(key, located)
    touched = any(_reaches(layer.values, key) for layer in located)
    assert touched or mark is None
    assert mark is None or isinstance(mark, Mark)


def _reaches(tree: Tree, key: Key) -> bool:
    for name in key:
        if not isinstance(tree, dict):
            return True
        tree = tree.get(name, ABSENT)
        if tree is ABSENT:
            return False
    return True
