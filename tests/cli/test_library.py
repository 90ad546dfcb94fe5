"""An installation whose Helm library is missing or is not for this machine: the helm program serves instead."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.sessions import environment


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
    return environment() | {"PYTHONPATH": f"{package.parent}:{environment()['PYTHONPATH']}"}


def rendered(folder: Path, variables: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    command = ["chartgen", "render", "prod", *options]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def test_the_helm_program_serves_instead(repository: Path, variables: dict[str, str], helm: Path) -> None:
    done = rendered(repository, variables | {"HELM_BIN": str(helm)})
    assert (done.returncode, done.stderr) == (0, "")
    assert 'replicas: "3"' in done.stdout


def test_asked_for_by_name_the_library_is_missed_in_words(repository: Path, variables: dict[str, str]) -> None:
    done = rendered(repository, variables, "--engine", "sdk")
    assert done.returncode == 2
    assert done.stderr.startswith("chartgen: error: the Helm SDK cannot be loaded: ")
    assert done.stderr.endswith("\n  use --engine binary\n")
    assert "Traceback" not in done.stderr
