"""`chartgen render ENV`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from chartgen import pipeline
from chartgen.cli import options
from chartgen.cli.output import opened
from chartgen.errors import UsageError
from chartgen.sources.files import NO_EXTRAS, Extras


@click.command()
@click.argument("environment", metavar="ENV")
@options.output("yaml", "json")
@options.rendering
@options.everywhere
def command(
    environment: str, outputs: Sequence[tuple[str, Path | None]], over: Extras, hooks: bool, run: options.Run
) -> None:
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
    for name, file in outputs:
        with opened(file) as stream:
            if name == "json":
                from chartgen.report import as_json

                as_json.write_manifests([each.obj for each in found], stream)
            else:
                stream.writelines(f"---\n# Source: {each.template}\n{each.text}\n" for each in found)
