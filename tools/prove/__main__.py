"""`python -m tools.prove [FOLDER…]`: repeat each cause that chartgen names in folders with a chartgen.yaml.

By default in the repository's root and in each folder of tests/cases. Exits with 1 where one does not hold, with 2
where it could not run.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chartgen.helm import log
from tools.prove.helm import Helm, ProveError, find
from tools.prove.proving import Proved, lines, prove
from tools.prove.repository import FILE

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"


def main() -> None:
    parser = argparse.ArgumentParser(prog="prove", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="one that holds a chartgen.yaml")
    folders = parser.parse_args().folders or [ROOT, *sorted(each.parent for each in CASES.glob(f"*/{FILE}"))]
    try:
        sys.exit(_main(folders, find()))
    except ProveError as error:
        print(f"prove: {error}", file=sys.stderr)
        sys.exit(2)


def _main(folders: Sequence[Path], helm: Helm) -> int:
    log.capture()  # Helm logs values
    os.environ["HELM_BIN"] = helm.program  # for charts that chartgen itself needs the program for
    total = Proved(0, ())
    with ThreadPoolExecutor() as pool:
        for folder in folders:
            found = prove(folder, helm, pool)
            print("\n".join(lines(folder, found)), flush=True)
            total = Proved(total.held + found.held, (*total.failed, *found.failed))
    unclear = len(total.failed) - total.wrong
    rest = f"; {unclear} cannot be checked" if unclear else ""
    print(f"{total.held} of {total.held + total.wrong} causes hold by helm {helm.version}{rest}")
    return int(total.wrong > 0)


if __name__ == "__main__":
    main()
