"""`python -m app.dv_pipecat COMMAND`: the list of commands, and the one boundary of errors."""

from __future__ import annotations

import sys

import click

from app.dv_pipecat import __version__
from app.dv_pipecat.cli.drain import drain
from app.dv_pipecat.cli.serve import serve
from app.errors import ServiceError

COULD_NOT_RUN = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dv-pipecat")
def commands() -> None:
    """The voice session service: conversations over websockets that outlive the pod that they run on.

    Settings are environment variables, for every command the same: docs/dv-pipecat.md lists them. Without any, it
    says what it hears, at http://127.0.0.1:8765/pc/.
    """


for command in (serve, drain):
    commands.add_command(command)


def main() -> None:
    """0: done; 2: could not run."""
    try:
        commands(prog_name="python -m app.dv_pipecat")
    except ServiceError as error:
        click.echo(f"dv-pipecat: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
