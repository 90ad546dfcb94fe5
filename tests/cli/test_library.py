"""An installation whose Helm library is missing or is not for this machine: the helm program serves instead."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.archives import BASE, write_files

from .test_transcripts import environment


@pytest.fixture(params=["no folder", "junk"])
def variables(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Of an environment in which the SDK is installed with no library that can be loaded."""
    spec = find_spec("helm_python")
    assert spec
    assert spec.origin
    package = tmp_path / "installed" / "helm_python"
    shutil.copytree(Path(spec.origin).parent, package, ignore=shutil.ignore_patterns("lib", "__pycache__"))
    if request.param == "junk":
        (package / "lib").mkdir()
        (package / "lib" / "libhelm_c.so").write_text("not a library")
    return environment() | {"PYTHONPATH": str(package.parent)}


def rendered(folder: Path, variables: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    write_files(folder, BASE)
    command = ["chartgen", "render", "prod", *options]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def test_the_helm_program_serves_instead(tmp_path: Path, variables: dict[str, str], helm: Path) -> None:
    done = rendered(tmp_path, variables | {"HELM_BIN": str(helm)})
    assert (done.returncode, done.stderr) == (0, "")
    assert 'replicas: "3"' in done.stdout


def test_asked_for_by_name_the_library_is_missed_in_words(tmp_path: Path, variables: dict[str, str]) -> None:
    done = rendered(tmp_path, variables, "--engine", "sdk")
    assert done.returncode == 2
    assert done.stderr.startswith("chartgen: error: the Helm SDK cannot be loaded: ")
    assert done.stderr.endswith("\n  use --engine binary\n")
    assert "Traceback" not in done.stderr
