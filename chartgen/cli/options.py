"""What several commands take, handed to them as one thing each: `run`, `over`, `outputs`."""

from __future__ import annotations

import functools
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

import click

from chartgen.cli.output import opened
from chartgen.config.model import ChartEntry
from chartgen.delivery.withheld import Withheld, sources_of
from chartgen.errors import UsageError
from chartgen.helm import auto
from chartgen.helm.engine import SECONDS, Engine
from chartgen.model import Mark, Override
from chartgen.report.formats import Report, formats_of, write
from chartgen.report.style import Style
from chartgen.sources.files import Extras, Repository, open_repository

Command = Callable[..., Any]
Option = Callable[[Command], Command]
Outputs = Sequence[tuple[str, "Path | None"]]
"""Formats, each with the file to write it to; None is standard output."""
PROGRESS_AFTER = 1.0
"""Seconds of silence after which progress is shown."""
PROGRESS_EVERY = 0.1
VERSION = re.compile(r"v?\d+\.\d+(\.\d+)?([-+].*)?")
OVERRIDES = {"sets": "--set", "set_strings": "--set-string", "set_files": "--set-file"}


def _decorated(command: Command, options: Sequence[Option]) -> Command:
    return functools.reduce(lambda decorated, option: option(decorated), reversed(options), command)


@dataclass(frozen=True)
class Run:
    """One call of a command: what it works on, and how it speaks."""

    charts: Sequence[str]
    config: Path | None
    engine_name: str
    color: str
    quiet: bool
    render_seconds: float = SECONDS
    withheld: Withheld = field(default_factory=Withheld)

    @cached_property
    def repository(self) -> Repository:
        """Once it is known which variables hold secrets, the environment has them no more: no child starts before."""
        found = open_repository(self.config)
        self.withheld.take(sources_of(found.config))
        return found

    @cached_property
    def entries(self) -> list[ChartEntry]:
        """The charts that are asked for."""
        return self.repository.entries(self.charts)

    @cached_property
    def engine(self) -> Engine:
        return auto.engine(self.engine_name, self.render_seconds)

    @cached_property
    def progress(self) -> Progress:
        return Progress(shown=not self.quiet and sys.stderr.isatty())

    def write(self, report: Report, outputs: Outputs) -> None:
        """Write a report in each of the formats that are asked for."""
        for name, file in outputs:
            with opened(file) as stream:
                write(report, name, stream, self.style(stream))

    def style(self, stream: TextIO) -> Style:
        """Colour on a terminal only, and the terminal's width; NO_COLOR, CLICOLOR_FORCE and COLUMNS are heard."""
        terminal = stream.isatty()
        wanted = (terminal or os.environ.get("CLICOLOR_FORCE")) and not os.environ.get("NO_COLOR")
        sized = terminal or "COLUMNS" in os.environ
        width = shutil.get_terminal_size((100, 24)).columns if sized else 0
        return Style(colour=self.color == "always" or (self.color == "auto" and bool(wanted)), width=width)


class Progress:
    """A line on a terminal's standard error while work takes long: after so many seconds of silence."""

    def __init__(self, *, shown: bool, after: float = PROGRESS_AFTER) -> None:
        self._shown = shown
        self._next = time.monotonic() + after
        self._written = False

    def __call__(self, text: str) -> None:
        if self._shown and time.monotonic() >= self._next:
            click.echo(f"\r\x1b[K{text}", err=True, nl=False)
            self._written = True
            self._next = time.monotonic() + PROGRESS_EVERY

    def done(self) -> None:
        if self._written:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._written = False


def everywhere(command: Command) -> Command:
    """Options of every command; it is called with `run`."""
    options = (
        click.option(
            "-c", "--chart", "charts", multiple=True, metavar="CHART", help="Only this chart, by name or path."
        ),
        click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="The chartgen.yaml to use."),
        click.option(
            "--engine",
            "engine_name",
            type=click.Choice(["auto", "sdk", "binary"]),
            default="auto",
            show_default=True,
            help="Helm in this process, or the program `helm` (HELM_BIN, or on the PATH).",
        ),
        click.option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            show_default=True,
            help="auto: on a terminal, unless NO_COLOR is set.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="No progress and no summary on standard error."),
        click.option("--debug", is_flag=True, help="Show the traceback of an error."),
    )

    @functools.wraps(command)
    def called(render_seconds: float, *, debug: bool, **given: Any) -> Any:
        del debug  # read by the error boundary, from the command line
        own = {name: given.pop(name) for name in ("charts", "config", "engine_name", "color", "quiet")}
        run = Run(**own, render_seconds=render_seconds)
        try:
            return command(run=run, **given)
        finally:
            run.progress.done()

    return _decorated(click.pass_obj(called), options)


def _version(_: click.Context, __: click.Parameter, text: str) -> str:
    if text and not VERSION.fullmatch(text):
        raise UsageError(f"`--kube-version {text}` is no version", hint="such as 1.34 or v1.34.2")
    return text


def rendering(command: Command) -> Command:
    """Options of commands that render one environment, or the second of two; it is called with `over` and `hooks`."""
    options = (
        click.option(
            "-f",
            "--values",
            "files",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Lay a values file on top.",
            multiple=True,
        ),
        click.option("--set", "sets", metavar="KEY=VALUE", help="Set a value, as helm does.", multiple=True),
        click.option(
            "--set-string", "set_strings", metavar="KEY=VALUE", help="Set a value, always as text.", multiple=True
        ),
        click.option(
            "--set-file", "set_files", metavar="KEY=PATH", help="Set a value to the text of a file.", multiple=True
        ),
        click.option(
            "--kube-version",
            default="",
            metavar="VERSION",
            callback=_version,
            help="The Kubernetes version that templates see.",
        ),
        click.option("--api-versions", metavar="API", help="An API that templates see.", multiple=True),
        click.option(
            "--hooks/--no-hooks", default=True, show_default=True, help="With hooks, such as those of `helm test`."
        ),
    )

    @functools.wraps(command)
    def called(*, files: Sequence[Path], kube_version: str, api_versions: Sequence[str], **given: Any) -> Any:
        overrides = [Override(option, text) for name, option in OVERRIDES.items() for text in given.pop(name)]
        return command(over=Extras(tuple(files), tuple(overrides), kube_version, tuple(api_versions)), **given)

    return _decorated(called, options)


def output(report: type[Report]) -> Option:
    """`-o FORMAT[=FILE]`, of the formats that there are for a report; the command is called with `outputs`."""
    known = formats_of(report)
    help_text = f"{', '.join(known)} (default: {known[0]}); repeatable."

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def called(*, outputs: Sequence[str], **given: Any) -> Any:
            return command(outputs=[_format(text, known) for text in outputs or known[:1]], **given)

        return click.option("-o", "--output", "outputs", multiple=True, metavar="FORMAT[=FILE]", help=help_text)(called)

    return decorate


def _format(text: str, known: Sequence[str]) -> tuple[str, Path | None]:
    name, equals, file = text.partition("=")
    if name not in known:
        raise UsageError(f"no output format is called `{name}`", hint=f"known: {', '.join(known)}")
    if equals and not file:
        raise UsageError(f"`-o {text}` names no file")
    return name, Path(file) if file else None


def check_outputs(outputs: Outputs) -> None:
    """Before what cannot be taken back. Raises UsageError where a file could not be written."""
    for _, file in outputs:
        if file and not os.access(file if file.exists() else file.parent, os.W_OK):
            raise UsageError("cannot be written", where=Mark(file))
