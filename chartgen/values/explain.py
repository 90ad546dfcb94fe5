"""Values × values.schema.json → findings, each at the line that set the value. For values that Helm has refused.

Helm's own message names a key and a rule; this says where the value was set, what it may be, and what was meant. Values
whose key sounds secret are not repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chartgen import trees
from chartgen.keypath import did_you_mean
from chartgen.keypath import path as spelled
from chartgen.model import Finding, Key, Mark, Severity, Values
from chartgen.secrets.words import looks_drawn, sounds_secret

Locate = Callable[[Key], Mark | None]
MAX_SHOWN = 60
"""Characters of a value that a message repeats."""
MAX_MESSAGE = 200
"""Characters of a message of the validator's own, which repeats values whole."""
TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "above {}",
    "exclusiveMaximum": "below {}",
    "minLength": "at least {} characters long",
    "maxLength": "at most {} characters long",
    "minItems": "at least {} items long",
    "maxItems": "at most {} items long",
}


def explain(values: Values, schema: Any, locate: Locate, file: Mark, subject: str) -> list[Finding]:
    """Every rule of `schema` that `values`, coalesced, break; or the one reason why `schema` is not a schema.

    No finding where `schema` refers to another one, which is not fetched.
    `file` is the place of the schema, `subject` its name in a finding, `locate` tells where a key was set.
    """
    import jsonschema
    import referencing.exceptions

    named = isinstance(schema, Mapping) and isinstance(schema.get("$schema", ""), str)
    choose, default = jsonschema.validators.validator_for, jsonschema.Draft7Validator
    validator_class = choose(schema, default=default) if named else default
    try:
        validator_class.check_schema(schema)
    except jsonschema.SchemaError as error:
        message = f"not a JSON schema: {error.message} at {error.json_path}"
        return [Finding("schema-invalid", Severity.ERROR, subject, file, message)]
    errors = validator_class(schema, registry=referencing.Registry()).iter_errors(values)
    try:
        found = [finding for error in errors for finding in _findings(error, locate, file)]
    except referencing.exceptions.Unresolvable:
        return []
    return sorted(set(found), key=lambda finding: (finding.where.order, finding.subject, finding.message))


def _findings(error: Any, locate: Locate, file: Mark) -> Iterator[Finding]:
    """One finding for most errors; one for each unknown key; for alternatives, those of the closest one."""
    if error.context:
        import jsonschema

        best = jsonschema.exceptions.best_match([error])
        if best is not None and best is not error:
            yield from _findings(best, locate, file)
            return
    key, index = _key(error.absolute_path)
    if error.validator == "additionalProperties" and error.validator_value is False:
        known = error.schema.get("properties", {})
        patterns = error.schema.get("patternProperties", {})
        for name in error.instance:
            if name not in known and not any(re.search(pattern, name) for pattern in patterns):
                yield _unknown((*key, name), index, known, locate, file)
        return
    where = _place(key, locate, file)
    yield Finding(
        f"schema-{error.validator or 'false'}",
        Severity.ERROR,
        spelled(key) + index,
        where,
        f"`{spelled(key) or 'the values'}{index}` {_words(error)}",
        _described(error),
    )


def _key(steps: Any) -> tuple[Key, str]:
    """The values key of a place in the values, and what of the place lies within a list, which is one value."""
    names: list[str] = []
    for step in steps:
        if isinstance(step, int):
            return tuple(names), spelled(tuple(steps)[len(names) :]) if names else ""
        names.append(step)
    return tuple(names), ""


def _place(key: Key, locate: Locate, file: Mark) -> Mark:
    for length in range(len(key), 0, -1):
        mark = locate(key[:length])
        if mark:
            return mark
    return file


def _unknown(key: Key, index: str, known: Mapping[str, Any], locate: Locate, file: Mark) -> Finding:
    hint = did_you_mean(key[-1], known, f"known here: {', '.join(known) or 'nothing'}")
    name = f"{spelled(key[:-1])}{index}.{key[-1]}".removeprefix(".") if index else spelled(key)
    where = _place(key[:-1] if index else key, locate, file)
    return Finding("schema-unknown-key", Severity.ERROR, name, where, f"unknown key `{name}`", hint)


def _is_secretive(error: Any) -> bool:
    """Whether what a message would repeat may be a secret: by its keys, or by how it looks."""
    names = (*map(str, error.absolute_path), *trees.names(error.instance))
    return sounds_secret(*names) or any(map(looks_drawn, filter(_is_str, trees.scalars(error.instance))))


def _is_str(value: Any) -> bool:
    return isinstance(value, str)


def _shown(error: Any) -> str:
    if _is_secretive(error):
        return "what stands here"
    text = json.dumps(error.instance, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


WORDS: dict[str, Callable[[Any, str], str]] = {
    "enum": lambda wanted, got: f"must be one of {', '.join(json.dumps(each) for each in wanted)}; {got} is not",
    "const": lambda wanted, got: f"must be {json.dumps(wanted)}; {got} is not",
    "type": lambda wanted, got: f"must be {_types(wanted)}; {got} is not",
    "pattern": lambda wanted, got: f"must match {wanted}; {got} does not",
    "not": lambda _, got: f"must not be {got} here",
}


def _types(wanted: str | list[str]) -> str:
    names = [wanted] if isinstance(wanted, str) else wanted
    return " or ".join(TYPES.get(name, name) for name in names)


def _words(error: Any) -> str:
    """What the rule asks for and what it got, as the predicate of a sentence."""
    rule, wanted, got = error.validator, error.validator_value, _shown(error)
    if rule in WORDS:
        return WORDS[rule](wanted, got)
    if rule in BOUNDS:
        return f"must be {BOUNDS[rule].format(wanted)}; {got} is not"
    if rule == "required":
        return f"lacks {', '.join(f'`{name}`' for name in wanted if name not in error.instance)}"
    if rule is None:  # a schema that is `false`, of which jsonschema does not tell where it stands
        return "hold what the schema forbids"
    return (
        f"breaks the rule `{rule}`" if _is_secretive(error) or len(error.message) > MAX_MESSAGE else str(error.message)
    )


def _described(error: Any) -> str:
    """The words of the schema's author, if any."""
    return str(error.schema.get("description", "")) if isinstance(error.schema, Mapping) else ""
