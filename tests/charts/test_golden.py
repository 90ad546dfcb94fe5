"""What the charts render for each environment, whole, so that a review sees what a change of a chart does."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from chartgen.cli import run
from tools.golden import ACCESS, HEADER, MANIFEST, OF_MANIFEST, ROOT, accesses, goldens

GOLDENS = goldens()
ACCESSES = accesses()
AGAIN = "; if it is meant, run `make golden` and look at the diff"


def rendered(arguments: list[str], capsys: pytest.CaptureFixture[str], command: str = "render") -> str:
    assert run([command, *arguments, "--config", str(ROOT / "chartgen.yaml")]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("file", GOLDENS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_an_environment_renders_to_its_golden_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rendered(GOLDENS[file], capsys) == file.read_text(), f"{file} is not what the chart renders" + AGAIN


def test_each_golden_file_belongs_to_an_environment() -> None:
    assert set((ROOT / "tests" / "golden").rglob("*.yaml")) == set(GOLDENS)


@pytest.mark.parametrize("file", ACCESSES, ids=lambda file: file.stem)
def test_the_rights_to_deploy_an_environment_follow_from_what_it_renders(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rendered(ACCESSES[file], capsys, "access") == file.read_text(), f"{file} is stale" + AGAIN


def test_each_file_of_rights_belongs_to_an_environment() -> None:
    assert set(ACCESS.rglob("*")) == set(ACCESSES)


def test_the_manifest_for_kubectl_is_the_chart_of_production(capsys: pytest.CaptureFixture[str]) -> None:
    assert MANIFEST.read_text() == HEADER + rendered(OF_MANIFEST, capsys), f"{MANIFEST} is stale" + AGAIN


def test_the_manifest_for_kubectl_begins_with_the_namespace_that_all_else_lies_in() -> None:
    namespace, *others = yaml.safe_load_all(MANIFEST.read_text())
    assert (namespace["kind"], namespace["metadata"]["name"]) == ("Namespace", "sophia-ai")
    assert {each["metadata"]["namespace"] for each in others} == {"sophia-ai"}
    assert not any("helm.sh/hook" in each["metadata"].get("annotations", {}) for each in others)


def test_the_manifest_for_kubectl_names_the_tag_that_the_readme_builds() -> None:
    readme = (ROOT / "charts" / "gong-webhook" / "README.md").read_text()
    assert "`-t …:0.1.0`, the tag that the manifest names" in readme
    assert 'image: "sophia-ai/gong-webhook-service:0.1.0"' in MANIFEST.read_text()
