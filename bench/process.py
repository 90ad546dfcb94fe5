"""The main job as it is typed: a whole process, from start to exit, over the charts of this repository."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Row, interleaved
from bench.peers import BUILT, CHARTGEN, MISSING, ROOT, charts, diff_script

ROUNDS = 15


def rows() -> Iterator[Row]:
    ours = {
        "chartgen diff stage prod": [CHARTGEN, "diff", "stage", "prod"],
        "chartgen diff stage prod --no-why": [CHARTGEN, "diff", "stage", "prod", "--no-why"],
    }
    with tempfile.TemporaryDirectory() as scratch:
        peer = {"peer": diff_script(ROOT, Path(scratch), "stage", "prod")} if BUILT else {}
        timings = interleaved(ours | peer, cwd=ROOT, rounds=ROUNDS)
    count = len(charts(ROOT))
    note = f"{2 * count} helm template, {count} dyff between; no causes" if BUILT else MISSING
    for what in ours:
        yield Row(f"{what}, {count} charts", timings[what], timings.get("peer"), note)
