"""`chartgen secrets apply ENV` and `chartgen secrets check ENV`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from chartgen.cli import options
from chartgen.report.formats import SecretsApplied, SecretsChecked
from chartgen.sources.files import Extras


@click.group()
def command() -> None:
    """The Secrets of an environment, which charts refer to and do not hold.

    chartgen.yaml says where their values come from; docs/secrets.md says how that is written.
    """


@command.command()
@click.argument("environment", metavar="ENV")
@click.option(
    "--from",
    "given",
    metavar="SECRET=SOURCE",
    multiple=True,
    help="Its values come from variable:NAME, pulumi:[ORG/]PROJECT/ENV or stdin, whatever chartgen.yaml says.",
)
@click.option("--only", metavar="SECRET", multiple=True, help="Of several Secrets, only this one.")
@click.option("--prune", is_flag=True, help="Remove keys of others that are not meant.")
@click.option("--dry-run", is_flag=True, help="Write nothing: the cluster says what would be.")
@options.output(SecretsApplied)
@options.everywhere
def apply(
    environment: str,
    given: Sequence[str],
    only: Sequence[str],
    prune: bool,
    dry_run: bool,
    outputs: options.Outputs,
    run: options.Run,
) -> None:
    """Bring Secrets to their cluster.

    Those of an environment of every chart, from where chartgen.yaml says that their values come.

    \b
    chartgen secrets apply prod -c gong-webhook
    chartgen secrets apply stage -c dv-pipecat --only dv-pipecat-gcp-creds \\
        --from dv-pipecat-gcp-creds=stdin < creds.json

    All values are read and all Secrets are tried before the first is written. No value is shown, and none stands in an
    argument, a file or another program's environment.
    """  # noqa: D301 - click's mark for lines that are not to be joined
    from chartgen.delivery import secrets
    from chartgen.delivery.desired import given_sources, wanted
    from chartgen.delivery.origins import Origins
    from chartgen.delivery.withheld import withhold_cores

    sources = given_sources(given)
    run.withheld.take(sources.values())
    run.repository.check_environments(run.entries, (environment,))
    options.check_outputs(outputs)
    withhold_cores()
    way = secrets.Way(datetime.now(UTC), prune=prune, dry_run=dry_run)
    origins = Origins(run.withheld, sys.stdin.buffer if sys.stdin else None)
    chosen = wanted(run.repository, run.entries, environment, sources, only)
    found = secrets.apply(chosen, origins, way, run.progress)
    run.progress.done()
    run.write(SecretsApplied(found), outputs)


@command.command()
@click.argument("environment", metavar="ENV")
@options.output(SecretsChecked)
@options.rendering
@options.everywhere
def check(environment: str, outputs: options.Outputs, over: Extras, hooks: bool, run: options.Run) -> int:
    """Tell which Secrets, and which keys, are missing.

    What the manifests of an environment of every chart refer to and chartgen.yaml requires, against what is there.

    \b
    chartgen secrets check prod -c dv-pipecat

    Exit status 1 where something that is needed is missing or empty.
    """  # noqa: D301 - click's mark for lines that are not to be joined
    from chartgen.delivery import checking

    run.repository.check_environments(run.entries, (environment,))
    entries = [entry for entry in run.entries if environment in entry.environments]
    found = []
    for entry in entries:
        run.progress(f"{entry.name}: rendering it, and looking at its Secrets")
        target = run.repository.target(entry, environment, over)
        found.append(checking.check(target, entry, run.engine, datetime.now(UTC), hooks=hooks))
    run.progress.done()
    run.write(SecretsChecked(found), outputs)
    return int(any(secret.is_wanting for each in found for secret in each.secrets))
