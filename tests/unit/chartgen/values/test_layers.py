"""Values files: their merge, and where each key stands."""

from __future__ import annotations

import pytest

from chartgen.errors import ValuesError
from chartgen.model import ABSENT, Key, Layer, Mark, Tree
from chartgen.trees import same
from chartgen.values import layers
from chartgen.values.layers import Positions, at, leaves, merge, merge_all, origin


def layer(name: str, text: str, values: dict[str, Tree]) -> tuple[Layer, Positions]:
    return Layer(name, values, text), Positions(text, name)


def rules(text: str) -> list[str]:
    return [finding.rule for finding in Positions(text, "v.yaml").findings]


def keys(text: str) -> set[Key]:
    return set(Positions(text, "v.yaml").marks)


def test_mappings_merge_and_all_else_replaces() -> None:
    base = {"image": {"name": "web", "tag": "1"}, "hosts": ["a", "b"], "port": 80}
    over = {"image": {"tag": "2"}, "hosts": ["c"], "port": {"http": 80}}
    assert merge(base, over) == {"image": {"name": "web", "tag": "2"}, "hosts": ["c"], "port": {"http": 80}}


def test_a_null_stays_for_helm_to_delete_the_default_with() -> None:
    assert merge({"a": {"b": 1}}, {"a": None}) == {"a": None}


def test_the_last_layer_wins() -> None:
    assert merge_all([Layer("1", {"a": 1, "b": 1}), Layer("2", {"b": 2}), Layer("3", {"b": 3})]) == {"a": 1, "b": 3}


def test_leaves_are_all_that_is_not_a_mapping_with_something_in_it() -> None:
    assert list(leaves({"a": {"b": 1, "c": {}}, "d": [{"e": 1}], "f": None})) == [
        (("a", "b"), 1), (("a", "c"), {}), (("d",), [{"e": 1}]), (("f",), None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value"), [(("a", "b"), 1), (("a",), {"b": 1}), (("a", "c"), ABSENT), (("a", "b", "c"), ABSENT), ((), ...)]
)
def test_a_value_is_found_by_its_key(key: Key, value: Tree) -> None:
    tree = {"a": {"b": 1}}
    assert at(tree, key) == (tree if value is ... else value)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(1, 1.0, True), (1, True, False), ([0], [False], False), ({"a": [1]}, {"a": [True]}, False), ({}, {"a": 1}, False),
     ([1, 2], [1], False), ({"a": {"b": "c"}}, {"a": {"b": "c"}}, True), (None, False, False), (1, "1", False)],
)  # fmt: skip
def test_values_are_the_same_as_in_json_at_any_depth(one: Tree, other: Tree, *, expected: bool) -> None:
    assert same(one, other) is same(other, one) is expected


def test_a_key_knows_its_line_and_column() -> None:
    found = Positions("# web\nimage:\n  tag: '1'\nlist: [{name: a}]\n", "v.yaml").marks
    assert found == {
        ("image",): Mark("v.yaml", 2, 1),
        ("image", "tag"): Mark("v.yaml", 3, 3),
        ("list",): Mark("v.yaml", 4, 1),
    }


def test_the_column_does_not_count_a_byte_order_mark() -> None:
    assert Positions("\ufeffa: 1", "v.yaml").marks == {("a",): Mark("v.yaml", 1, 1)}


def test_an_empty_file_has_no_keys() -> None:
    assert keys("") == keys("# only this\n") == set()


@pytest.mark.parametrize(
    ("written", "read"),
    [("on", "true"), ("No", "false"), ("y", "true"), ("N", "false"), ("1.0", "1"), ("0x10", "16"), ("010", "8"),
     ("1e30", "1e+30"), ("1000001.", "1.000001e+06"), ("123456789012345678901", "1.2345679e+20"),
     ("1e300", ".inf"), ("-1e300", "-.inf"), ("0.00001", "1e-05")],
)  # fmt: skip
def test_a_key_that_yaml_does_not_read_as_text_is_a_finding(written: str, read: str) -> None:
    positions = Positions(f"a:\n  {written}: 1\n", "v.yaml")
    assert set(positions.marks) == {("a",), ("a", read)}
    (finding,) = positions.findings
    assert (finding.rule, finding.subject, finding.where) == ("key-not-text", f"a.{read}", Mark("v.yaml", 2, 3))
    assert finding.message == f"YAML reads the key `{written}` as `{read}`"
    assert finding.hint == "quote it"


@pytest.mark.parametrize(
    "written", ['"on"', "'y'", "12:30", "2020-01-01", "8080", "nothing", "0.1", "100000.5", '"1.0"']
)
def test_a_key_that_stays_as_it_is_written_is_no_finding(written: str) -> None:
    assert rules(f"{written}: 1") == []


