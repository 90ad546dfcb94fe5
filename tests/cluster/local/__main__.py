"""The command line: `python -m tests.cluster.local up`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import Failed, attach, build, down, lacking, up

FAILED, COULD_NOT_RUN = 1, 2


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    state = given.state.absolute() / given.name
    try:
        return COMMANDS[given.command](given, state)
    except (Failed, OSError) as error:
        say(f"local: {error}")
        return COULD_NOT_RUN


def bring_up(given: argparse.Namespace, state: Path) -> int:
    if reason := lacking():
        raise Failed(reason)
    build(given.binaries.absolute(), given.go, say)
    start = time.monotonic()
    registry = given.registry.absolute() if given.registry else None
    running = up(state, given.binaries.absolute(), name=given.name, nodes=given.nodes, registry=registry, say=say)
    say(f"ready after {time.monotonic() - start:.1f} s; `export KUBECONFIG={running.kubeconfig}`, or the command shell")
    return 0


def take_down(_: argparse.Namespace, state: Path) -> int:
    down(state)
    return 0


def shell(_: argparse.Namespace, state: Path) -> int:
    running = attach(state)
    if running is None:
        say("local: no cluster of that name is up")
        return FAILED
    program = os.environ.get("SHELL") or "/bin/sh"
    os.environ["KUBECONFIG"] = str(running.kubeconfig)
    # what kubectl keeps of an address would be believed of the next cluster there
    os.environ["KUBECACHEDIR"] = str(state / "cache")
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), running.layout.range]))
    os.environ["PATH"] = f"{running.path}:{os.environ['PATH']}"
    return subprocess.run([program], check=False).returncode


def status(_: argparse.Namespace, state: Path) -> int:
    running = attach(state)
    if running is None:
        say("down")
        return FAILED
    for name, found in running.control.status().items():
        print(f"{name:26}{'up' if found['pid'] else 'down':6}{found['starts']} starts")
    return 0


def only_build(given: argparse.Namespace, _: Path) -> int:
    build(given.binaries.absolute(), given.go, say)
    return 0


COMMANDS = {"up": bring_up, "down": take_down, "shell": shell, "status": status, "build": only_build}


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="local", description="A real Kubernetes without docker, as root on Linux.")
    found.add_argument("command", choices=COMMANDS)
    found.add_argument("--name", default="default", help="of the cluster; several may be up at once")
    found.add_argument("--nodes", type=int, default=1, help="real nodes (1)")
    found.add_argument("--state", type=Path, default=Path(".tools/cluster/run"), help="folder of what runs")
    found.add_argument("--binaries", type=Path, default=Path(".tools/cluster/bin"), help="folder of what is built")
    found.add_argument("--registry", type=Path, help="folder of the registry's layers, to keep them after `down`")
    found.add_argument("--go", default="go", help="the Go that builds")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
