"""What a run says that it has proven, and what of it is kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.guides import COMMANDS, RINGG
from tests.cluster.report import (
    COMMAND,
    COUNT,
    FIGURE,
    FOLDER,
    PAGE,
    WRITTEN_BY,
    Outcome,
    Proof,
    cell,
    lines,
    marked,
    outcomes,
    page,
    unfit,
)

README = FOLDER / "README.md"
ROWS = re.compile(r"^\| (?!what \|)(.+?) \| .* \| .* ?\|$", re.MULTILINE)
MODULE = """
import pytest

@pytest.mark.proves(2, "a row is written")
def test_row(): ...

@pytest.mark.slow
@pytest.mark.proves(1, "all is installed")
@pytest.mark.parametrize("chart", ["a", "b"])
def test_install(chart): ...

@pytest.mark.parametrize("chart", ["a", "b"])
def test_unmarked(chart): ...
"""
ROW = Proof("test_a.py::test_row", 2, "a row is written", slow=False)
INSTALL = Proof("test_a.py::test_install", 1, "all is installed", slow=True)


def ran(
    test: str, outcome: Any = "passed", *, when: Any = "call", longrepr: Any = None, **figures: object
) -> pytest.TestReport:
    """`rows` is a count, all else figures."""
    shown = [(COUNT if name == "rows" else FIGURE, [name, value]) for name, value in figures.items()]
    place = ("test_a.py", 1, test)
    return pytest.TestReport(
        f"tests/cluster/{test}", place, {}, outcome, longrepr, when, duration=1.5, user_properties=shown
    )


def skipped(test: str, reason: str) -> pytest.TestReport:
    return ran(test, "skipped", when="setup", longrepr=("file", 1, f"Skipped: {reason}"))


def test_tests_are_found_by_their_marks(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(MODULE)
    assert marked(tmp_path) == (INSTALL, ROW)


def test_a_test_counts_over_its_parameters_groups_and_phases() -> None:
    found = outcomes(
        [
            ran("test_a.py::test_install[a]@own", when="setup"),
            ran("test_a.py::test_install[a]@own"),
            ran("test_a.py::test_install[b]@own"),
        ]
    )
    assert list(found) == ["test_a.py::test_install"]
    assert found["test_a.py::test_install"].words == "passed 2 times"
    assert found["test_a.py::test_install"].seconds == pytest.approx(4.5)
    assert list(outcomes([ran("test_a.py::test_row@own")])) == ["test_a.py::test_row"]


@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_one_failure_is_what_became_of_a_test(when: str) -> None:
    found = outcomes([ran("test_a.py::test_row[1]"), ran("test_a.py::test_row[2]", "failed", when=when)])
    assert found["test_a.py::test_row"].words == "FAILED 1 of 2"


def test_a_skipped_test_says_why_once() -> None:
    found = outcomes([skipped(f"test_a.py::test_row[{number}]", "needs metrics: none") for number in range(3)])
    assert found["test_a.py::test_row"].words == "skipped: needs metrics: none"


def test_what_was_skipped_in_part_says_both() -> None:
    found = outcomes([ran("test_a.py::test_row[1]"), skipped("test_a.py::test_row[2]", "needs metrics: none")])
    assert found["test_a.py::test_row"].words == "passed; skipped: needs metrics: none"


def test_the_terminal_shows_seconds_figures_and_what_did_not_run() -> None:
    found = outcomes([ran("test_a.py::test_row", rows=1000, rate=31)])
    shown = list(lines([INSTALL, ROW], found))
    assert "      1.5 s  a row is written: passed (rows 1000, rate 31)" in shown
    assert "      0.0 s  all is installed: not in this run: slow" in shown
    assert [line[0] for line in shown if not line.startswith(" ")] == list("1234567")


def test_the_page_holds_counts_and_nothing_that_changes_from_run_to_run() -> None:
    found = outcomes([ran("test_a.py::test_row", rows=1000, rate=31)])
    text = page([INSTALL, ROW], found, "a cluster")
    assert "| a row is written | passed | rows 1000 |\n" in text
    assert "rate" not in text
    assert "1.5" not in text


def test_a_bar_in_a_sentence_does_not_end_its_cell() -> None:
    proof = ROW._replace(text="a | b")
    assert "| a \\| b | passed |  |" in page([proof], {proof.test: Outcome(passed=1)}, "a cluster")


def test_the_page_says_of_each_command_of_the_guides_whether_it_has_run() -> None:
    report = ran("test_a.py::test_row")
    report.user_properties.append((COMMAND, "ringg stable pods"))
    text = page([ROW], outcomes([report]), "a cluster")
    assert f"| {RINGG} | `kubectl get pods -l version=stable` | yes | shows stable's alone |\n" in text
    assert f"| {RINGG} | `kubectl top nodes` | not in this run | shows CPU and memory of each node |\n" in text
    assert (
        f"| {RINGG} | `git push origin dv-stage` | no | cannot run here: {COMMANDS['ringg git push'].why} |\n" in text
    )


def test_a_command_of_a_test_that_failed_has_not_run() -> None:
    report = ran("test_a.py::test_row", "failed")
    report.user_properties.append((COMMAND, "ringg stable pods"))
    assert "| yes |" not in page([ROW], outcomes([report]), "a cluster")


def test_the_page_in_the_repository_lists_each_command_of_the_guides() -> None:
    listed = PAGE.read_text().partition("### Each command\n\n")[2].partition("\n\n")[0].splitlines()[2:]
    wanted = page([], {}, "a cluster").partition("### Each command\n\n")[2].partition("\n\n")[0].splitlines()[2:]
    assert [line.replace("| yes |", "| not in this run |") for line in listed] == wanted


def test_each_command_of_the_guides_is_run_by_a_test_or_says_why_not() -> None:
    tests = "".join(path.read_text() for path in sorted(FOLDER.glob("test_guides_*.py")))
    for name, command in COMMANDS.items():
        assert bool(command.why) != bool(command.outcome)
        assert (f'"{name}"' in tests) == bool(command.outcome), name


def test_a_page_is_kept_of_whole_runs_without_failures_only() -> None:
    passed, failed = Outcome(passed=1), Outcome(passed=1, failed=2)
    assert unfit([ROW, INSTALL], {ROW.test: passed, INSTALL.test: passed}, {}) == ""
    assert unfit([ROW, INSTALL], {ROW.test: passed}, {}) == "1 did not run"
    assert unfit([ROW], {ROW.test: passed, "test_b.py::test_other": failed}, {}) == "2 failed"


def test_a_page_is_kept_of_runs_that_skip_only_for_what_the_cluster_lacks() -> None:
    found = outcomes([ran(ROW.test), skipped(f"{ROW.test}[2]", "needs metrics: there are none")])
    assert unfit([ROW], found, {"metrics": "there are none"}) == ""
    assert unfit([ROW], found, {"metrics": "another"}) == "skipped: needs metrics: there are none"
    wanting = outcomes([skipped("test_b.py::test_other", "needs helm3: run `make tools`")])
    assert unfit([ROW], found | wanting, {"metrics": "there are none"}) == "skipped: needs helm3: run `make tools`"


def test_the_page_in_the_repository_lists_each_test_that_is_marked_and_no_other() -> None:
    sections = PAGE.read_text().split("\n## ")[1:]
    listed = [(int(section[0]), text) for section in sections for text in ROWS.findall(section.partition("\n### ")[0])]
    wanted = [(proof.number, cell(proof.text)) for proof in marked()]
    assert listed == wanted, f"run `{WRITTEN_BY}`"


def test_the_page_in_the_repository_says_by_which_command_it_was_written_and_on_what_and_so_does_the_readme() -> None:
    assert f"Written by `{WRITTEN_BY}`, on Kubernetes v1." in PAGE.read_text()
    assert f"    {WRITTEN_BY}  " in README.read_text()


def test_no_page_with_a_failure_is_kept() -> None:
    assert "FAILED" not in PAGE.read_text()
