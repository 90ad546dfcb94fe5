"""`python -m app.gong_webhook COMMAND`: the list of commands, and the one boundary of errors."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from app.errors import ServiceError
from app.gong_webhook import __version__

COULD_NOT_RUN = 2
# where each command is
MODULES = {
    "serve": "run",
    "worker": "run",
    "all": "run",
    "migrate": "warehouse",
    "reconcile": "calls",
    "dead-letters": "calls",
    "doctor": "doctor",
    "send-sample": "sample",
    "drain": "drain",
}


class Commands(click.Group):
    """Imports a command when it is asked for: a pod that drains has no time for what a worker needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  its own name
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  as well
        if cmd_name not in MODULES:
            return None
        module = import_module(f"{__name__}.{MODULES[cmd_name]}")
        named = {each.name: each for each in vars(module).values() if isinstance(each, click.Command)}
        return named[cmd_name]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gong-webhook")
def commands() -> None:
    """The Gong webhook service: receives call events, enriches them, stores them.

    Settings are environment variables, for every command the same: docs/gong-webhook.md lists them. Without any, the
    queue and the tables are SQLite files in ./gong-webhook-data.
    """


def main() -> None:
    """0: done; 1: done, and something is wrong (doctor); 2: could not run."""
    try:
        commands(prog_name="python -m app.gong_webhook")
    except ServiceError as error:
        click.echo(f"gong-webhook: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
