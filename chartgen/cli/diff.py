"""`chartgen diff A B`."""

from __future__ import annotations

import click

from chartgen import pipeline
from chartgen.cli import options
from chartgen.errors import UsageError
from chartgen.model import Target
from chartgen.report.formats import Comparisons
from chartgen.results import Comparison
from chartgen.sources.files import NO_EXTRAS, Extras


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--why/--no-why", default=True, show_default=True, help="Find the values key that causes each change.")
@click.option(
    "--by", type=click.Choice(["key", "object"]), default="key", show_default=True, help="How the text is sorted."
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 where a difference is not expected by chartgen.yaml.")
@click.option("--explain-secrets", is_flag=True, help="Say of each hidden value why it is hidden.")
@options.output(Comparisons)
@options.rendering
@options.everywhere
def command(
    before: str,
    after: str,
    why: bool,
    by: str,
    exit_code: bool,
    explain_secrets: bool,
    outputs: options.Outputs,
    over: Extras,
    hooks: bool,
    run: options.Run,
) -> int:
    """What differs between environments A and B of every chart, and which line of values causes it.

    \b
    chartgen diff stage prod
    chartgen diff prod canary -c dv-pipecat --by object
    chartgen diff stage prod -o json --exit-code

    -f and the --set options are laid over B; --kube-version and --api-versions hold for both.
    """  # noqa: D301 - click's mark for lines that are not to be joined
    run.repository.check_environments(run.entries, (before, after))
    if exit_code and not why and any(each.key for each in run.repository.config.expected):
        raise UsageError(
            "--no-why cannot tell which differences are expected by their key", hint="leave out --no-why or --exit-code"
        )
    found = []
    for entry in run.entries:
        if {before, after} <= entry.environments.keys():
            cluster = Extras(kube_version=over.kube_version, api_versions=over.api_versions)
            sides = run.repository.target(entry, before, cluster), run.repository.target(entry, after, over)
            found.append(_compared(run, sides, why=why, hooks=hooks))
    run.progress.done()
    if not found:
        raise UsageError(f"no chart has both `{before}` and `{after}`", hint="see the environments in chartgen.yaml")
    unmet = pipeline.unmet(run.repository, run.entries, found) if over == NO_EXTRAS else ()
    run.write(Comparisons(found, by == "object", unmet, explain_secrets), outputs)
    return int(exit_code and any(each.unexpected for each in found))


def _compared(run: options.Run, sides: tuple[Target, Target], *, why: bool, hooks: bool) -> Comparison:
    def progress(made: int, keys: int) -> None:
        run.progress(f"{sides[0].chart}: {made} renders for {keys} keys")

    return pipeline.compare(*sides, run.engine, why=why, hooks=hooks, config=run.repository.config, progress=progress)
