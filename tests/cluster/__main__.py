"""A cluster that stays, by hand: `python -m tests.cluster up`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from tests.cluster import definitions, local
from tests.cluster.handle import Failed
from tests.cluster.providers import NAMES, NoClusterError, WrongChoiceError, folders
from tests.cluster.session import Options, kept, makers, provider

COULD_NOT_RUN = 2


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="cluster", description="A cluster that stays until it is taken down.")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--cluster-type", default="", metavar="|".join(NAMES[1:]), help="for `up`: what makes it")
    parser.add_argument("--all", action="store_true", help="for `down`: what runs that were killed have left, too")
    given = parser.parse_args(arguments)
    try:
        COMMANDS[given.command](given)
    except (NoClusterError, WrongChoiceError, Failed, local.Failed, OSError, subprocess.CalledProcessError) as error:
        say(f"cluster: {error}")
        return COULD_NOT_RUN
    return 0


def bring_up(given: argparse.Namespace) -> None:
    maker = provider(Options(given.cluster_type), say)
    cluster = maker.up(kept(maker), nodes=1)
    definitions.install(cluster)
    say(f"cluster: {maker.name} is ready; `make cluster-shell`, or export KUBECONFIG={cluster.kubeconfig}")


def take_down(given: argparse.Namespace) -> None:
    """What cannot go keeps nothing else; raises the last error."""
    with ExitStack() as last_first:
        for maker in makers(say):
            stays = kept(maker)
            for folder in folders.all_in(stays.parent) if given.all else [stays]:
                last_first.callback(maker.down, folder)


def shell(_: argparse.Namespace) -> None:
    maker = next((each for each in makers(say) if kept(each).exists()), None)
    if maker is None:
        raise NoClusterError("none is up: `make cluster-up`")
    program = os.environ.get("SHELL") or "/bin/sh"
    os.execvpe(program, [program], maker.up(kept(maker), nodes=1).environment)  # noqa: S606  the user's own


COMMANDS = {"up": bring_up, "down": take_down, "shell": shell}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
