"""The command line: the list of commands, and the one place where errors become messages and exit statuses.

Exit statuses follow `git diff`: 0; 1 for differences with --exit-code, and for findings of `validate`; 2 and above when
a command could not run.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module

import click

from chartgen.errors import ChartgenError

COMMANDS = {
    "diff": "What differs between two environments, and which line of values causes it.",
    "render": "The manifests of an environment, as `helm template` gives them.",
    "validate": "What is wrong with values: against the schema, and what Helm does not see.",
}
SIGPIPE_STATUS = 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 1
SIGINT_STATUS = 128 + signal.SIGINT


class Commands(click.Group):
    """Loads the module of a command when it is called, so that no command pays for another."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"chartgen.cli.{cmd_name}").command
        return command

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
    where = [f"  at {error.where}"] if error.where else []
    hint = [f"  {error.hint}"] if error.hint else []
    print("\n".join([f"chartgen: error: {error.message}", *where, *hint]), file=sys.stderr)


def run(arguments: list[str]) -> int:
    """Run one command line; returns its exit status."""
    debug = "--debug" in arguments
    try:
        status = cli.main(arguments, prog_name="chartgen", standalone_mode=False)
        sys.stdout.flush()
    except ChartgenError as error:
        if debug:
            raise
        report(error)
        return error.status
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort:
        print("chartgen: interrupted", file=sys.stderr)
        return SIGINT_STATUS
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SIGPIPE_STATUS
    except RecursionError:
        if debug:
            raise
        report(ChartgenError("values or manifests are nested too deeply"))
        return ChartgenError.status
    return int(status or 0)


def main() -> None:
    """Entry point of the `chartgen` program."""
    sys.exit(run(sys.argv[1:]))
