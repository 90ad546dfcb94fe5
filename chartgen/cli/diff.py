"""`chartgen diff A B`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from chartgen import pipeline
from chartgen.cli import options
from chartgen.cli.output import opened
from chartgen.errors import UsageError
from chartgen.model import Comparison, Target
from chartgen.sources.files import Extras


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--why/--no-why", default=True, show_default=True, help="Find the values key that causes each change.")
@click.option(
    "--by", type=click.Choice(["key", "object"]), default="key", show_default=True, help="How the text is sorted."
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 where a difference is not expected by chartgen.yaml.")
@options.output("text", "json")
@options.rendering
@options.everywhere
def command(
    before: str,
    after: str,
    why: bool,
    by: str,
    exit_code: bool,
    outputs: Sequence[tuple[str, Path | None]],
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
    for name, file in outputs:
        _write(found, name, file, run, by_object=by == "object")
    return int(exit_code and any(each.unexpected for each in found))


def _compared(run: options.Run, sides: tuple[Target, Target], *, why: bool, hooks: bool) -> Comparison:
    def progress(made: int, keys: int) -> None:
        run.progress(f"{sides[0].chart}: {made} renders for {keys} keys")

    expected = run.repository.config.expected
    return pipeline.compare(*sides, run.engine, why=why, hooks=hooks, expected=expected, progress=progress)


def _write(found: Sequence[Comparison], name: str, file: Path | None, run: options.Run, *, by_object: bool) -> None:
    with opened(file) as stream:
        if name == "json":
            from chartgen.report import as_json

            as_json.write_comparisons(found, stream)
        else:
            from chartgen.report import text

            text.write(found, stream, run.style(stream), by_object=by_object)
