"""Writes what is generated from the charts: tests/golden/CHART/ENVIRONMENT.yaml, the manifest for kubectl, and Roles.

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
ACCESS = ROOT / "infrastructure" / "kubernetes" / "access"
# GKE knows a service account of Google's by its e-mail; the guides name staging's alone
DEPLOYERS = {
    "dv-pipecat-stage": "gke-githubactions-svc-stage@desivocalprod01.iam.gserviceaccount.com",
    "dv-pipecat-canary": "SET-ME-canary-deployer@SET-ME.iam.gserviceaccount.com",
    "dv-pipecat-prod": "SET-ME-production-deployer@SET-ME.iam.gserviceaccount.com",
    "gong-webhook-stage": "SET-ME-gong-stage-deployer@SET-ME.example",
    "gong-webhook-canary": "SET-ME-gong-canary-deployer@SET-ME.example",
    "gong-webhook-prod": "SET-ME-gong-production-deployer@SET-ME.example",
}
HEADER = f"# Written by `make golden`: chartgen render {' '.join(OF_MANIFEST)}\n"


def goldens() -> dict[Path, list[str]]:
    """Each golden file, and the arguments of `chartgen render` that make it."""
    entries = open_repository(ROOT / "chartgen.yaml").entries()
    return {
        ROOT / "tests" / "golden" / entry.name / f"{environment}.yaml": [environment, "-c", entry.name]
        for entry in entries
        for environment in entry.environments
    }


def accesses() -> dict[Path, list[str]]:
    """Each file of who deploys an environment, and the arguments of `chartgen access` that make it."""
    return {
        ACCESS / f"{name}.yaml": [*arguments, "--user", DEPLOYERS[name]]
        for file, arguments in goldens().items()
        if (name := f"{file.parent.name}-{file.stem}")
    }


def _write(file: Path, command: str, arguments: list[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    status = run([command, *arguments, "-o", f"yaml={file}"])
    if status:
        sys.exit(status)


def main() -> None:
    for file, arguments in goldens().items():
        _write(file, "render", arguments)
    for file, arguments in accesses().items():
        _write(file, "access", arguments)
    _write(MANIFEST, "render", OF_MANIFEST)
    MANIFEST.write_text(HEADER + MANIFEST.read_text())


if __name__ == "__main__":
    main()
