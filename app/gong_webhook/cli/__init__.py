"""`python -m app.gong_webhook COMMAND`: the list of commands, and the one boundary of errors."""

from __future__ import annotations

import sys

import click

from app.errors import ServiceError
from app.gong_webhook import __version__
from app.gong_webhook.cli.calls import dead_letters, reconcile
from app.gong_webhook.cli.doctor import doctor
from app.gong_webhook.cli.run import all_, drain, serve, worker
from app.gong_webhook.cli.sample import send_sample
from app.gong_webhook.cli.warehouse import migrate

COULD_NOT_RUN = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gong-webhook")
def commands() -> None:
    """The Gong webhook service: receives call events, enriches them, stores them.

    Settings are environment variables, for every command the same: docs/gong-webhook.md lists them. Without any, the
    queue and the tables are SQLite files in ./gong-webhook-data.
    """


for command in (serve, worker, all_, migrate, reconcile, dead_letters, doctor, send_sample, drain):
    commands.add_command(command)


def main() -> None:
    """0: done; 1: done, and something is wrong (doctor); 2: could not run."""
    try:
        commands(prog_name="python -m app.gong_webhook")
    except ServiceError as error:
        click.echo(f"gong-webhook: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
