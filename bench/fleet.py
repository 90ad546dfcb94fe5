"""Hundreds of charts: all their environments rendered and validated in one process, on one core and on two."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import generate
from bench.measure import Row, Timing, on_cores, timed
from bench.peers import BUILT, MISSING, ROOT, charts, template

COPIES = 250
ENVIRONMENTS = ("stage", "prod", "canary")
NOTE = "a loop of helm template, one for each chart and environment; checks values, and no more"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        generate.fleet(root, COPIES)
        size = f"{len(charts(root))} charts × {len(ENVIRONMENTS)} environments"
        for cores in range(1, min(2, len(os.sched_getaffinity(0))) + 1):
            with on_cores(cores):
                peer = once(helm_loop(root), root) if BUILT else None
                ours = once([sys.executable, "-m", "bench.fleet"], root)
            megabytes = (root / "memory").read_text()
            note = NOTE if BUILT else MISSING
            yield Row(f"render + validate, {size}, {cores} core(s), {megabytes} MB", ours, peer, note)


def once(command: list[str], root: Path) -> Timing:
    return Timing((timed(command, root, PYTHONPATH=str(ROOT)),))


def helm_loop(root: Path) -> list[str]:
    script = root / "loop.sh"
    script.write_text("".join(f"{template(chart, env)}\n" for chart in charts(root).values() for env in ENVIRONMENTS))
    return ["sh", "-e", str(script)]


def main() -> None:
    """What is measured: every environment rendered, parsed and validated, in this process, as the program does it."""
    from chartgen.helm import preload

    preload.begin()
    from chartgen.cli import run

    if run(["validate", "-q"]):
        raise SystemExit("chartgen validate failed")
    Path("memory").write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))


if __name__ == "__main__":
    main()
