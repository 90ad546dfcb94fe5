"""What both engines offer, as types, and what they share: the words of Helm's errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from chartgen.errors import ChartError, ChartgenError, RenderError, ValuesError
from chartgen.model import Override, Target, Tree, Values

MAX_WORDS = 400
SCHEMA = "values.schema.json"
Texts = Mapping[str, str]
"""What a render prints: the text of each template, by its path `chart/templates/name.yaml`."""


class Chart(Protocol):
    """A chart, loaded. `values` are always those laid over the chart's own; Helm coalesces the two."""

    def coalesce(self, values: Values) -> dict[str, Tree]:
        """What the templates see as `.Values`."""

    def check(self, values: Values) -> str:
        """Helm's own words on why the chart's schema refuses the values, or nothing."""

    def render(self, target: Target, values: Values) -> Texts:
        """The text of each template, notes and partials left out; the schema is not asked. Raises RenderError."""


class Engine(Protocol):
    """A way to ask Helm."""

    def open_chart(self, *targets: Target) -> Chart:
        """Load the chart that the targets have in common. Raises ChartError, EngineError."""

    def read_values(self, text: str, file: str) -> dict[str, Tree]:
        """Parse the text of a values file as Helm does. Raises ValuesError."""

    def read_override(self, override: Override) -> dict[str, Tree]:
        """Parse a `--set`, `--set-string` or `--set-file`. Raises ValuesError."""


def values_error(message: str, file: str) -> ValuesError:
    """What Helm's YAML parser said of a values file, with its line where it names one."""
    text = message.removeprefix("error converting YAML to JSON: ").removeprefix("yaml: ")
    line = re.match(r"(?:yaml: )?line (\d+): (.*)", text)
    if "unmarshal" in text and "into Go value" in text:
        return ValuesError(
            "a values file is a mapping of keys and values; this one is not", where=file, hint="write `key: value`"
        )
    if line:
        hint = "indent with spaces: YAML refuses tabs" if "cannot start any token" in text else ""
        return ValuesError(f"not YAML: {line[2]}", where=f"{file}:{line[1]}", hint=hint)
    return ValuesError(f"not YAML: {text}", where=file)


def render_error(message: str, target: Target) -> ChartgenError:
    """What Helm said of a failed render, with the template's place, if it names one, as `where`."""
    place = re.search(r"\(?([\w./-]+/templates/[\w./-]+?):(\d+)(?::(\d+))?\)?:", message)
    where = ":".join(part for part in place.groups() if part) if place else str(target.directory)
    words = message.rsplit("error calling fail: ", 1)[-1] if "error calling fail: " in message else message
    recursion = "rendering template has a nested reference name" in message or "recursion" in message
    hint = "a template includes itself" if recursion else "rerun with --debug for all that Helm said"
    return RenderError(f"{target}: {_shortened(words)}", where=where, hint=hint)


def _shortened(words: str) -> str:
    """A recursion repeats its way thousands of times."""
    return words if len(words) <= MAX_WORDS else f"{words[: MAX_WORDS // 2]} … {words[-MAX_WORDS // 2 :]}"


def chart_error(message: str, directory: Path) -> ChartgenError:
    """What Helm said of a chart that it cannot load."""
    if not (directory / "Chart.yaml").is_file():
        return ChartError("no chart here: Chart.yaml is missing", where=str(directory))
    return ChartError(f"not a chart that Helm can load: {message}", where=str(directory))


def missing_dependencies(names: list[str], directory: Path) -> ChartError:
    """Dependencies that Chart.yaml declares and charts/ does not hold."""
    listed = ", ".join(names)
    return ChartError(
        f"missing in charts/: {listed}", where=str(directory), hint=f"run: helm dependency build {directory}"
    )
