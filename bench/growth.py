"""How time and the number of renders grow with a chart's objects and differing keys."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.generate import grown_chart
from bench.measure import ENVIRONMENT, Row, interleaved
from bench.peers import BUILT, CHARTGEN, MISSING, diff_script

OBJECTS = (5, 50, 500)
ROUNDS = 2


def rows() -> Iterator[Row]:
    for objects in OBJECTS:
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch)
            grown_chart(root, objects)
            ours = {"chartgen": [CHARTGEN, "diff", "stage", "prod"]}
            peer = {"peer": diff_script(root, root, "stage", "prod")} if BUILT else {}
            timings = interleaved(ours | peer, cwd=root, rounds=ROUNDS)
            what = f"diff, {objects} objects, {objects} keys, {renders(root)} renders"
        note = "2 helm template, 1 dyff between; no causes" if BUILT else MISSING
        yield Row(what, timings["chartgen"], timings.get("peer"), note)


def renders(root: Path) -> int:
    report = subprocess.check_output([CHARTGEN, "diff", "stage", "prod", "-o", "json"], cwd=root, env=ENVIRONMENT)
    return int(json.loads(report)["comparisons"][0]["summary"]["renders"])
