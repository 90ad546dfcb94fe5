"""`chartgen diff A B`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from chartgen import pipeline
from chartgen.cli import options
from chartgen.errors import UsageError
from chartgen.model import Target
from chartgen.report.formats import Comparisons
from chartgen.results import Comparison
from chartgen.sources.files import NO_EXTRAS, Extras
from chartgen.sources.sides import SideName, side_name


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
    """What differs between A and B of every chart, and which line of values causes it.

    A and B are environments, or states of one: ENV@release is what Helm recorded, ENV@release:3 a revision of it, and
    ENV@live what stands in the cluster, compared with what a deployment would make of it.

    \b
    chartgen diff stage prod
    chartgen diff prod canary -c dv-pipecat --by object
    chartgen diff stage prod -o json --exit-code
    chartgen diff prod@live prod -c dv-pipecat
    chartgen diff prod@release:3 prod@release -c dv-pipecat

    -f and the --set options are laid over B; --kube-version and --api-versions hold for both, if both are files.
    """  # noqa: D301 - click's mark for lines that are not to be joined
    names = _names(run, before, after)
    if exit_code and not why and any(each.key for each in run.repository.config.expected):
        raise UsageError(
            "--no-why cannot tell which differences are expected by their key", hint="leave out --no-why or --exit-code"
        )
    found = list(_comparisons(run, names, over, why=why, hooks=hooks))
    run.progress.done()
    if not found:
        raise UsageError(f"no chart has both `{before}` and `{after}`", hint="see the environments in chartgen.yaml")
    is_plain = over == NO_EXTRAS and not any(each.state for each in names)
    unmet = pipeline.unmet(run.repository, run.entries, found) if is_plain else ()
    run.write(Comparisons(found, by == "object", unmet, explain_secrets), outputs)
    return int(exit_code and any(each.unexpected or each.unseen for each in found))


def _names(run: options.Run, before: str, after: str) -> tuple[SideName, SideName]:
    known = {name for entry in run.entries for name in entry.environments}
    names = side_name(before, known), side_name(after, known)
    run.repository.check_environments(run.entries, [each.environment for each in names])
    return names


def _comparisons(
    run: options.Run, names: tuple[SideName, SideName], over: Extras, *, why: bool, hooks: bool
) -> Iterator[Comparison]:
    """Of each chart that has both environments."""
    before, after = names
    cluster = Extras(kube_version=over.kube_version, api_versions=over.api_versions)
    if after.state and over != cluster:
        raise UsageError("-f and --set are laid over B, which is here no set of files")
    if (before.state or after.state) and cluster != NO_EXTRAS:
        raise UsageError("templates see the version and kinds of the cluster where a side is a release or live")
    for entry in run.entries:
        if {before.environment, after.environment} <= entry.environments.keys():
            targets = (
                run.repository.target(entry, before.environment, cluster),
                run.repository.target(entry, after.environment, over),
            )
            yield _compared(run, targets, names, why=why, hooks=hooks)


def _compared(
    run: options.Run, targets: tuple[Target, Target], names: tuple[SideName, SideName], *, why: bool, hooks: bool
) -> Comparison:
    def progress(made: int, keys: int) -> None:
        run.progress(f"{targets[0].chart}: {made} renders for {keys} keys")

    def looked(done: int, objects: int) -> None:
        run.progress(f"{targets[0].chart}: {done} of {objects} objects in {targets[0].context}")

    config = run.repository.config
    if not any(each.state for each in names):
        return pipeline.compare(*targets, run.engine, why=why, hooks=hooks, config=config, progress=progress)
    from chartgen.states.comparing import Asked, compare
    from chartgen.states.knowing import Side

    asked = Asked(why=why, hooks=hooks, config=config, progress=progress, looked=looked)
    return compare(Side(targets[0], names[0]), Side(targets[1], names[1]), run.engine, asked)
