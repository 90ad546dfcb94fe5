"""What both engines offer, as types, and what they share: the words of Helm's errors."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Protocol

from chartgen.errors import ChartError, ChartgenError, ConfigError, RenderError, ValuesError, ValuesRefusedError
from chartgen.keypath import override as spelled
from chartgen.model import Mark, Override, Target, Texts, Tree, Values
from chartgen.secrets.words import looks_drawn, sounds_secret

MAX_WORDS = 400
SECONDS = 60
"""After which a render is given up, where nothing else is said: a template can loop for ever."""
PARSER = re.compile(r"^(cannot unmarshal yaml document: |error converting YAML to JSON: |yaml: )+")
UNTOLD = re.compile(r"map\[.*|(?<=unknown anchor )'.*'(?= referenced)", re.DOTALL)
"""Values in the words of Helm's parser."""
PLACE = re.compile(r"(?:template: |execution error at |parse error at )?\(?([^\s:()]+):(\d+)(?::(\d+))?\)?: ")
REFUSED = "values don't meet the specifications of the schema(s) in the following chart(s):"
SCHEMA = "values.schema.json"
CAPABILITIES = "Capabilities"


class Chart(Protocol):
    """A chart, loaded. `values` are always those laid over the chart's own; Helm coalesces the two."""

    sets_revision: bool
    """Whether templates see the revision of a target; or else 1, as `helm template` has it."""

    @property
    def calls(self) -> frozenset[str]:
        """The functions through which its templates, those of subcharts too, ask the clock or chance."""

    @property
    def asks(self) -> frozenset[str]:
        """Which of Capabilities, IsInstall, IsUpgrade, Revision and lookup its templates, or texts they run, have."""

    def coalesce(self, values: Values) -> dict[str, Tree]:
        """What the templates see as `.Values`."""

    def check(self, values: Values) -> str:
        """Helm's own words on why the chart's schema refuses the values, or nothing."""

    def template(self, target: Target, values: Values) -> Texts:
        """The text of each template, as `helm template` has it.

        Raises ValuesRefusedError with Helm's words where the schema refuses the values, RenderError.
        """

    def render(self, target: Target, values: Values) -> Texts:
        """The text of each template, notes and partials left out; no schema is asked. Raises RenderError."""

    def otherwise(self, target: Target, values: Values, *, backwards: bool = False) -> Texts:
        """Like `render`, at another time, with the keys of mappings in order or `backwards`. Raises RenderError."""


class Engine(Protocol):
    """A way to ask Helm."""

    def open_chart(self, *targets: Target) -> Chart:
        """Load the chart that the targets have in common. Raises ChartError, EngineError."""

    def read_values(self, text: str, file: Path | str) -> dict[str, Tree]:
        """Parse the text of a values file as Helm does. Raises ValuesError."""

    def read_override(self, override: Override) -> dict[str, Tree]:
        """Parse a `--set`, `--set-string` or `--set-file`. Raises ValuesError."""


def temporary_folder(owner: object) -> Path:
    """A folder that is gone once its owner is, or the process.

    Its removal is arranged for before it is there: a signal may come between the two.
    """
    folder = Path(tempfile.gettempdir(), f"chartgen-{os.urandom(8).hex()}")
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def values_error(message: str, file: Path | str) -> ValuesError:
    """What Helm's YAML parser said of a values file, with its line where it names one."""
    text = UNTOLD.sub("…", PARSER.sub("", message))
    line = re.match(r"line (\d+): (.*)", text)
    if "unmarshal" in text and "into Go value" in text:
        return ValuesError(
            "a values file is a mapping of keys and values; this one is not",
            where=Mark(file),
            hint="write `key: value`",
        )
    if line:
        hint = "indent with spaces: YAML refuses tabs" if "tab character" in text or "start any token" in text else ""
        return ValuesError(f"not YAML: {line[2]}", where=Mark(file, int(line[1])), hint=hint)
    return ValuesError(f"not YAML: {text}", where=Mark(file))


