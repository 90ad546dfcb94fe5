"""`chartgen access ENV`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from chartgen import pipeline
from chartgen.cli import options
from chartgen.errors import UsageError
from chartgen.report.formats import Manifests
from chartgen.sources.files import NO_EXTRAS, Extras


@click.command()
@click.argument("environment", metavar="ENV")
@click.option("--user", "users", metavar="NAME", multiple=True, help="Bind a user, such as a cloud account's e-mail.")
@click.option("--group", "groups", metavar="NAME", multiple=True, help="Bind a group.")
@click.option(
    "--service-account",
    "accounts",
    metavar="[NAMESPACE:]NAME",
    multiple=True,
    help="Bind a service account; without NAMESPACE, of the environment's.",
)
@options.output(Manifests)
@options.rendering
@options.everywhere
def command(
    environment: str,
    users: Sequence[str],
    groups: Sequence[str],
    accounts: Sequence[str],
    outputs: options.Outputs,
    over: Extras,
    hooks: bool,
    run: options.Run,
) -> None:
    """The Roles and bindings of who deploys an environment, with the rights that this takes and no others.

    \b
    chartgen access prod -c dv-pipecat --user deployer@example.com | kubectl apply --server-side -f -
    chartgen access stage -c gong-webhook --set autoscaling.enabled=true

    They follow from what the chart prints there. docs/bootstrap.md says what is done with them, and what they cannot
    keep apart. No cluster is asked.
    """  # noqa: D301 - click's mark for lines that are not to be joined
    from chartgen.delivery import access

    run.repository.check_environments(run.entries, (environment,))
    entries = [entry for entry in run.entries if environment in entry.environments]
    if over != NO_EXTRAS and len(entries) > 1:
        raise UsageError("-f and --set are meant for one chart", hint="name it with -c")
    found = []
    for entry in entries:
        run.progress(entry.name)
        target = run.repository.target(entry, environment, over)
        bound = access.subjects(users, groups, accounts, target.namespace)
        found.append(access.access(target, pipeline.objects(target, run.engine, hooks=hooks), entry.secrets, bound))
    run.progress.done()
    run.write(Manifests([document for each in found for document in each.documents]), outputs)
    for note in () if run.quiet else dict.fromkeys(note for each in found for note in each.notes):
        click.echo(f"chartgen: {note}", err=True)
