"""Which schemas Helm would have to fetch a part of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chartgen.values.remote_schemas import remote_schemas

BASE = "https://example.com/schemas/values.json"
DRAFT_4 = "http://json-schema.org/draft-04/schema#"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def addresses(chart: Path, schema: Any) -> list[str]:
    text = schema if isinstance(schema, str) else json.dumps(schema)
    (chart / "values.schema.json").write_text(text)
    return [finding.message.split()[4].rstrip(",") for finding in remote_schemas(chart, "web")]


@pytest.mark.parametrize(
    ("schema", "address"),
    [
        ({"$ref": "https://example.com/a.json#/b"}, "https://example.com/a.json"),
        ({"$ref": "HTTP://example.com/a.json"}, "HTTP://example.com/a.json"),
        ({"properties": {"a": {"$dynamicRef": "http://example.com/a"}}}, "http://example.com/a"),
        ({"allOf": [{"$recursiveRef": "http://example.com/a"}]}, "http://example.com/a"),
        ('{"\\u0024ref": "http:\\/\\/example.com/a"}', "http://example.com/a"),
        ({"$id": BASE, "$ref": "other.json"}, "https://example.com/schemas/other.json"),
        ({"$id": BASE, "not": {"$id": "/b/", "$ref": "c"}}, "https://example.com/b/c"),
        ({"$id": BASE, "not": {"$ref": "c", "items": {"$id": "/b/"}}}, "https://example.com/schemas/c"),
        ({"$schema": DRAFT_4, "id": BASE, "not": {"$ref": "c"}}, "https://example.com/schemas/c"),
        ({"$schema": "https://example.com/dialect"}, "https://example.com/dialect"),
        ({"$schema": "http://json-schema.org/draft-03/schema#"}, "http://json-schema.org/draft-03/schema"),
        ({"properties": {"default": {"$ref": "http://example.com/a"}}}, "http://example.com/a"),
        ({"const": {"$id": BASE}, "$ref": BASE}, BASE),
        ({"$schema": DRAFT_7, "not": {"$id": BASE, "$ref": BASE}}, BASE),
    ],
)
def test_what_helm_would_fetch_is_found(tmp_path: Path, schema: Any, address: str) -> None:
    assert addresses(tmp_path, schema) == [address]


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {"$ref": "#/$defs/a"},
        {"$ref": "other.json"},
        {"$id": BASE, "$ref": "#/$defs/a"},
        {"$schema": DRAFT_7, "$id": BASE, "$ref": "#/definitions/a"},
        {"$schema": DRAFT_4, "id": BASE, "not": {"$ref": "values.json#/definitions/a"}},
        {"$id": BASE, "$defs": {"a": {"$id": "a.json"}}, "not": {"$ref": "https://example.com/schemas/a.json#/b"}},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "not": {"$ref": DRAFT_7}},
        {"$schema": "http://json-schema.org/schema#"},
        {"description": "see https://example.com", "properties": {"$ref": {"type": "string"}}},
        {"$id": "urn:example:values", "$ref": "#/$defs/a"},
        {"$id": BASE, "$ref": "http://[nothing"},
        '{"$ref": "https://example.com/a.json"',
        "[" * 100_000,
    ],
)
def test_what_helm_has_at_hand_or_refuses_is_left_to_it(tmp_path: Path, schema: Any) -> None:
    assert addresses(tmp_path, schema) == []


def test_a_schema_is_found_once_at_its_first_such_line(tmp_path: Path) -> None:
    (tmp_path / "charts" / "sub").mkdir(parents=True)
    schema = f'{{"$id": "{BASE}",\n"not": {{\n"$ref": "b.json"}},\n"items": {{"$ref": "c.json"}}}}'
    (tmp_path / "charts" / "sub" / "values.schema.json").write_text(schema)
    (tmp_path / "values.schema.json").write_text('{"$ref": "http:\\/\\/example.com"}')
    assert [
        (Path(finding.where.file).parent.name, finding.where.line) for finding in remote_schemas(tmp_path, "web")
    ] == [
        ("sub", 3),
        (tmp_path.name, 0),
    ]
