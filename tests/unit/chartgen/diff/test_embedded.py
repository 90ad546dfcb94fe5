"""Texts inside a ConfigMap are opened as far as all their readers agree."""

from __future__ import annotations

import pytest

from chartgen.diff.embedded import MAX_VALUES, opened
from chartgen.goyaml.depth import MAX_DEPTH
from chartgen.model import ABSENT, Masked, ObjectId, ObjectPath, Tree, Written
from chartgen.trees import same

CONFIG = ObjectId("", "ConfigMap", "", "web")


def entry(text: str, key: str = "app.yaml") -> Tree:
    return opened(CONFIG, ("data", key), text)


@pytest.mark.parametrize("key", ["a.yaml", "a.yml", "a.json", "a.YAML", "a", "a.b.json", "values.yaml", ".yaml"])
def test_a_text_is_opened_where_its_key_says_so_or_has_no_extension(key: str) -> None:
    assert entry('{"a": "b"}', key) == {"a": "b"}


@pytest.mark.parametrize(
    "key",
    ["robots.txt", "app.properties", "nginx.conf", ".env", "x.ini", "x.toml", "x.yaml.tpl", "log.level", "yaml."],
)
@pytest.mark.parametrize("text", ['{"a": "b"}', "a: b\nc: d\n"])
def test_a_text_is_a_text_where_its_key_says_anything_else(key: str, text: str) -> None:
    assert entry(text, key) is ABSENT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b\nc: d\n", {"a": "b", "c": "d"}),
        ("- a\n- b", ["a", "b"]),
        (" [true]\n", [True]),
        ("{}", {}),
        ("a: b", ABSENT),
        ("two\nlines", ABSENT),
        ("", ABSENT),
        ("{broken", ABSENT),
        ("{a: b}", ABSENT),
        ("[section]\nkey = value\n", ABSENT),
        ("a: [\nb", ABSENT),
        ("a: b\n---\nc: d\n", ABSENT),
    ],
)
def test_without_an_extension_the_whole_text_decides(text: str, expected: Tree) -> None:
    assert same(entry(text, "settings"), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b", {"a": "b"}),
        ("{a: b}", {"a": "b"}),
        ("%YAML 1.2\n---\na: b\n...\n", {"a": "b"}),
        ("text", ABSENT),
        ("", ABSENT),
        ("# nothing\n", ABSENT),
        ("a: b\n---\nc: d\n", ABSENT),
        ("a: b\n---\n", ABSENT),
        ("a: [", ABSENT),
        ("a:\x00b", ABSENT),
    ],
)
def test_a_yaml_text_is_opened_if_it_is_one_document_that_is_a_mapping_or_a_list(text: str, expected: Tree) -> None:
    assert same(entry(text), expected)


@pytest.mark.parametrize(
    "text",
    ["a: 1\na: 2\n", "x: {a: 1, a: 1}\n", "- {on: 1, 'on': 2}\n",
     "x: &x {a: 1}\ny:\n  <<: *x\n  <<: *x\n", '{"a": 1, "a": 1}'],
)  # fmt: skip
@pytest.mark.parametrize("key", ["a.yaml", "a.json", "a"])
def test_a_text_with_repeated_keys_at_any_level_is_not_opened(text: str, key: str) -> None:
    assert entry(text, key) is ABSENT


@pytest.mark.parametrize("text", ["a", "'a'", '"a"', "!!str a", "|-\n  a", ">-\n  a", "! a"])
def test_a_string_is_the_same_however_it_is_written(text: str) -> None:
    assert same(entry(f"v: {text}\n"), {"v": "a"})


@pytest.mark.parametrize(
    "text",
    [
        *("1.2.3", "10.0.0.1", "5m", "1Gi", "0x", "v1", "80:80", "a:b", ".", "..", "+", "1e", "e3", "1 2", "2020-1"),
        *("yess", "nil", "none", "truest", "٣"),
    ],
)
def test_a_plain_scalar_that_is_a_string_in_yaml_1_1_and_1_2_is_one(text: str) -> None:
    assert same(entry(f'[{text}, "{text}"]'), [text, text])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("True", True), ("TRUE", True), ("false", False), ("FALSE", False),
     ("~", None), ("null", None), ("Null", None), ("NULL", None), ("", None)],
)  # fmt: skip
def test_booleans_and_null_are_those_of_both_versions(text: str, expected: Tree) -> None:
    assert same(entry(f"v: {text}\n"), {"v": expected})


@pytest.mark.parametrize(
    "text",
    [
        *("1", "-1", "+1", "1.10", "1.", ".5", "1e3", "1E-3", "1.5e+3", "01234", "089", "0o7", "0x1F", "0b11", "1_000"),
        *("12:30", "22:22", "1:30.5", ".inf", "-.INF", ".nan", "1e999", "-0", "2020-01-01", "2020-01-01 10:00:00Z"),
        *("yes", "No", "on", "OFF", "y", "N", "yEs", "tRue", "nULL", "=", "<<"),
    ],
)
def test_what_readers_take_for_different_things_is_as_it_is_written(text: str) -> None:
    assert same(entry(f"v: {text}\n"), {"v": Written(text)})
    assert same(entry(f'v: "{text}"\n'), {"v": text})


