"""The kinds of findings that stages make: of each keyword of JSON Schema that a value can break."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from chartgen.rules.registry import RULES
from chartgen.rules.stages import SCHEMA_KEYWORDS

DRAFTS = [
    jsonschema.Draft4Validator,
    jsonschema.Draft6Validator,
    jsonschema.Draft7Validator,
    jsonschema.Draft201909Validator,
    jsonschema.Draft202012Validator,
]
"""Those that are part of Helm."""
LEAD_TO_OTHERS = {
    "$dynamicRef", "$recursiveRef", "$ref", "allOf", "dependentSchemas", "if", "patternProperties", "prefixItems",
    "properties", "propertyNames",
}  # fmt: skip
"""Keywords whose errors are always those of a schema below."""
UNKNOWN_KEYS = {"additionalProperties"}
"""Its errors are `schema-unknown-key`, one for each key, and those of a schema below."""
UNASKED = {"format"}
"""Left to Helm, which checks formats in some drafts: the finding is `schema-refused`."""
OF_CONTAINS = {"maxContains", "minContains"}
"""Which jsonschema looks at with `contains`, and names in its errors."""


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda draft: draft.__name__)
def test_each_keyword_that_a_value_can_break_is_a_kind_of_finding(draft: Any) -> None:
    breakable = set(draft.VALIDATORS) - LEAD_TO_OTHERS - UNKNOWN_KEYS - UNASKED
    assert {f"schema-{keyword}" for keyword in breakable} <= set(RULES)


def test_there_is_no_kind_of_finding_for_a_keyword_that_no_draft_has() -> None:
    known = {keyword for draft in DRAFTS for keyword in draft.VALIDATORS}
    assert set(SCHEMA_KEYWORDS) == (known | OF_CONTAINS) - LEAD_TO_OTHERS - UNKNOWN_KEYS - UNASKED


@pytest.mark.parametrize("keyword", sorted(LEAD_TO_OTHERS))
def test_a_keyword_that_leads_to_others_is_not_what_its_errors_name(keyword: str) -> None:
    wanted: dict[str, Any] = {"maxProperties": 0}
    below: dict[str, Any] = {
        "$dynamicRef": "#/$defs/a",
        "$recursiveRef": "#",
        "$ref": "#/$defs/a",
        "allOf": [wanted],
        "dependentSchemas": {"a": wanted},
        "if": True,
        "patternProperties": {"a": wanted},
        "prefixItems": [wanted],
        "properties": {"a": wanted},
        "propertyNames": {"maxLength": 0},
    }
    schema = {"$defs": {"a": wanted}, "then": wanted, keyword: below[keyword]}
    draft = next(draft for draft in reversed(DRAFTS) if keyword in draft.VALIDATORS)
    if keyword == "$recursiveRef":
        schema = {"properties": {"a": {keyword: "#"}}, "additionalProperties": False}
    instance = [{"b": 1}] if keyword == "prefixItems" else {"a": {"b": 1}}
    named = {error.validator for error in draft(schema).iter_errors(instance)}
    assert named
    assert not named & LEAD_TO_OTHERS