def test_a_key_set_twice_is_a_finding_at_the_second_place() -> None:
    positions = Positions("a: {x: 1, z: 2}\nb: 2\na: {x: 3}\n", "v.yaml")
    (finding,) = positions.findings
    assert (finding.rule, finding.subject, finding.where) == ("duplicate-key", "a", Mark("v.yaml", 3, 1))
    assert finding.message == "`a` is set twice in this file, first at line 1; the last one wins"


def test_what_the_first_of_two_equal_keys_holds_is_gone() -> None:
    assert keys("a: {x: 1, z: 2}\na: {x: 3}\n") == {("a",), ("a", "x")}


def test_a_second_document_is_a_finding_and_its_keys_do_not_count() -> None:
    positions = Positions("a: 1\n---\nb: 1\n", "v.yaml")
    assert set(positions.marks) == {("a",)}
    assert [(each.rule, each.where.line) for each in positions.findings] == [("several-documents", 3)]


def test_a_merge_key_brings_keys_that_stand_where_the_anchor_does() -> None:
    text = "base: &base {cpu: 1, memory: 2}\nweb:\n  <<: *base\n  cpu: 3\n"
    assert Positions(text, "v.yaml").marks[("web", "memory")] == Mark("v.yaml", 1, 22)
    assert Positions(text, "v.yaml").marks[("web", "cpu")] == Mark("v.yaml", 4, 3)
    assert rules(text) == []


def test_a_key_beside_a_merge_key_replaces_what_is_merged_whole() -> None:
    assert ("c", "a", "x") not in keys("b: &b {a: {x: 1}}\nc:\n  <<: *b\n  a: {z: 2}\n")


def test_of_several_merged_mappings_the_first_wins() -> None:
    text = "a: &a {x: 1}\nb: &b {x: 2}\nc: {<<: [*a, *b]}\n"
    assert Positions(text, "v.yaml").marks[("c", "x")] == Mark("v.yaml", 1, 8)


def test_a_quoted_merge_key_is_a_key() -> None:
    assert keys("'<<': {a: 1}") == {("<<",), ("<<", "a")}


def test_what_is_not_yaml_is_refused_with_its_place() -> None:
    with pytest.raises(ValuesError) as refused:
        Positions("a: [1\nb: 2\n", "v.yaml")
    assert refused.value.message.startswith("not YAML: ")
    assert refused.value.where == "v.yaml:2:2"


def test_an_anchor_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "MAX_POSITIONS", 1000)
    text = "a0: &a0 {x: 1, z: 2}\n" + "".join(f"a{n}: &a{n} {{x: *a{n - 1}, z: *a{n - 1}}}\n" for n in range(1, 30))
    with pytest.raises(ValuesError, match="aliases expand to more than a million keys"):
        Positions(text, "v.yaml")


BASE = layer("values.yaml", "a: {b: 1, c: 2}\nd: 1\n", {"a": {"b": 1, "c": 2}, "d": 1})
PROD = layer("prod.yaml", "a:\n  b: 5\n", {"a": {"b": 5}})
NULL = layer("null.yaml", "a: null\n", {"a": None})


@pytest.mark.parametrize(
    ("key", "stack", "expected"),
    [
        (("a", "b"), (BASE,), Mark("values.yaml", 1, 5)),
        (("a", "b"), (BASE, PROD), Mark("prod.yaml", 2, 3)),
        (("a", "c"), (BASE, PROD), Mark("values.yaml", 1, 11)),
        (("a", "c"), (BASE, NULL), Mark("null.yaml", 1, 1)),
        (("a", "b"), (BASE, NULL, PROD), Mark("prod.yaml", 2, 3)),
        (("z",), (BASE, PROD), None),
        (("a", "b", "deeper"), (BASE, PROD), Mark("prod.yaml", 2, 3)),
        (("d",), (BASE, (Layer("--set d=2", {"d": 2}), None)), Mark("--set d=2")),
    ],
)
def test_a_value_comes_from_the_last_layer_that_sets_it_or_a_parent(
    key: Key, stack: tuple[tuple[Layer, Positions | None], ...], expected: Mark | None
) -> None:
    assert origin(key, stack) == expected


def test_a_default_that_a_null_deleted_and_a_later_overlay_brings_back_comes_from_the_chart() -> None:
    over = layer("over.yaml", "a:\n  b: 5\n", {"a": {"b": 5}})
    assert origin(("a", "c"), (BASE, NULL, over)) == Mark("values.yaml", 1, 11)
