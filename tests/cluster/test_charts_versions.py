"""A chart over what was installed of it before: the previous version, each released one's, and by Helm 3."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cluster.handle import Cluster, Failed
from tests.cluster.images import Images
from tests.cluster.lifecycles import EACH, KINDS, NO_REDIS, answer, changed, prepared, release, revisions, supply
from tests.cluster.release import ROOT, Release

BETWEEN_SECONDS = 0.2
ANSWERED = "200"


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The repository may be somebody else's, as where a container has it mounted."""
    return subprocess.run(["git", "-c", "safe.directory=*", *arguments], cwd=ROOT, capture_output=True, check=False)


# none where this is no checkout
RELEASED = git("tag", "--list", "v[0-9]*").stdout.decode().split()


def version_before(chart: str) -> str:
    """The last commit with another chart than today's."""
    path = f"charts/{chart}"
    found = git("log", "-1", "--format=%H", "--", path, f":(exclude){path}/*.md")
    return f"{found.stdout.decode().strip()}^"


def chart_at(version: str, chart: str, folder: Path) -> Path:
    """The chart as that commit has it. Where it is not to be had the test is skipped, or fails under REQUIRE_ALL=1."""
    path = f"charts/{chart}"
    archive = git("archive", version, path)
    if archive.returncode:
        missing = f"needs the history: {archive.stderr.decode().strip()}"
        (pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip)(missing)
    # tarfile takes no filter before Python 3.11.4; tar keeps what it unpacks in its folder
    subprocess.run(["tar", "--extract", "--directory", folder], input=archive.stdout, check=True)
    return folder / path


@contextmanager
def answering(released: Release) -> Iterator[list[str]]:
    """Asks the Service for as long as the block runs, and once more; each answer, or what was wrong."""
    answers: list[str] = []
    over = threading.Event()

    def ask() -> None:
        while True:
            last = over.wait(BETWEEN_SECONDS)
            try:
                answer(released.cluster, released.namespace, released.chart)
                answers.append(ANSWERED)
            except Failed as failed:
                answers.append(str(failed))
            if last:
                break

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        over.set()
        thread.join()


def assert_upgraded_without_a_gap(old: Release, path: Path) -> None:
    """From the chart of that folder to today's, and to a setting that needs new pods."""
    old.upgrade(chart_path=path)
    first = revisions(old)
    with answering(old) as answers:
        changed(old).upgrade()
    assert revisions(old).isdisjoint(first)
    assert set(answers) == {ANSWERED}


@pytest.mark.proves(1, "upgraded from the previous commit's chart, while the Service goes on answering")
@pytest.mark.parametrize(("chart", "environment"), EACH)
def test_the_previous_commits_release_is_upgraded_without_a_gap(
    cluster: Cluster, namespace: str, images: Images, chart: str, environment: str, tmp_path: Path
) -> None:
    path = chart_at(version_before(chart), chart, tmp_path)
    assert_upgraded_without_a_gap(prepared(cluster, namespace, images, chart, environment), path)


@pytest.mark.proves(1, "upgraded from each released version, likewise")
@pytest.mark.parametrize(("chart", "environment"), EACH)
@pytest.mark.parametrize("version", RELEASED or [pytest.param("", marks=pytest.mark.skip(reason="no release yet"))])
def test_every_released_version_is_upgraded_without_a_gap(
    cluster: Cluster, namespace: str, images: Images, chart: str, environment: str, version: str, tmp_path: Path
) -> None:
    path = chart_at(version, chart, tmp_path)
    assert_upgraded_without_a_gap(prepared(cluster, namespace, images, chart, environment), path)


@pytest.mark.proves(1, "installed, upgraded and tested by Helm 3 as by Helm 4")
@pytest.mark.parametrize("chart", list(KINDS))
def test_helm_3_does_it_too(
    cluster: Cluster, namespace: str, images: Images, chart: str, helm3: Path, tmp_path: Path
) -> None:
    (tmp_path / "helm").symlink_to(helm3)
    by_helm3 = replace(cluster, path=f"{tmp_path}:{cluster.path}")
    assert by_helm3.helm("version", "--short").startswith("v3.")
    supply(cluster, namespace, chart, NO_REDIS)
    installed = release(by_helm3, namespace, images, chart, "stage")
    installed.upgrade()
    first = revisions(installed)
    changed(installed).upgrade()
    assert revisions(installed).isdisjoint(first)
    # not with --logs: Helm 3 deletes the pod that has passed before it looks for them
    by_helm3.helm("test", installed.name, namespace=namespace)
