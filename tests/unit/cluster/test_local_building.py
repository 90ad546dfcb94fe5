"""A cluster's programs are built once, and again when their version changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cluster import local
from tests.cluster.local import building

# writes what it was asked for, and notes it
GO = """#!/bin/sh
echo "$PWD $*" >> "{folder}/calls"
while [ "$1" != -o ]; do shift; done
[ ! -e "{folder}/breaks" ] || { echo "$(basename "$2"): no such module" >&2; exit 1; }
echo built > "$2"
"""


class Go:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / "go"
        self.path.write_text(GO.replace("{folder}", str(folder)))
        self.path.chmod(0o755)
        self.said: list[str] = []

    def build(self, binaries: Path) -> int:
        """How many programs it was asked for."""
        calls = self._folder / "calls"
        calls.unlink(missing_ok=True)
        local.build(binaries, str(self.path), self.said.append)
        return len(calls.read_text().splitlines()) if calls.exists() else 0

    def breaks(self) -> None:
        (self._folder / "breaks").touch()


@pytest.fixture
def go(tmp_path: Path) -> Go:
    return Go(tmp_path)


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy, to change versions in."""
    copy = tmp_path / "modules"
    shutil.copytree(building.MODULES, copy)
    monkeypatch.setattr(building, "MODULES", copy)
    return copy


def test_programs_are_built_once_and_with_progress(go: Go, tmp_path: Path) -> None:
    binaries = tmp_path / "bin"
    assert not local.is_built(binaries)
    assert go.build(binaries) == len(building.PROGRAMS)
    assert f"building etcd (1 of {len(building.PROGRAMS)}; minutes the first time) …" in go.said
    assert local.is_built(binaries)
    assert go.build(binaries) == 0


def test_a_program_that_is_missing_is_built_alone(go: Go, tmp_path: Path) -> None:
    binaries = tmp_path / "bin"
    go.build(binaries)
    (binaries / "kubectl").unlink()
    assert not local.is_built(binaries)
    assert go.build(binaries) == 1


def test_what_is_asked_for_by_name_is_built_alone(go: Go, tmp_path: Path) -> None:
    local.build(tmp_path / "bin", str(go.path), go.said.append, ["kwok"])
    assert {path.name for path in (tmp_path / "bin").iterdir()} == {".lock", "kwok", "versions"}


def test_another_version_builds_the_programs_of_its_module_again(go: Go, modules: Path, tmp_path: Path) -> None:
    binaries = tmp_path / "bin"
    go.build(binaries)
    pins = modules / "crane" / "go.mod"
    pins.write_text(f"{pins.read_text()}// another\n")
    assert not local.is_built(binaries)
    assert go.build(binaries) == 1


def test_kubernetes_knows_its_own_version(go: Go, tmp_path: Path) -> None:
    go.build(tmp_path / "bin")
    (server,) = [line for line in (tmp_path / "calls").read_text().splitlines() if "cmd/kube-apiserver" in line]
    pinned = "-X k8s.io/component-base/version.gitVersion=v1."
    assert pinned in server


def test_a_build_that_fails_says_why_and_is_tried_again(go: Go, tmp_path: Path) -> None:
    binaries = tmp_path / "bin"
    go.breaks()
    with pytest.raises(local.Failed, match=r"building etcd failed:\netcd\.new: no such module"):
        go.build(binaries)
    assert not (binaries / "etcd").exists()
    assert not local.is_built(binaries)


def test_a_machine_without_go_is_told_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(local.Failed, match=r"go-of-nobody: not found; it takes Go 1\.26"):
        local.build(tmp_path, "go-of-nobody", lambda _: None)
