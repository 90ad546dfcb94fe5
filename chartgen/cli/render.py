"""`chartgen render ENV`."""

from __future__ import annotations

import click

from chartgen import pipeline
from chartgen.cli import options
from chartgen.errors import UsageError
from chartgen.report.formats import Manifests
from chartgen.sources.files import NO_EXTRAS, Extras


@click.command()
@click.argument("environment", metavar="ENV")
@options.output(Manifests)
@options.rendering
@options.everywhere
def command(environment: str, outputs: options.Outputs, over: Extras, hooks: bool, run: options.Run) -> None:
    """The manifests of an environment of every chart, each in the order in which Helm installs them.

    \b
    chartgen render prod -c gong-webhook | kubectl apply --server-side -f -
    chartgen render canary -c dv-pipecat --set image.tag=1.42.0
    """  # noqa: D301 - click's mark for lines that are not to be joined
    run.repository.check_environments(run.entries, (environment,))
    targets = [
        run.repository.target(entry, environment, over) for entry in run.entries if environment in entry.environments
    ]
    if over != NO_EXTRAS and len(targets) > 1:
        raise UsageError("-f and --set are meant for one chart", hint="name it with -c")
    found = []
    for number, target in enumerate(targets, 1):
        run.progress(f"{number}/{len(targets)} {target.chart}")
        found += pipeline.documents(target, run.engine, hooks=hooks)
    run.progress.done()
    run.write(Manifests(found), outputs)
