"""Hundreds of charts: all their environments rendered and validated, on one core and on two."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import generate
from bench.measure import Row, Timing, on_cores, timed
from bench.peers import BUILT, CHARTGEN, MISSING, charts, template

COPIES = 250
ENVIRONMENTS = ("stage", "prod", "canary")


def rows() -> Iterator[Row]:
    render = ["sh", "-ec", "\n".join(f"{shlex.quote(CHARTGEN)} render {env}" for env in ENVIRONMENTS)]
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        generate.fleet(root, COPIES)
        size = f"{len(charts(root))} charts × {len(ENVIRONMENTS)} environments"
        for cores in range(1, min(2, len(os.sched_getaffinity(0))) + 1):
            with on_cores(cores):
                peer = once(helm_loop(root, cores), root) if BUILT else None
                note = f"one helm template each, {cores} at a time; checks values, not manifests" if BUILT else MISSING
                yield Row(f"render, {size}, {cores} core(s)", once(render, root), peer, note)
                yield Row(f"validate, {size}, {cores} core(s)", once([CHARTGEN, "validate"], root), peer, note)


def once(command: list[str], root: Path) -> Timing:
    return Timing((timed(command, root),))


def helm_loop(root: Path, cores: int) -> list[str]:
    """All charts and environments, as many at a time as there are cores."""
    jobs = root / "jobs"
    jobs.write_text("".join(f"{template(chart, env)}\n" for chart in charts(root).values() for env in ENVIRONMENTS))
    return ["xargs", f"--arg-file={jobs}", f"--max-procs={cores}", "--max-lines=1", "env"]
