"""The kinds of findings that stages make while a snapshot is made: of charts, values files, schemas and rendering."""

from __future__ import annotations

from chartgen.model import Severity
from chartgen.rules.rule import Part, Rule, Scope

SCHEMA_KEYWORDS = {
    "additionalItems": "a list is longer than the schema allows",
    "anyOf": "a value fits none of the alternatives",
    "const": "a value is not the one that the schema allows",
    "contains": "a list lacks an item of the kind that it must hold",
    "dependencies": "a key is set without another that it needs",
    "dependentRequired": "a key is set without another that it needs",
    "enum": "a value is none of those that the schema lists",
    "exclusiveMaximum": "a number is too large",
    "exclusiveMinimum": "a number is too small",
    "items": "a list is longer than the schema allows",
    "maxContains": "a list holds too many items of a kind",
    "maxItems": "a list is too long",
    "maxLength": "a text is too long",
    "maxProperties": "a mapping has too many keys",
    "maximum": "a number is too large",
    "minContains": "a list holds too few items of a kind",
    "minItems": "a list is too short",
    "minLength": "a text is too short",
    "minProperties": "a mapping has too few keys",
    "minimum": "a number is too small",
    "multipleOf": "a number is no multiple of another",
    "not": "a value is what the schema excludes",
    "oneOf": "a value fits several alternatives of which it may fit one",
    "pattern": "a text does not match",
    "required": "a key is missing",
    "type": "a value has the wrong type",
    "unevaluatedItems": "a list is longer than the schema allows",
    "unevaluatedProperties": "a key is unknown",
    "uniqueItems": "a list holds an item twice",
}
"""The keywords of JSON Schema of which a value can be told to break them; others lead to those."""


def _of_values(name: str, summary: str, severity: Severity = Severity.ERROR) -> Rule:
    return Rule(name, severity, summary, Scope.ENVIRONMENT)


STAGES: tuple[Rule, ...] = (
    Rule("chart-unusable", Severity.ERROR, "Helm cannot load the chart", Scope.CHART),
    Rule("render-fails", Severity.ERROR, "the chart does not render", Scope.ENVIRONMENT, Part.MANIFESTS),
    Rule("unknown-image-key", Severity.WARNING, "the chart lacks a values key of its image", Scope.CHART),
    Rule("unused-values-file", Severity.WARNING, "no environment uses a values file", Scope.CHART),
    _of_values("values-unreadable", "a values file cannot be read"),
    _of_values("schema-false", "the schema allows nothing here"),
    _of_values("schema-invalid", "the schema of the chart is none"),
    _of_values("schema-refused", "a schema refuses the values, in Helm's words"),
    _of_values("schema-remote", "a schema refers to a server, and is not asked", Severity.WARNING),
    _of_values("schema-unknown-key", "a key is not one that the schema knows"),
    *(_of_values(f"schema-{keyword}", summary) for keyword, summary in SCHEMA_KEYWORDS.items()),
    Rule("waiver-unused", Severity.WARNING, "a waiver matches no finding", Scope.REPOSITORY),
    Rule("waiver-unknown-rule", Severity.ERROR, "a waiver names a rule that does not exist", Scope.REPOSITORY),
)
