"""How time and the number of renders grow with a chart's objects and differing keys."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.generate import grown_chart, ranged_chart
from bench.measure import ENVIRONMENT, Row, interleaved
from bench.peers import BUILT, CHARTGEN, MISSING, diff_script

OBJECTS = (5, 50, 500)
ROUNDS = 2


def rows() -> Iterator[Row]:
    for make, objects, keys in (*((grown_chart, objects, objects) for objects in OBJECTS), (ranged_chart, 40, 120)):
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch)
            make(root, objects)
            ours = {"chartgen": [CHARTGEN, "diff", "stage", "prod"]}
            peer = {"peer": diff_script(root, root, "stage", "prod")} if BUILT else {}
            timings = interleaved(ours | peer, cwd=root, rounds=ROUNDS)
            one = " of one template" if make is ranged_chart else ""
            what = f"diff, {objects} objects{one}, {keys} keys, {renders(root)} renders"
        note = "2 helm template, 1 dyff between; no causes" if BUILT else MISSING
        yield Row(what, timings["chartgen"], timings.get("peer"), note)


def renders(root: Path) -> int:
    report = subprocess.check_output([CHARTGEN, "diff", "stage", "prod", "-o", "json"], cwd=root, env=ENVIRONMENT)
    return int(json.loads(report)["comparisons"][0]["summary"]["renders"])
