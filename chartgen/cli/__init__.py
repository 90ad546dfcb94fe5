"""The command line: the list of commands, and the one place where errors become messages and exit statuses.

Exit statuses follow `git diff`: 0; 1 for differences with --exit-code, and for findings of `validate`; above 1 when a
command could not run: 2 with the reason in one message, 70 (EX_SOFTWARE) where chartgen itself is wrong, 128 and the
number of the signal that ended it.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import signal
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import NoReturn, TextIO

import click

from chartgen.errors import ChartgenError
from chartgen.helm import log
from chartgen.helm.engine import SECONDS
from chartgen.keypath import closest
from chartgen.model import Mark
from chartgen.report import errors
from chartgen.report.style import Style

COMMANDS = {
    "access": "The Roles and bindings of who deploys an environment.",
    "diff": "What differs between two environments, and which line of values causes it.",
    "render": "The manifests of an environment, as `helm template` gives them.",
    "secrets": "The Secrets of an environment: bring them to its cluster, or see what is missing there.",
    "validate": "What is wrong with values: against the schema, and what Helm does not see.",
}
SIGPIPE_STATUS = 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 1
SIGINT_STATUS = 128 + signal.SIGINT
BUG_STATUS = 70


class Commands(click.Group):
    """Loads the module of a command when it is called, so that no command pays for another."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"chartgen.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        meant = None if args[0] in COMMANDS else closest(args[0], COMMANDS)
        if meant:
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{meant}'?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chartgen")
def cli() -> None:
    """Says what differs between the environments of Helm charts, why, and what is wrong with their values.

    Charts and environments are read from chartgen.yaml, here or in a folder above; without one, each
    charts/*/values-NAME.yaml is the environment NAME.
    """


def report(error: ChartgenError) -> None:
    """What is wrong, where, and what to do, on standard error."""
    _say("\n".join(errors.lines(error)))


def _say(text: str) -> None:
    safe = Style().safe
    try:
        print("\n".join(map(safe, text.split("\n"))), file=sys.stderr)
    except OSError:  # standard error is full: there is nobody left to tell
        _drop(sys.stderr)


def _shown(error: click.ClickException) -> str:
    stream = io.StringIO()
    error.show(stream)
    return stream.getvalue().rstrip("\n")


def _call(arguments: list[str], render_seconds: float) -> int:
    """`Command.main` of click would answer Ctrl-C and a closed pipe itself, with other words and statuses."""
    with cli.make_context("chartgen", arguments, obj=render_seconds) as context:
        status = cli.invoke(context)
    if sys.stdout:
        sys.stdout.flush()
    return int(status or 0)


def run(arguments: list[str], render_seconds: float = SECONDS) -> int:
    """Run one command line, giving up a render after so many seconds; returns its exit status."""
    try:
        return _call(arguments, render_seconds)
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.ClickException as error:
        _say(_shown(error))
        return error.exit_code
    except KeyboardInterrupt as stop:
        _say(": ".join(filter(None, ("chartgen: interrupted", str(stop)))))
        return SIGINT_STATUS
    except BrokenPipeError:
        _drop(sys.stdout)
        return SIGPIPE_STATUS
    except (ChartgenError, OSError, RecursionError) as error:
        if "--debug" in arguments:
            _say(traceback.format_exc())
        _flush_or_drop(sys.stdout)
        report(_explained(error))
        return ChartgenError.status


def _explained(error: Exception) -> ChartgenError:
    if isinstance(error, ChartgenError):
        return error
    if isinstance(error, RecursionError):
        return ChartgenError("values or manifests are nested too deeply")
    name = getattr(error, "filename", None)
    where = Mark(Path(os.fsdecode(name)) if name else "standard output")
    return ChartgenError(f"{getattr(error, 'strerror', None) or error}", where=where)


def _drop(stream: TextIO | None) -> None:
    """What is not yet written cannot be: without this, the interpreter tries once more at its end, and complains."""
    if stream:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _flush_or_drop(stream: TextIO | None) -> None:
    """What was written before something else failed is good; unless writing it is what failed."""
    try:
        if stream:
            stream.flush()
    except OSError:
        _drop(stream)


def _terminate(number: int, _: object) -> NoReturn:
    """Leave in an orderly way, without temporary folders and Helms left behind; at once on a second signal."""
    signal.signal(number, signal.SIG_DFL)
    raise SystemExit(128 + number)


def _listen() -> None:
    """To what asks a program to end: SIGTERM, and SIGHUP unless that is ignored, as under nohup."""
    signal.signal(signal.SIGTERM, _terminate)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _terminate)


def main(render_seconds: float = SECONDS) -> None:
    """Entry point of the `chartgen` program."""
    log.capture()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # None where it is closed
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    sys.stderr = sys.stderr or io.StringIO()
    _listen()
    try:
        status = run(sys.argv[1:], render_seconds)
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else BUG_STATUS
    except Exception:  # noqa: BLE001 - 1, the interpreter's own status for it, would say that differences were found
        _say(f"{traceback.format_exc()}chartgen: this is a bug in chartgen: please report it with the lines above")
        status = BUG_STATUS
    _leave(status)


def _leave(status: int) -> NoReturn:
    """The interpreter would take its time to take itself apart; what must be done at exit is done all the same."""
    atexit._run_exitfuncs()  # noqa: SLF001 - the only way to them but the slow one
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            if stream:
                stream.flush()
    os._exit(status)
