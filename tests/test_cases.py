"""Each folder in cases/ is one thing that was decided: a chart, two overlays, and what `chartgen diff from to` says.

To write what they say again: UPDATE_CASES=1 pytest tests/test_cases.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chartgen import pipeline
from chartgen.helm import sdk
from chartgen.report.formats import Comparisons
from chartgen.sources.files import open_repository
from tests.reported import reported

CASES = sorted((Path(__file__).parent / "cases").iterdir())


def said() -> str:
    repository = open_repository(Path("chartgen.yaml"))
    entry = repository.config.charts["app"]
    before, after = (repository.target(entry, name) for name in ("from", "to"))
    return reported(Comparisons([pipeline.compare(before, after, sdk, config=repository.config)]))


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_the_diff_of_a_case_says_what_was_decided(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    found = said()
    if os.environ.get("UPDATE_CASES"):
        Path("expected.txt").write_text(found)
    assert found == Path("expected.txt").read_text()
