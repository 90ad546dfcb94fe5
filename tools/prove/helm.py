"""The `helm` program: found, asked for its version, and run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

BUILT = Path(__file__).parents[2] / ".tools" / "bin" / "helm"
OLDEST = (3, 16)
"""The first helm with --skip-schema-validation: a mixture of two environments may well break the chart's schema."""
TEMPLATE_PLACE = re.compile(r"[\w./-]+/templates/[\w./-]+(?::\d+)*")


class ProveError(Exception):
    """Nothing can be proved, for a reason that a person can mend."""


class RefusedError(Exception):
    """Helm does not render it. It names the place only: the rest of helm's message may hold a secret."""

    def __init__(self, message: str) -> None:
        place = TEMPLATE_PLACE.search(message)
        super().__init__(f"an error at {place[0]}" if place else "an error")


class Settings(NamedTuple):
    """What helm is told beside the values. An empty `kube_version` is helm's own."""

    release: str
    namespace: str
    kube_version: str = ""


class Helm(NamedTuple):
    """A program, and its version such as `v4.0.1`."""

    program: str
    version: str

    def template(self, chart: Path, settings: Settings, files: Sequence[Path | str] = (), stdin: str = "") -> str:
        """What `helm template` prints; the file "-" is `stdin`. Raises RefusedError."""
        options = [word for file in files for word in ("-f", str(file))]
        if settings.kube_version:
            options += ["--kube-version", settings.kube_version]
        command = [self.program, "template", settings.release, str(chart), "-n", settings.namespace, *options]
        ran = subprocess.run(
            [*command, "--skip-schema-validation"],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if ran.returncode:
            raise RefusedError(ran.stderr)
        return ran.stdout


def find() -> Helm:
    """HELM_BIN, or the helm on the PATH, or the one that `make` builds. Raises ProveError."""
    named = os.environ.get("HELM_BIN", "")
    program = shutil.which(named or "helm") or ("" if named else shutil.which(str(BUILT)))
    if not program:
        raise ProveError(f"no `{named or 'helm'}`: `make prove` builds one, or set HELM_BIN")
    asked = [program, "version", "--template", "{{.Version}}"]
    version = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    numbers = re.match(r"v(\d+)\.(\d+)", version)
    if not numbers or (int(numbers[1]), int(numbers[2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ProveError(f"{program} is `{version or 'no helm'}`, and helm {oldest} or newer is needed")
    return Helm(program, version)
