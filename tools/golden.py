"""Writes what is generated from the charts: tests/golden/CHART/ENVIRONMENT.yaml, and the manifest for kubectl.

Run by `make golden`; tests/charts/test_golden.py compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

from chartgen.cli import run
from chartgen.sources.files import open_repository

ROOT = Path(__file__).parents[1]
MANIFEST = ROOT / "infrastructure" / "kubernetes" / "manifests" / "gong-webhook-service.yaml"
OF_MANIFEST = ["prod", "-c", "gong-webhook", "--no-hooks", "--set", "namespace.create=true"]
HEADER = f"# Written by `make golden`: chartgen render {' '.join(OF_MANIFEST)}\n"


def goldens() -> dict[Path, list[str]]:
    """Each golden file, and the arguments of `chartgen render` that make it."""
    entries = open_repository(ROOT / "chartgen.yaml").entries()
    return {
        ROOT / "tests" / "golden" / entry.name / f"{environment}.yaml": [environment, "-c", entry.name]
        for entry in entries
        for environment in entry.environments
    }


def _write(file: Path, arguments: list[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    status = run(["render", *arguments, "-o", f"yaml={file}"])
    if status:
        sys.exit(status)


def main() -> None:
    for file, arguments in goldens().items():
        _write(file, arguments)
    _write(MANIFEST, OF_MANIFEST)
    MANIFEST.write_text(HEADER + MANIFEST.read_text())


if __name__ == "__main__":
    main()