def render_error(message: str, target: Target) -> ChartgenError:
    """What Helm said of a failed render, with the template's place, if it names one, as `where`."""
    if REFUSED in message:
        return ValuesRefusedError(message.partition(REFUSED)[2].strip(), where=Mark(target.directory / SCHEMA))
    if "release name check failed" in message:
        return release_error(message, target)
    refused = re.match(r"YAML parse error on (\S+): (.*)", message)
    if refused:
        return _unreadable(refused[2], refused[1])
    line = re.sub(r"\n  executing (.*):\n    ", r": executing \1: ", message)
    place = PLACE.match(line)
    words = line[place.end() :] if place else line
    where = Mark(place[1], int(place[2]), int(place[3] or 0)) if place else Mark(target.directory)
    words = words.removeprefix(f'executing "{place[1]}" ' if place else "")
    if "nested reference name" in message or "maximum template depth" in message:
        return RenderError("a template includes itself without end", where=where, target=target)
    hint = "rerun with --debug for all that Helm said" if len(words) > MAX_WORDS else ""
    return RenderError(_shortened(words), where=where, hint=hint, target=target)


def _unreadable(words: str, template: str) -> RenderError:
    if "SimpleHead" in words:
        return RenderError("it prints a document that is no Kubernetes object", where=Mark(template))
    return RenderError(f"it prints what is not YAML: {PARSER.sub('', words)}", where=Mark(template))


def release_error(message: str, target: Target) -> ConfigError:
    """What Helm said of a release's name."""
    return ConfigError(
        f"`{target.release}` cannot be the name of a release: {message.rpartition('name, ')[2]}",
        where=target.marks.get("release", Mark(target.directory)),
    )


def override_error(message: str, override: Override) -> ValuesError:
    """What Helm said of a `--set`; without words of it where they may come from a value."""
    words = message.removeprefix(f"failed parsing {override.option} data: ")
    key, _, value = override.argument.partition("=")
    if override.option == "--set-file" and (looks_drawn(value) or (sounds_secret(key) and not set("/.") & set(value))):
        words = words.replace(value, "…")  # no file's name, but what should stand in one
    if not value or override.option == "--set-file":
        return ValuesError(words, where=Mark(spelled(override)))
    hint = "a comma ends a value: write `\\,` for one within it" if "has no value" in words else ""
    return ValuesError(re.sub(r'"[^"]*"', "…", words), where=Mark(spelled(override)), hint=hint)


def too_slow(target: Target, seconds: float) -> RenderError:
    """Of a render that was given up after so many seconds."""
    return RenderError(
        f"Helm has not rendered it within {seconds:g} s",
        where=Mark(target.directory),
        hint="look for a loop that does not end",
        target=target,
    )


def _shortened(words: str) -> str:
    """A message that names the way through many templates repeats itself."""
    return words if len(words) <= MAX_WORDS else f"{words[: MAX_WORDS // 2]} … {words[-MAX_WORDS // 2 :]}"


def chart_error(message: str, directory: Path) -> ChartgenError:
    """What Helm said of a chart that it cannot load."""
    if not directory.is_dir():
        return ChartError("no such folder", where=Mark(directory), hint="see `path` of the chart in chartgen.yaml")
    if not (directory / "Chart.yaml").is_file():
        return ChartError("no chart here: Chart.yaml is missing", where=Mark(directory))
    unreadable = re.match(r"cannot load ([\w.]+\.yaml): (.*)", message)
    if unreadable:
        said = values_error(unreadable[2], directory / unreadable[1])
        return ChartError(said.message, where=said.where, hint=said.hint)
    return ChartError(f"not a chart that Helm can load: {message}", where=Mark(directory))


def missing_dependencies(names: list[str], directory: Path) -> ChartError:
    """Dependencies that Chart.yaml declares and charts/ does not hold."""
    return ChartError(
        f"missing in charts/: {', '.join(names)}",
        where=Mark(directory),
        hint="run: helm dependency build {where}",
    )