@pytest.mark.parametrize("text", ["!Ref b", "!!int 1", "!!binary YQ==", "!!set {a, b}", "!!omap [a: b]", "!<x> b"])
def test_a_text_with_tags_that_not_all_know_is_not_opened(text: str) -> None:
    assert entry(f"v: {text}\n") is ABSENT


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a: 1\n'b': 2\n", ["a", "b"]),
        ("on: 1\n8080: 2\n1.5: 3\n~: 4\ntrue: 5\n", ["on", "8080", "1.5", "~", "true"]),
        ("'on': 1\n'8080': 2\n", ['"on"', '"8080"']),
        ("'<<': 1\n", ['"<<"']),
    ],
)
def test_keys_are_as_they_are_written_with_quotes_only_where_they_matter(text: str, keys: list[str]) -> None:
    assert list(entry(text)) == keys


@pytest.mark.parametrize("text", ["? [a]\n: 1", "? {a: b}\n: 1", "!!int 1: a\n", "!x a: b\n"])
def test_a_text_with_keys_that_are_no_scalars_is_not_opened(text: str) -> None:
    assert entry(text) is ABSENT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x: &x [a]\ny: *x\n", {"x": ["a"], "y": ["a"]}),
        ("x: &x {a: b}\ny:\n  <<: *x\n  c: d\n", {"x": {"a": "b"}, "y": {"a": "b", "c": "d"}}),
        ("x: &x {a: b}\ny:\n  a: c\n  <<: *x\n", {"x": {"a": "b"}, "y": {"a": "c"}}),
        (
            "- &x {a: b}\n- &y {a: c, d: e}\n- {<<: [*x, *y]}\n",
            [{"a": "b"}, {"a": "c", "d": "e"}, {"a": "b", "d": "e"}],
        ),
        ("x: &x {a: b}\ny: &y {<<: *x}\nz: {<<: *y}\n", {name: {"a": "b"} for name in "xyz"}),
        ("x: &x a\ny: {<<: *x}\n", ABSENT),
        ("x: *x\n", ABSENT),
        ("x: &x [*x]\n", ABSENT),
        ("x: &x {<<: *x}\n", ABSENT),
    ],
)
def test_aliases_and_merge_keys_stand_for_what_they_name(text: str, expected: Tree) -> None:
    assert same(entry(text), expected)


def test_an_anchor_bomb_is_a_text() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert entry("\n".join(lines)) is ABSENT


def test_a_text_of_more_values_than_fit_into_a_config_map_is_not_opened() -> None:
    assert entry("[" + "a," * MAX_VALUES + "]") is ABSENT


@pytest.mark.parametrize("key", ["a.yaml", "a.json"])
def test_what_is_nested_too_deeply_is_not_opened(key: str) -> None:
    opens = [entry("[" * levels + "]" * levels, key) is not ABSENT for levels in (MAX_DEPTH - 1, MAX_DEPTH, 9_999)]
    assert opens == [True, False, False]


def test_aliases_do_not_nest_deeper_either() -> None:
    def nested(levels: int) -> str:
        half = levels // 2
        return f"- &x {'[' * half}a{']' * half}\n- {'[' * half}*x{']' * half}\n"

    assert entry(nested(MAX_DEPTH - 4)) is not ABSENT
    assert entry(nested(MAX_DEPTH + 4)) is ABSENT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": [1, 1.10, "1", true, null, "on"]}', {"a": [Written("1"), Written("1.10"), "1", True, None, "on"]}),
        ('{"8080": "a", "on": 1e3}', {"8080": "a", "on": Written("1e3")}),
        ('["\\ud83d\\ude00"]', ["😀"]),
        ('["\\ud83d"]', ABSENT),
        ('{"\\ud83d": 1}', ABSENT),
        ("[NaN]", ABSENT),
        ("[-Infinity]", ABSENT),
        ('"a"', ABSENT),
        ("a: b\nc: d\n", ABSENT),
        ("[1] [2]", ABSENT),
        ("[" + "9" * 9_999 + "]", [Written("9" * 9_999)]),
    ],
)
def test_a_json_text_keeps_its_numbers_as_they_are_written(text: str, expected: Tree) -> None:
    assert same(entry(text, "a.json"), expected)


@pytest.mark.parametrize(
    ("obj", "path"),
    [
        (CONFIG, ("binaryData", "a.yaml")),
        (CONFIG, ("data", "a.yaml", "deeper")),
        (CONFIG, ("data",)),
        (CONFIG, ("metadata", "a.yaml")),
        (CONFIG, ()),
        (ObjectId("", "Secret", "", "web"), ("data", "a.yaml")),
        (ObjectId("example.org", "ConfigMap", "", "web"), ("data", "a.yaml")),
    ],
)
def test_only_entries_of_a_config_map_are_opened(obj: ObjectId, path: ObjectPath) -> None:
    assert opened(obj, path, '{"a": "b"}') is ABSENT


@pytest.mark.parametrize("value", [1, None, {"a": "b"}, Masked(('{"a": "', '"}'))])
def test_only_texts_of_which_nothing_moves_are_opened(value: Tree) -> None:
    assert opened(CONFIG, ("data", "a.json"), value) is ABSENT


def test_a_key_that_is_the_same_in_and_without_quotes_is_repeated() -> None:
    assert entry('"on": a\n\'"on"\': fixed\n', "a.yaml") is ABSENT
