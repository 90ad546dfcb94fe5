"""`chartgen validate [ENV…]`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import click

from chartgen import pipeline
from chartgen.cli import options
from chartgen.config.model import ChartEntry
from chartgen.model import Severity
from chartgen.report.findings import summary
from chartgen.report.formats import Findings


@click.command()
@click.argument("environments", nargs=-1, metavar="[ENV]...")
@click.option(
    "--fail-on",
    type=click.Choice([severity.name.lower() for severity in reversed(Severity)]),
    default="warning",
    show_default=True,
    help="The least severity that makes the exit status 1.",
)
@options.output(Findings)
@options.everywhere
def command(environments: Sequence[str], fail_on: str, outputs: options.Outputs, run: options.Run) -> int:
    """What is wrong with every chart in the environments named, or in all of them.

    Values against the chart's schema, templates that fail, and what Helm does not see: a key set twice in a file, a
    list that drops items of the list below it, a line that repeats what is already so, a values file that nothing uses,
    a Service that sends to a port which nobody has, releases that select each other's pods. Rules over several
    environments look at those that are named; what else is found, and how to waive it, stands in docs/rules.md.

    \b
    chartgen validate
    chartgen validate prod canary -c dv-pipecat
    """  # noqa: D301 - click's mark for lines that are not to be joined
    run.repository.check_environments(run.entries, environments)
    numbers = count(1)

    def progress(entry: ChartEntry) -> None:
        run.progress(f"{next(numbers)}/{len(run.entries)} {entry.name}")

    found = pipeline.validate(run.repository, run.entries, environments, run.engine, progress)
    run.progress.done()
    run.write(Findings(found), outputs)
    if not run.quiet:
        click.echo(summary(found, len(run.entries)), err=True)
    return int(any(finding.severity >= Severity[fail_on.upper()] for finding in found))
