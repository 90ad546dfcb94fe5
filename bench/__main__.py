"""`python -m bench [ROW…]`: run the named measurements, or all, and print one table."""

from __future__ import annotations

import argparse
import os
import platform

from bench import cluster, fleet, growth, live, process, stages
from bench.gong import acknowledge, drain, start
from bench.voice import drain as voicedrain
from bench.voice import sessions, turn

ROWS = {
    "process": process.rows,
    "stages": stages.rows,
    "growth": growth.rows,
    "fleet": fleet.rows,
    "acknowledge": acknowledge.rows,
    "drain": drain.rows,
    "start": start.rows,
    "sessions": sessions.rows,
    "voicedrain": voicedrain.rows,
    "turn": turn.rows,
    "cluster": cluster.rows,
    "live": live.rows,
}
COLUMNS = "{:<72}{:>24}{:>24}{:>8}  {}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"any of: {', '.join(ROWS)}; all by default")
    chosen = parser.parse_args().rows or list(ROWS)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores. Median (fastest to slowest), runs interleaved.")
    print(COLUMNS.format("", "ours", "peer", "faster", "peer"))
    for name in chosen:
        for row in ROWS[name]():
            ratio = f"{row.peer.median / row.ours.median:.2g}×" if row.peer else ""
            print(COLUMNS.format(row.what, str(row.ours), str(row.peer or "–"), ratio, row.note), flush=True)


if __name__ == "__main__":
    main()
