"""What one would run instead of chartgen: shell lines of helm and dyff that do the same work."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
CHARTGEN = str(Path(sys.executable).parent / "chartgen")
HELM = ROOT / ".tools" / "bin" / "helm"
DYFF = ROOT / ".tools" / "bin" / "dyff"
BUILT = HELM.exists() and DYFF.exists()
MISSING = "not built: run `make tools`"


def charts(root: Path) -> dict[str, Any]:
    """The charts that a repository's chartgen.yaml names."""
    configured: dict[str, Any] = yaml.safe_load((root / "chartgen.yaml").read_text())["charts"]
    return configured


def template(chart: dict[str, Any], env: str) -> str:
    """The `helm template` line of one chart and environment."""
    told = chart["environments"][env]
    files = [part for name in told["values"] for part in ("--values", f"{chart['path']}/{name}")]
    version = ["--kube-version", told["kubeVersion"]] if "kubeVersion" in told else []
    line = [HELM, "template", told["release"], chart["path"], "--namespace", told["namespace"], *files, *version]
    return shlex.join(map(str, line))


def diff_script(root: Path, scratch: Path, before: str, after: str) -> list[str]:
    """Render both sides of every chart and compare them, as one shell script."""
    lines = []
    for name, chart in charts(root).items():
        sides = {env: shlex.quote(str(scratch / f"{name}-{env}.yaml")) for env in (before, after)}
        lines += [f"{template(chart, env)} > {file}" for env, file in sides.items()]
        lines.append(f"{DYFF} between --omit-header {sides[before]} {sides[after]}")
    return ["sh", "-ec", "\n".join(lines)]
