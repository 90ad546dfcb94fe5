"""`chartgen validate [ENV…]`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from chartgen import pipeline
from chartgen.cli import options
from chartgen.cli.output import opened
from chartgen.config import ChartEntry
from chartgen.model import Finding, Severity
from chartgen.report import findings
from chartgen.threads import cores, in_order


@click.command()
@click.argument("environments", nargs=-1, metavar="[ENV]...")
@click.option(
    "--fail-on",
    type=click.Choice([severity.name.lower() for severity in reversed(Severity)]),
    default="warning",
    show_default=True,
    help="The least severity that makes the exit status 1.",
)
@options.output("text", "json")
@options.everywhere
def command(
    environments: Sequence[str], fail_on: str, outputs: Sequence[tuple[str, Path | None]], run: options.Run
) -> int:
    """What is wrong with every chart in the environments named, or in all of them.

    Values against the chart's schema, templates that fail, and what Helm does not see: a key set twice in a file, a
    list that drops items of the list below it, a line that repeats what is already so, a values file that nothing uses.

    \b
    chartgen validate
    chartgen validate prod canary -c dv-pipecat
    """  # noqa: D301 - click's mark for lines that are not to be joined
    run.repository.check_environments(run.entries, environments)
    found: list[Finding] = []
    validated = in_order(partial(_findings, run, environments), run.entries, cores())
    for number, (entry, findings_of) in enumerate(zip(run.entries, validated, strict=True), 1):
        run.progress(f"{number}/{len(run.entries)} {entry.name}")
        found += findings_of
    run.progress.done()
    for name, file in outputs:
        with opened(file) as stream:
            if name == "json":
                from chartgen.report import as_json

                as_json.write_findings(found, stream)
            else:
                findings.write(found, stream, run.style(stream))
    if not run.quiet:
        click.echo(findings.summary(found, len(run.entries)), err=True)
    return int(any(finding.severity >= Severity[fail_on.upper()] for finding in found))


def _findings(run: options.Run, environments: Sequence[str], entry: ChartEntry) -> list[Finding]:
    return list(pipeline.validate(run.repository, [entry], environments, run.engine))
