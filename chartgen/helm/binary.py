"""Helm as a program: the `helm` named by HELM_BIN, or the one on the PATH. Version 3.14 or newer.

What values mean is asked of Helm too: a chart whose only template prints `.Values` as JSON tells how Helm parses a
file, or how it coalesces values with a chart's own.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from chartgen.errors import EngineError
from chartgen.helm import copies, log
from chartgen.helm.engine import (
    REFUSED,
    SCHEMA,
    SECONDS,
    chart_error,
    missing_dependencies,
    override_error,
    render_error,
    too_slow,
    values_error,
)
from chartgen.manifests.splitting import by_template
from chartgen.model import Override, Target, Texts, Tree, Values

METADATA = "apiVersion: v2\nname: probe\nversion: 0.0.0\n"
PROBE = "kind: Probe\nvalues: {{ toJson .Values | quote }}\n"
ERROR = "Error: "


def _program() -> str:
    name = os.environ.get("HELM_BIN", "helm")
    found = shutil.which(name)
    if found is None:
        raise EngineError(f"no `{name}` on the PATH", hint="install Helm 3.14 or newer, or set HELM_BIN to it")
    return found


_running: set[subprocess.Popen[str]] = set()


@atexit.register
def _end_running() -> None:
    """Helms that work in other threads when this process is interrupted; a template can loop for ever."""
    for process in tuple(_running):
        process.kill()


@log.rendering()
def _helm(*arguments: str | Path, seconds: float = SECONDS) -> str:
    """What `helm` prints. Raises CalledProcessError, TimeoutExpired."""
    command = [_program(), *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8") as process:
        _running.add(process)
        try:
            printed, complaint = process.communicate(timeout=seconds)
        except BaseException:  # Ctrl-C too
            process.kill()
            raise
        finally:
            _running.discard(process)
    if process.returncode:
        error = subprocess.CalledProcessError(process.returncode, command, printed, complaint)
        error.add_note(complaint[max(complaint.find(ERROR), 0) :])  # what it logs before that holds values
        raise error
    log.add(complaint)
    return printed


def _words(error: subprocess.CalledProcessError) -> str:
    text = str(error.stderr).strip()
    return text[text.find(ERROR) :].removeprefix(ERROR).split("\n\nUse --debug")[0]


@contextmanager
def _probe(source: Path | None = None) -> Iterator[Path]:
    """A chart, with the values of `source` if given, that prints its values."""
    with tempfile.TemporaryDirectory(prefix="chartgen-") as folder:
        chart = Path(folder, "probe")
        if source:
            shutil.copytree(source, chart, ignore=shutil.ignore_patterns("templates", "crds"))
        (chart / "templates").mkdir(parents=True)
        (chart / "templates" / "probe.yaml").write_text(PROBE)
        if not source:
            (chart / "Chart.yaml").write_text(METADATA)
        yield chart


def _printed_values(chart: Path, *arguments: str | Path) -> dict[str, Tree]:
    text = _helm("template", "probe", chart, *arguments)
    quoted = next(line for line in text.splitlines() if line.startswith("values: "))
    values: dict[str, Tree] = json.loads(json.loads(quoted.removeprefix("values: ")))
    return values


def _json_file(folder: Path, values: Values) -> Path:
    path = folder / "chartgen-values.json"
    path.write_text(json.dumps(values))
    return path


class BinaryChart:
    """A chart folder, rendered by the program; a render has so many seconds."""

    sets_revision = False

    def __init__(self, directory: Path, seconds: float) -> None:
        self._directory = directory
        self._seconds = seconds
        self._others: dict[bool, Path] = {}

    def coalesce(self, values: Values) -> dict[str, Tree]:
        with _probe(self._directory) as chart:
            for file in (*chart.rglob(SCHEMA), *chart.glob("requirements.yaml")):
                file.unlink()
            (chart / "Chart.yaml").write_text(METADATA)  # no dependency is declared, so none is dropped as disabled
            return _printed_values(chart, "-f", _json_file(chart.parent, values))

    def check(self, values: Values) -> str:
        with _probe(self._directory) as chart:
            try:
                _printed_values(chart, "-f", _json_file(chart.parent, values))
            except subprocess.CalledProcessError as error:
                return _words(error).partition(REFUSED)[2].strip()
        return ""

    def template(self, target: Target, values: Values) -> Texts:
        return self._texts(self._directory, target, values)

    def render(self, target: Target, values: Values) -> Texts:
        return self._texts(self._unguarded, target, values)

    def otherwise(self, target: Target, values: Values, *, backwards: bool = False) -> Texts:
        if backwards not in self._others:
            self._others[backwards] = copies.otherwise(self._unguarded, self, backwards=backwards)
        return self._texts(self._others[backwards], target, values)

    def _texts(self, chart: Path, target: Target, values: Values) -> Texts:
        options = ["--kube-version", target.kube_version] if target.kube_version else []
        options += ["--is-upgrade"] if target.revision > 1 else []
        for version in target.api_versions:
            options += ["--api-versions", version]
        for override in target.overrides:
            if _holds(values, read_override(override)):
                options += [override.option, override.argument]
        with tempfile.TemporaryDirectory(prefix="chartgen-") as folder:
            file = _json_file(Path(folder), values)
            command: list[str | Path] = [target.release, chart, "-n", target.namespace, "-f", file, *options]
            try:
                return by_template(_helm("template", *command, seconds=self._seconds))
            except subprocess.CalledProcessError as error:
                raise render_error(_words(error), target) from error
            except subprocess.TimeoutExpired as error:
                raise too_slow(target, self._seconds) from error

    @cached_property
    def calls(self) -> frozenset[str]:
        return copies.calls(self._directory)

    @cached_property
    def asks(self) -> frozenset[str]:
        return copies.asked(self._directory)

    @cached_property
    def _unguarded(self) -> Path:
        """`--skip-schema-validation` came with Helm 3.16."""
        return copies.unguarded(self._directory, self)


def _holds(values: Tree, part: Tree) -> bool:
    """Whether an override is what stands in the values: then Helm may set it again, with its own type of number."""
    if isinstance(part, Mapping):
        return isinstance(values, Mapping) and all(name in values and _holds(values[name], part[name]) for name in part)
    return bool(values == part)


def open_chart(*targets: Target, seconds: float = SECONDS) -> BinaryChart:
    directory = targets[0].directory
    try:
        if "\ndependencies:" in "\n" + _helm("show", "chart", directory):
            listed = [line.split("\t") for line in _helm("dependency", "list", directory).splitlines()]
            missing = [fields[0].strip() for fields in listed if fields[-1].strip() == "missing"]
            if missing:
                raise missing_dependencies(missing, directory)
    except subprocess.CalledProcessError as error:
        raise chart_error(_words(error), directory) from error
    return BinaryChart(directory, seconds)


def read_values(text: str, file: Path | str) -> dict[str, Tree]:
    with _probe() as chart:
        path = chart.parent / "values.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            return _printed_values(chart, "-f", path)
        except subprocess.CalledProcessError as error:
            raise values_error(_words(error).removeprefix(f"failed to parse {path}: "), file) from error


def read_override(override: Override) -> dict[str, Tree]:
    with _probe() as chart:
        try:
            return _printed_values(chart, override.option, override.argument)
        except subprocess.CalledProcessError as error:
            raise override_error(_words(error), override) from error
