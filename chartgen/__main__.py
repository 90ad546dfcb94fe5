"""The program `chartgen`, and `python -m chartgen`."""

from __future__ import annotations

import sys

WITHOUT_SDK = {"-h", "--help", "--version", "binary", "--engine=binary", "apply"}


def main() -> None:
    """Entry point: Helm's library begins to load before the command line does."""
    if WITHOUT_SDK.isdisjoint(sys.argv) and len(sys.argv) > 1:
        from chartgen.helm import preload

        preload.begin()
    from chartgen import cli

    cli.main()


if __name__ == "__main__":
    main()
