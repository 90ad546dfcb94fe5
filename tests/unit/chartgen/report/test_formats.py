"""Each report, whole, against its file in expected/. To write those again: UPDATE_REPORTS=1 pytest; then read them."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from json import loads
from pathlib import Path

import pytest

from chartgen.model import Mark
from chartgen.report.findings import summary
from chartgen.report.formats import FORMATS, Comparisons, Findings, Manifests, formats_of
from chartgen.report.style import Style, visible
from chartgen.results import Comparison
from tests.reported import PLAIN, reported

from .literals import COMPARISON, FINDINGS, LIVE, NOTHING, UNMET, WITHOUT_CAUSES

EXPECTED = Path(__file__).parent / "expected"


def by_key(found: Comparison, style: Style = PLAIN) -> Callable[[], str]:
    return partial(reported, Comparisons([found]), style=style)


def by_object(found: Comparison, style: Style = PLAIN) -> Callable[[], str]:
    return partial(reported, Comparisons([found], by_object=True), style=style)


REPORTS: dict[str, Callable[[], str]] = {
    "by-key.txt": by_key(COMPARISON),
    "by-key-60-columns.txt": by_key(COMPARISON, Style(width=60)),
    "by-key-100-columns.txt": by_key(COMPARISON, Style(width=100)),
    "by-key-in-colour.txt": by_key(COMPARISON, Style(colour=True)),
    "by-object.txt": by_object(COMPARISON),
    "by-object-60-columns.txt": by_object(COMPARISON, Style(width=60)),
    "without-causes.txt": by_key(WITHOUT_CAUSES),
    "two-charts-of-which-one-is-equal.txt": partial(reported, Comparisons([NOTHING, WITHOUT_CAUSES])),
    "live.txt": by_key(LIVE),
    "live-by-object.txt": by_object(LIVE),
    "live.json": partial(reported, Comparisons([LIVE]), "json"),
    "comparison.json": partial(reported, Comparisons([COMPARISON]), "json"),
    "an-expectation-that-nothing-meets.txt": partial(reported, Comparisons([NOTHING], unmet=[UNMET])),
    "an-expectation-that-nothing-meets.json": partial(reported, Comparisons([NOTHING], unmet=[UNMET]), "json"),
    "findings.txt": partial(reported, Findings(FINDINGS)),
    "findings-in-colour.txt": partial(reported, Findings(FINDINGS), style=Style(colour=True)),
    "findings.json": partial(reported, Findings(FINDINGS), "json"),
}


def test_each_report_has_its_formats_the_default_first() -> None:
    assert [formats_of(report)[0] for report in (Comparisons, Findings, Manifests)] == ["text", "text", "yaml"]
    assert all("json" in formats_of(report) for report in (Comparisons, Findings, Manifests))
    assert {name for report in (Comparisons, Findings, Manifests) for name in formats_of(report)} == set(FORMATS)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_the_one_that_is_expected(name: str) -> None:
    found = REPORTS[name]().replace(Path.cwd().as_uri(), "file:///repository")
    if os.environ.get("UPDATE_REPORTS"):
        (EXPECTED / name).write_text(found)
    assert found == (EXPECTED / name).read_text()


def test_each_expected_file_belongs_to_a_report() -> None:
    assert {path.name for path in EXPECTED.iterdir()} == set(REPORTS)


@pytest.mark.parametrize("name", ["by-key-60-columns.txt", "by-key-100-columns.txt"])
def test_a_narrow_report_breaks_lines_but_for_words_that_are_too_long(name: str) -> None:
    width = 60 if "60" in name else 100
    for line in (EXPECTED / name).read_text().splitlines():
        assert len(line) <= width or line.startswith(("charts/web", "No effect", "Expected", "Equal", "Moves"))


def test_colour_changes_nothing_but_colour() -> None:
    coloured = (EXPECTED / "by-key-in-colour.txt").read_text()
    assert visible(coloured) == len((EXPECTED / "by-key.txt").read_text())


def test_without_causes_the_json_says_that_none_were_asked_for() -> None:
    (found,) = loads(reported(Comparisons([WITHOUT_CAUSES]), "json"))["comparisons"]
    assert found["keys"] is None
    assert {change["cause"] for change in found["changes"]} == {None}


def test_the_summary_counts_by_severity() -> None:
    assert summary(FINDINGS, 2) == "2 charts: 2 errors, 1 warning, 1 note"
    assert summary((), 1) == "1 chart: nothing to complain about"


def test_a_place_is_relative_to_the_chart_and_a_link_where_colour_is() -> None:
    file = Path("charts/web/values.yaml")
    mark = Mark(file, 3, 5)
    assert PLAIN.place(mark, "charts/web") == "values.yaml:3:5"
    assert PLAIN.place(mark, "charts/we") == "charts/web/values.yaml:3:5"
    assert PLAIN.place(Mark(Path("/elsewhere/values.yaml"), 1, 1)) == "/elsewhere/values.yaml:1:1"
    assert PLAIN.place(Mark("--set a=b"), "charts/web") == "--set a=b"
    link = Style(colour=True).place(mark, "charts/web")
    assert link == f"\x1b]8;;{file.absolute().as_uri()}#L3\x1b\\values.yaml:3:5\x1b]8;;\x1b\\"


@pytest.mark.parametrize(
    "evil", ["\x1b[2J", "\x1b]0;title\x07", "\r", "\n", "\x9b2J", "\u202e", "\u2028", "\x00", "\x7f"]
)
def test_nothing_that_steers_a_terminal_leaves_a_style(evil: str) -> None:
    for style in (PLAIN, Style(colour=True)):
        line = style.safe(f"{style.paint('a', 'red')}{evil}b")
        assert evil not in line
        assert line.startswith(style.paint("a", "red"))
