"""Why Helm does not accept values: what the schemas say of them, each at the place that set it."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path

from chartgen.errors import ValuesError, ValuesRefusedError
from chartgen.helm.engine import SCHEMA
from chartgen.model import Finding, Key, Mark, Severity, Tree
from chartgen.secrets.words import sounds_secret
from chartgen.sources.files import read_text
from chartgen.sources.templates import subchart
from chartgen.values.explain import explain
from chartgen.values.snapshot import Snapshot

NAMED = re.compile(r"- at '([^']*)'|^- ([\w.-]+): ", re.MULTILINE)
"""A value as Helm names it since 3.18, and as before."""


def refused(snapshot: Snapshot, words: str) -> ValuesRefusedError:
    """The error that says, with the place of each value, what Helm has said in `words`."""
    findings = refusals(snapshot, words)
    hint = next((finding.hint for finding in findings if finding.hint), "")
    error = ValuesRefusedError(
        f"the schema refuses the values of {snapshot.target.environment}:",
        where=Mark(snapshot.target.directory / SCHEMA),
        hint=hint,
    )
    error.findings = findings
    return error


def refusals(snapshot: Snapshot, words: str) -> list[Finding]:
    """Why the schema refuses the values; Helm's words where the reason lies in a subchart's schema."""
    file = Mark(snapshot.target.directory / SCHEMA)
    subject = f"{snapshot.target.chart}/{SCHEMA}"

    def invalid(message: str, where: Mark = file) -> list[Finding]:
        return [Finding("schema-invalid", Severity.ERROR, subject, where, message)]

    try:
        rules = _read(snapshot)
    except RecursionError:
        return invalid("nested too deeply")
    except ValueError as error:
        place = Mark(file.file, getattr(error, "lineno", 0), getattr(error, "colno", 0))
        return invalid(f"not JSON: {getattr(error, 'msg', error)}", place)
    if not isinstance(rules, dict | bool):
        return invalid("not a JSON schema, which is a mapping")
    try:
        found = explain(snapshot.values, rules, partial(_origin, snapshot), file, subject)
    except RecursionError:
        return invalid("nested too deeply, or refers to itself without end")
    if found:
        return found
    where = Mark(_refusing(snapshot.target.directory, words))
    return [Finding("schema-refused", Severity.ERROR, snapshot.target.chart, where, _told(words))]


def _refusing(directory: Path, words: str) -> Path:
    """The schema that refuses: the chart's own, or that of the subchart that Helm names first; or else the chart."""
    folders = (directory, subchart(directory, words.split(":", 1)[0].strip()))
    return next((folder / SCHEMA for folder in folders if folder and (folder / SCHEMA).is_file()), directory)


def _origin(snapshot: Snapshot, key: Key) -> Mark | None:
    """Where a value was set; the file alone where its positions cannot be read, which is a finding by itself."""
    try:
        return snapshot.origin(key)
    except ValuesError as error:
        return error.where and Mark(error.where.file)


def _told(words: str) -> str:
    """Helm's own words, which repeat values: not those of a key that sounds secret."""
    named = [pointer or field for pointer, field in NAMED.findall(words)]
    secret = next(filter(sounds_secret, named), None)
    return f"a schema refuses what stands at {secret}" if secret else " ".join(words.split())


def _read(snapshot: Snapshot) -> Tree:
    path = snapshot.target.directory / SCHEMA
    return json.loads(read_text(path)) if path.is_file() else {}
