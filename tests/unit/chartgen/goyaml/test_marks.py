"""Where the keys of a YAML text stand, and how they are written."""

from __future__ import annotations

import pytest

from chartgen.errors import ValuesError
from chartgen.goyaml.marks import WrittenKey, positions
from chartgen.model import Key, Mark


def keys(text: str) -> set[Key]:
    return set(positions(text, "v.yaml").marks)


def test_a_key_knows_its_line_and_column() -> None:
    found = positions("# web\nimage:\n  tag: '1'\nlist: [{name: a}]\n", "v.yaml").marks
    assert found == {
        ("image",): Mark("v.yaml", 2, 1),
        ("image", "tag"): Mark("v.yaml", 3, 3),
        ("list",): Mark("v.yaml", 4, 1),
    }


def test_the_column_does_not_count_a_byte_order_mark() -> None:
    assert positions("\ufeffa: 1", "v.yaml").marks == {("a",): Mark("v.yaml", 1, 1)}


def test_an_empty_file_has_no_keys() -> None:
    assert keys("") == keys("# only this\n") == set()


@pytest.mark.parametrize(
    ("written", "read"),
    [("on", "true"), ("No", "false"), ("y", "true"), ("N", "false"), ("1.0", "1"), ("0x10", "16"), ("010", "8"),
     ("1e30", "1e+30"), ("1000001.", "1.000001e+06"), ("123456789012345678901", "1.2345679e+20"),
     ("1e300", ".inf"), ("-1e300", "-.inf"), ("0.00001", "1e-05")],
)  # fmt: skip
def test_a_key_is_known_by_what_yaml_reads_and_by_what_is_written(written: str, read: str) -> None:
    found = positions(f"a:\n  {written}: 1\n", "v.yaml")
    assert set(found.marks) == {("a",), ("a", read)}
    assert found.written[1] == WrittenKey(("a", read), Mark("v.yaml", 2, 3), written, None)


def test_a_key_set_twice_knows_its_first_place() -> None:
    found = positions("a: {x: 1, z: 2}\nb: 2\na: {x: 3}\n", "v.yaml")
    assert [(each.key, each.mark.line) for each in found.written if each.repeats] == [(("a",), 3)]
    assert [each.repeats for each in found.written if each.repeats] == [Mark("v.yaml", 1, 1)]


def test_what_the_first_of_two_equal_keys_holds_is_gone() -> None:
    assert keys("a: {x: 1, z: 2}\na: {x: 3}\n") == {("a",), ("a", "x")}


def test_a_second_document_is_told_and_its_keys_do_not_count() -> None:
    found = positions("a: 1\n---\nb: 1\n", "v.yaml")
    assert set(found.marks) == {("a",)}
    assert found.further_documents == [Mark("v.yaml", 3, 1)]


def test_a_merge_key_brings_keys_that_stand_where_the_anchor_does() -> None:
    text = "base: &base {cpu: 1, memory: 2}\nweb:\n  <<: *base\n  cpu: 3\n"
    assert positions(text, "v.yaml").marks[("web", "memory")] == Mark("v.yaml", 1, 22)
    assert positions(text, "v.yaml").marks[("web", "cpu")] == Mark("v.yaml", 4, 3)
    assert not [each for each in positions(text, "v.yaml").written if each.repeats]


def test_a_key_beside_a_merge_key_replaces_what_is_merged_whole() -> None:
    assert ("c", "a", "x") not in keys("b: &b {a: {x: 1}}\nc:\n  <<: *b\n  a: {z: 2}\n")


def test_of_several_merged_mappings_the_first_wins() -> None:
    text = "a: &a {x: 1}\nb: &b {x: 2}\nc: {<<: [*a, *b]}\n"
    assert positions(text, "v.yaml").marks[("c", "x")] == Mark("v.yaml", 1, 8)


def test_a_quoted_merge_key_is_a_key() -> None:
    assert keys("'<<': {a: 1}") == {("<<",), ("<<", "a")}


def test_what_is_not_yaml_is_refused_with_its_place() -> None:
    with pytest.raises(ValuesError) as refused:
        positions("a: [1\nb: 2\n", "v.yaml")
    assert refused.value.message.startswith("not YAML: ")
    assert refused.value.where == Mark("v.yaml", 2, 2)


def test_an_anchor_bomb_is_refused() -> None:
    text = "a0: &a0 {x: 1, z: 2}\n" + "".join(f"a{n}: &a{n} {{x: *a{n - 1}, z: *a{n - 1}}}\n" for n in range(1, 30))
    with pytest.raises(ValuesError, match="aliases expand to more than a million keys"):
        positions(text, "v.yaml", limit=1000)
