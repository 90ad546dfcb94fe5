"""Why a schema refuses values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chartgen.model import Finding, Key, Mark, Severity
from chartgen.values.explain import explain

FILE = Mark("charts/web/values.schema.json")
MARKS = {
    ("image",): Mark("values.yaml", 3, 1),
    ("image", "tag"): Mark("prod.yaml", 2, 3),
    ("a",): Mark("prod.yaml", 5, 1),
}


def explained(values: dict[str, Any], schema: Any) -> list[Finding]:
    return explain(values, schema, MARKS.get, FILE, str(FILE.file))


def of(key: str, rule: dict[str, Any], value: Any) -> Finding:
    (found,) = explained({key: value}, {"properties": {key: rule}})
    return found


def test_a_finding_stands_where_the_value_was_set() -> None:
    schema = {"properties": {"image": {"properties": {"tag": {"type": "string"}}}}}
    (found,) = explained({"image": {"tag": 1}}, schema)
    assert (found.where, found.subject, found.rule) == (Mark("prod.yaml", 2, 3), "image.tag", "schema-type")
    assert (found.severity, found.message) == (Severity.ERROR, "`image.tag` must be text; 1 is not")


def test_a_value_without_a_place_of_its_own_stands_where_its_parent_or_else_the_schema_does() -> None:
    schema = {"properties": {"image": {"properties": {"name": {"type": "string"}}}, "z": {"type": "string"}}}
    assert [found.where for found in explained({"image": {"name": 1}, "z": 1}, schema)] == [
        FILE,
        Mark("values.yaml", 3, 1),
    ]


@pytest.mark.parametrize(
    ("rule", "value", "words"),
    [
        ({"type": "integer"}, "x", '`a` must be a whole number; "x" is not'),
        ({"type": ["object", "null"]}, [1], "`a` must be a mapping or nothing; [1] is not"),
        ({"enum": ["x", 1]}, "y", '`a` must be one of "x", 1; "y" is not'),
        ({"const": True}, False, "`a` must be true; false is not"),
        ({"required": ["b", "c"]}, {"b": 1}, "`a` lacks `c`"),
        ({"pattern": "^x$"}, "y", '`a` must match ^x$; "y" does not'),
        ({"minimum": 1}, 0, "`a` must be at least 1; 0 is not"),
        ({"maximum": 1}, 2, "`a` must be at most 1; 2 is not"),
        ({"exclusiveMinimum": 1}, 1, "`a` must be above 1; 1 is not"),
        ({"exclusiveMaximum": 1}, 1, "`a` must be below 1; 1 is not"),
        ({"minLength": 3}, "x", '`a` must be at least 3 characters long; "x" is not'),
        ({"maxLength": 1}, "xy", '`a` must be at most 1 characters long; "xy" is not'),
        ({"minItems": 1}, [], "`a` must be at least 1 items long; [] is not"),
        ({"maxItems": 0}, [1], "`a` must be at most 0 items long; [1] is not"),
        ({"not": {"const": "x"}}, "x", '`a` must not be "x" here'),
        ({"multipleOf": 2}, 3, "`a` 3 is not a multiple of 2"),
    ],
)
def test_each_rule_has_its_words(rule: dict[str, Any], value: Any, words: str) -> None:
    assert of("a", rule, value).message == words


def test_a_rule_on_all_values_names_them() -> None:
    (found,) = explained({}, {"required": ["a"]})
    assert (found.subject, found.message) == ("", "`the values` lacks `a`")


def test_the_description_of_the_schema_is_the_hint() -> None:
    assert of("a", {"type": "string", "description": "The name."}, 1).hint == "The name."


def test_a_place_in_a_list_is_shown_and_stands_where_the_list_does() -> None:
    rule = {"items": {"properties": {"port": {"type": "integer"}}}}
    found = of("a", rule, [{"port": 1}, {"port": "x"}])
    assert (found.subject, found.where) == ("a[1].port", Mark("prod.yaml", 5, 1))


def test_an_unknown_key_is_one_finding_with_the_close_one_as_hint() -> None:
    schema = {"properties": {"image": {}, "replicas": {}}, "additionalProperties": False}
    found = explained({"image": 1, "replica": 1, "zzz": 1}, schema)
    assert [(each.rule, each.subject, each.message, each.hint) for each in found] == [
        ("schema-unknown-key", "replica", "unknown key `replica`", "did you mean `replicas`?"),
        ("schema-unknown-key", "zzz", "unknown key `zzz`", "known here: image, replicas"),
    ]


def test_a_key_that_a_pattern_allows_is_known() -> None:
    schema = {"patternProperties": {"^x-": {}}, "additionalProperties": False}
    (found,) = explained({"x-a": 1, "b": 1}, schema)
    assert (found.subject, found.hint) == ("b", "known here: nothing")


def test_an_unknown_key_in_a_list_names_its_item() -> None:
    found = of("a", {"items": {"additionalProperties": False}}, [{}, {"b": 1}])
    assert (found.subject, found.where) == ("a[1].b", Mark("prod.yaml", 5, 1))


def test_of_alternatives_the_closest_is_explained() -> None:
    rule = {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"b": {"type": "integer"}}}]}
    assert of("a", rule, {"b": "x"}).message == '`a.b` must be a whole number; "x" is not'


def test_a_place_where_nothing_is_allowed() -> None:
    (found,) = explained({"a": 1}, {"properties": {"a": False}})
    assert (found.rule, found.message) == ("schema-false", "`the values` hold what the schema forbids")


def test_values_that_the_schema_takes_have_no_findings() -> None:
    assert explained({"a": 1}, {"properties": {"a": {"type": "integer"}}}) == []


def test_what_is_no_schema_is_one_finding() -> None:
    (found,) = explained({"a": 1}, {"properties": {"a": {"type": "strin"}}})
    assert (found.rule, found.subject, found.where) == ("schema-invalid", FILE.file, FILE)
    assert found.message.startswith("not a JSON schema: 'strin' is not valid")


@pytest.mark.parametrize("reference", ["https://example.invalid/schema.json", "other.json", "#/definitions/none"])
def test_a_schema_that_lies_elsewhere_is_never_fetched_and_left_to_helm(reference: str) -> None:
    assert explained({"a": 1}, {"properties": {"a": {"$ref": reference}}}) == []


def test_a_long_value_is_shortened() -> None:
    assert len(of("a", {"type": "integer"}, "x" * 500).message) < 120
    assert len(of("a", {"minProperties": 99}, {"x" * 500: 1}).message) < 250


RULES: list[dict[str, Any]] = [
    {"type": "integer"}, {"type": "string"}, {"enum": ["x"]}, {"const": "x"}, {"pattern": "^x$"}, {"minLength": 99},
    {"not": {}}, {"minProperties": 9}, {"maxProperties": 0}, {"uniqueItems": True}, {"format": "date"},
    {"multipleOf": 7}, {"contains": {"const": 1}}, {"dependencies": {"password": ["z"]}},
    {"propertyNames": {"pattern": "^x"}},
    {"oneOf": [{"type": "integer"}, {"type": "boolean"}]},
]  # fmt: skip
PLACES: list[tuple[Key, Any]] = [
    (("password",), "hunter22"),
    (("auth", "apiKey"), "hunter22"),
    (("auth",), {"password": "hunter22"}),
    (("users",), [{"password": "hunter22"}, {"password": "hunter22"}]),
]


@pytest.mark.parametrize("rule", RULES, ids=json.dumps)
@pytest.mark.parametrize(("key", "value"), PLACES)
def test_a_value_whose_key_sounds_secret_is_never_repeated(key: Key, value: Any, rule: dict[str, Any]) -> None:
    schema, values = rule, value
    for name in reversed(key):
        schema, values = {"properties": {name: schema}}, {name: values}
    assert "hunter22" not in str(explained(values, schema))


@pytest.mark.parametrize("rule", [{"type": "integer"}, {"pattern": "^x$"}, {"multipleOf": 2}])
def test_nor_is_it_in_an_item_of_a_list(rule: dict[str, Any]) -> None:
    found = of("users", {"items": {"properties": {"password": {"type": "integer"}}}}, [{"password": "hunter22"}])
    assert found.message == "`users[0].password` must be a whole number; what stands here is not"
    assert "hunter22" not in str(explained({"a": {"tokens": ["hunter22"]}}, {"properties": {"a": {"items": rule}}}))
