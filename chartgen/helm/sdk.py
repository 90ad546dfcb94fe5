"""Helm in this process, through helm-python-sdk. The only module that imports it.

Three traps of the library are dealt with here. A render drops disabled dependencies from the chart it was given, for
good, so a chart with dependencies is loaded anew for each. It can set neither Kubernetes nor API versions. And it
takes values as JSON, so that whole numbers of `--set` become floating-point numbers, which Go prints as 1e+06 from a
million on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path

import helm_python
from helm_python import HelmError

from chartgen.errors import EngineError
from chartgen.helm import copies, log
from chartgen.helm.engine import (
    CAPABILITIES,
    REFUSED,
    SECONDS,
    chart_error,
    missing_dependencies,
    override_error,
    release_error,
    render_error,
    too_slow,
    values_error,
)
from chartgen.model import Mark, Override, Target, Texts, Tree, Values
from chartgen.threads import Started, lazy

FIRST_LARGE = 1_000_000
OVERRIDE_PARSERS: dict[str, Callable[[str], dict[str, Tree]]] = {
    "--set": helm_python.parse_set_string,
    "--set-string": helm_python.parse_set_string_values,
    "--set-file": helm_python.parse_set_file,
}


class SdkChart:
    """A chart, loaded by the SDK; a render has so many seconds. Safe to render from several threads."""

    sets_revision = True

    def __init__(self, directory: Path, seconds: float) -> None:
        if not (directory / "Chart.yaml").is_file():  # or Helm would read all that is in the folder first
            raise chart_error("", directory)
        self._directory = directory
        self._seconds = seconds
        self._chart = _load(directory)
        self._others: dict[bool, Path] = {}
        self._has_dependencies = (directory / "charts").is_dir() or bool(self._chart.metadata.get("dependencies"))
        if self._has_dependencies:
            statuses = helm_python.dependency_list(directory)
            missing = [entry["name"] for entry in statuses if entry["status"] == "missing"]
            if missing:
                raise missing_dependencies(missing, directory)

    @cached_property
    def asks(self) -> frozenset[str]:
        return copies.asked(self._directory)

    @cached_property
    def calls(self) -> frozenset[str]:
        return copies.calls(self._directory)

    @log.rendering()
    def coalesce(self, values: Values) -> dict[str, Tree]:
        return self._chart.merge_values(dict(values))

    def check(self, values: Values) -> str:
        if self._has_dependencies:
            return self._check_by_rendering(values)
        if self._unguarded == self._directory:  # nothing to ask; and the SDK would wait for a render of the same chart
            return ""
        try:
            self._chart.validate_schema(dict(values))
        except HelmError as error:
            return str(error)
        return ""

    @log.rendering()
    def _check_by_rendering(self, values: Values) -> str:
        """`validate_schema` would also ask the schemas of dependencies that are disabled."""
        try:
            Started(partial(_load(self._directory).render, dict(values))).result(self._seconds)
        except HelmError as error:
            return str(error).partition(REFUSED)[2].strip()
        except TimeoutError:
            return ""
        return ""

    def template(self, target: Target, values: Values) -> Texts:
        return self._texts(_load(self._directory) if self._has_dependencies else self._chart, target, values)

    def render(self, target: Target, values: Values) -> Texts:
        return self._texts(_load(self._unguarded) if self._has_dependencies else self._renderable, target, values)

    def otherwise(self, target: Target, values: Values, *, backwards: bool = False) -> Texts:
        if backwards not in self._others:
            self._others[backwards] = copies.otherwise(self._unguarded, self, backwards=backwards)
        other = self._others[backwards]
        return self.render(target, values) if other == self._unguarded else self._texts(_load(other), target, values)

    @log.rendering()
    def _texts(self, chart: helm_python.Chart, target: Target, values: Values) -> Texts:
        rendering = partial(
            chart.render,
            dict(values),
            name=target.release,
            namespace=target.namespace,
            revision=target.revision or None,
            is_upgrade=target.revision > 1 or None,
        )
        try:
            texts = Started(rendering).result(self._seconds)
        except HelmError as error:
            raise render_error(str(error), target) from error
        except TimeoutError as error:
            raise too_slow(target, self._seconds) from error
        return {path: text for path, text in texts.items() if not path.endswith(("/NOTES.txt", ".tpl"))}

    @cached_property
    def _unguarded(self) -> Path:
        return copies.unguarded(self._directory, self)

    @lazy
    def _renderable(self) -> helm_python.Chart:
        return self._chart if self._unguarded == self._directory else _load(self._unguarded)


@log.rendering()
def _load(directory: Path) -> helm_python.Chart:
    try:
        return helm_python.Chart.load(directory)
    except HelmError as error:
        raise chart_error(str(error), directory) from error


def open_chart(*targets: Target, seconds: float = SECONDS) -> SdkChart:
    chart = SdkChart(targets[0].directory, seconds)
    for target in targets:
        _check_release(target)
    if any(target.kube_version or target.api_versions for target in targets) and CAPABILITIES in chart.asks:
        raise EngineError(
            "its templates read .Capabilities, which the Helm SDK cannot set",
            where=Mark(targets[0].directory),
            hint="use --engine binary, with `helm` on the PATH",
        )
    if any(_has_large_number(read_override(override)) for target in targets for override in target.overrides):
        raise EngineError(
            f"--set of a whole number from {FIRST_LARGE:,} on reaches templates as 1e+06 through the Helm SDK",
            where=Mark(targets[0].directory),
            hint="use --engine binary, with `helm` on the PATH, or --set-string",
        )
    return chart


def _check_release(target: Target) -> None:
    try:
        helm_python.validate_release_name(target.release)
    except HelmError as error:
        raise release_error(str(error), target) from error


def _has_large_number(tree: Tree) -> bool:
    if isinstance(tree, Mapping):
        return any(_has_large_number(value) for value in tree.values())
    if isinstance(tree, list):
        return any(_has_large_number(value) for value in tree)
    return isinstance(tree, int) and abs(tree) >= FIRST_LARGE


def read_values(text: str, file: Path | str) -> dict[str, Tree]:
    try:
        return helm_python.values_from_yaml(text)
    except HelmError as error:
        raise values_error(str(error), file) from error


def read_override(override: Override) -> dict[str, Tree]:
    try:
        return OVERRIDE_PARSERS[override.option](override.argument)
    except HelmError as error:
        raise override_error(str(error), override) from error
