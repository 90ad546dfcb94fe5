"""Whether the chart's schema accepts the values of a target, and why not."""

from __future__ import annotations

import json
import re
from pathlib import Path

from chartgen import layers, schema
from chartgen.comparing import Loaded
from chartgen.errors import ValuesRefusedError
from chartgen.helm.engine import SCHEMA, Chart, Texts
from chartgen.layers import Positions
from chartgen.model import Finding, Mark, Severity
from chartgen.sources.files import display, read_text

REMOTE = re.compile(r'"\$ref"\s*:\s*"(https?:[^"]*)"')


def require_accepted(chart: Chart, *sides: Loaded) -> None:
    """Raises ValuesRefusedError, with every finding in its message, where the schema refuses the values of a side."""
    for side in sides:
        if not remote_schemas(side.target.directory) and (words := chart.check(side.overlay)):
            raise refused(side, chart, words)


def template(chart: Chart, side: Loaded) -> Texts:
    """What one side renders to, as `helm template` has it. Raises ValuesRefusedError in Helm's words, RenderError."""
    ask = chart.render if remote_schemas(side.target.directory) else chart.template
    return ask(side.target, side.overlay)


def remote_schemas(chart: Path) -> list[Finding]:
    """Schemas that Helm would fetch a part of. They are not asked: a diff must not depend on what a server says."""
    found = [(file, REMOTE.search(file.read_text("utf-8", "replace"))) for file in sorted(chart.rglob(SCHEMA))]
    return [
        Finding(
            "schema-remote",
            Severity.WARNING,
            display(file),
            Mark(display(file), match.string.count("\n", 0, match.start()) + 1, 1),
            f"the schema refers to {match[1]}, which chartgen does not fetch: no values are checked against it",
            "copy what it refers to into the schema, under `$defs`",
        )
        for file, match in found
        if match
    ]


def refused(side: Loaded, chart: Chart, words: str) -> ValuesRefusedError:
    """The error that says, with the place of each value, what Helm has said in `words`."""
    findings = refusals(side, chart, words)
    listed = "\n".join(f"  {finding.where}: {finding.message}" for finding in findings)
    message = f"the schema refuses the values of {side.target.environment}:\n{listed}"
    hint = next((finding.hint for finding in findings if finding.hint), "")
    return ValuesRefusedError(message, where=display(side.target.directory / SCHEMA), hint=hint)


def refusals(side: Loaded, chart: Chart, words: str) -> list[Finding]:
    """Why the schema refuses the values; Helm's words where the reason lies in a subchart's schema."""
    path = side.target.directory / SCHEMA
    file = Mark(display(path))
    located = tuple((layer, Positions(layer.text, layer.name) if layer.text else None) for layer in side.layers)
    try:
        rules = json.loads(read_text(path)) if path.is_file() else {}
    except RecursionError:
        return [Finding("schema-invalid", Severity.ERROR, file.file, file, "nested too deeply")]
    except ValueError as error:
        place = Mark(file.file, getattr(error, "lineno", 0), getattr(error, "colno", 0))
        return [
            Finding("schema-invalid", Severity.ERROR, file.file, place, f"not JSON: {getattr(error, 'msg', error)}")
        ]
    if not isinstance(rules, dict | bool):
        return [Finding("schema-invalid", Severity.ERROR, file.file, file, "not a JSON schema, which is a mapping")]
    coalesced = chart.coalesce(side.overlay)
    try:
        found = schema.explain(coalesced, rules, lambda key: layers.origin(key, located), file)
    except RecursionError:
        message = "nested too deeply, or refers to itself without end"
        return [Finding("schema-invalid", Severity.ERROR, file.file, file, message)]
    return found or [Finding("schema-refused", Severity.ERROR, side.target.chart, file, " ".join(words.split()))]
