"""What a run has proven: a table at its end, and docs/cluster-report.md."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cluster import guides
from tests.cluster.handle import lacking

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "cluster-report.md"
PROMISES = {
    1: "Every chart and environment: accepted strictly, installed, upgraded, tested, rolled back, uninstalled",
    2: 'gong-webhook with real pods under Pod Security "restricted"',
    3: "dv-pipecat, in full size on fake nodes and with live sessions on real ones",
    4: "The commands of the two guides",
    5: "Disaster recovery",
    6: "Faults",
    7: "chartgen on a cluster: releases, drift, Secrets, access",
}
GUIDES = 4
SLOW = "not in this run: slow"
NOT_RUN = "not in this run"
FIGURE = "figure"
COUNT = "count"
# a test's property that names a command of guides.COMMANDS which it has run
COMMAND = "command"


class Proof(NamedTuple):
    """A test marked `proves`. `test`: the file's name, two colons, and the function's."""

    test: str
    number: int
    text: str
    slow: bool


@dataclass
class Outcome:
    """What became of a test, over all its parameters. `figures` change from run to run, `counts` do not."""

    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)
    seconds: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    commands: set[str] = field(default_factory=set)

    @property
    def has_run(self) -> bool:
        return bool(self.passed or self.failed or self.skipped)

    @property
    def words(self) -> str:
        reasons = "; ".join(dict.fromkeys(self.skipped))
        several = f" {self.passed} times" if self.passed > 1 else ""
        told = {
            f"FAILED {self.failed} of {self.failed + self.passed}": self.failed,
            f"passed{several}": self.passed and not self.failed,
            f"skipped: {reasons}": self.skipped,
        }
        return "; ".join(words for words, holds in told.items() if holds)


@cache
def marked(folder: Path = FOLDER) -> tuple[Proof, ...]:
    """All tests of the folder that are marked `proves`, by promise, file and line."""
    found = [proof for path in sorted(folder.glob("test_*.py")) for proof in _marked(path)]
    return tuple(sorted(found, key=lambda proof: proof.number))


def _marked(path: Path) -> Iterable[Proof]:
    for function in ast.parse(path.read_text()).body:
        if isinstance(function, ast.FunctionDef):
            marks = [ast.unparse(each) for each in function.decorator_list]
            calls = [each for each in function.decorator_list if isinstance(each, ast.Call)]
            for call in calls:
                if ast.unparse(call.func) == "pytest.mark.proves":
                    number, text = map(ast.literal_eval, call.args)
                    yield Proof(f"{path.name}::{function.name}", number, text, "pytest.mark.slow" in marks)


def outcomes(reports: Iterable[object]) -> dict[str, Outcome]:
    """By test. What else pytest reports is passed over."""
    found: dict[str, Outcome] = {}
    for report in reports:
        if not isinstance(report, pytest.TestReport):
            continue
        outcome = found.setdefault(_test(report.nodeid), Outcome())
        outcome.seconds += report.duration
        if report.outcome == "failed":
            outcome.failed += 1
        elif report.outcome == "skipped":
            outcome.skipped.append(_reason(report.longrepr))
        elif report.when == "call":
            outcome.passed += 1
        pairs: list[tuple[str, Any]] = report.user_properties
        for kind, value in pairs:
            if kind in {FIGURE, COUNT}:
                name, shown = value
                (outcome.figures if kind == FIGURE else outcome.counts)[name] = shown
            elif kind == COMMAND and report.outcome == "passed":
                outcome.commands.add(value)
    return found


def _test(nodeid: str) -> str:
    """Without folder, parameters and xdist's group."""
    path, _, function = nodeid.partition("::")
    return f"{Path(path).name}::{function.partition('[')[0].partition('@')[0]}"


def _reason(longrepr: Any) -> str:
    return str(longrepr[2]).removeprefix("Skipped: ")


def lines(proofs: Sequence[Proof], found: Mapping[str, Outcome]) -> Iterable[str]:
    """The table for the terminal: by promise, each test with its outcome, seconds and figures."""
    for number, title in PROMISES.items():
        yield f"{number}  {title}"
        for proof in proofs:
            if proof.number == number:
                outcome = found.get(proof.test, Outcome())
                figures = _listed(outcome.counts | outcome.figures)
                told = f"{proof.text}: {_words(proof, outcome)}"
                yield f"   {outcome.seconds:6.1f} s  {told}{figures and f' ({figures})'}"


def _words(proof: Proof, outcome: Outcome) -> str:
    return outcome.words if outcome.has_run else SLOW if proof.slow else NOT_RUN


def page(proofs: Sequence[Proof], found: Mapping[str, Outcome], cluster: str) -> str:
    """The same to be kept: without what changes from run to run. `cluster`: what it ran on, in words."""
    parts = [HEAD.format(cluster=cluster)]
    for number, title in PROMISES.items():
        rows = [proof for proof in proofs if proof.number == number]
        listed = "\n".join(_row(proof, found.get(proof.test, Outcome())) for proof in rows)
        parts.append(f"## {number}. {title}\n\n{TABLE}\n{listed}\n")
        if number == GUIDES:
            parts.append(_commands(set().union(*(outcome.commands for outcome in found.values()))))
    return "\n".join(parts)


WRITTEN_BY = """make cluster-test ARGS="-m '' --write-report\""""
HEAD = f"""\
# What the cluster suite proves

Written by `{WRITTEN_BY}`, on {{cluster}}. A test
that was skipped says what that cluster lacks.
"""
COMMANDS = "### Each command\n\n| guide | command | ran as written | outcome |\n|---|---|---|---|"
TABLE = "| what | outcome | counts |\n|---|---|---|"


def _row(proof: Proof, outcome: Outcome) -> str:
    return f"| {cell(proof.text)} | {cell(_words(proof, outcome))} | {cell(_listed(outcome.counts))} |"


def _commands(ran: Collection[str]) -> str:
    """Each command of the guides."""
    rows = []
    for name, command in guides.COMMANDS.items():
        text = " ".join(command.text.replace("\\\n", " ").split())
        told = f"cannot run here: {command.why}" if command.why else command.outcome
        done = "no" if command.why else "yes" if name in ran else NOT_RUN
        rows.append(f"| {command.guide} | `{cell(text)}` | {done} | {cell(told)} |")
    return "\n".join([COMMANDS, *rows, ""])


def _listed(numbers: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in numbers.items())


# of a test about releases, until the first
NO_RELEASE = "no release yet"


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def unfit(proofs: Sequence[Proof], found: Mapping[str, Outcome], lacks: Mapping[str, str]) -> str:
    """Why this run is not one to be kept; empty where it is. `lacks`: the cluster's, which tests may be skipped for."""
    failed = sum(outcome.failed for outcome in found.values())
    left = sum(proof.test not in found for proof in proofs)
    meant = {lacking(ability, why) for ability, why in lacks.items()} | {NO_RELEASE}
    others = sorted({reason for outcome in found.values() for reason in outcome.skipped} - meant)
    reasons = {f"{failed} failed": failed, f"{left} did not run": left, f"skipped: {'; '.join(others)}": others}
    return next((reason for reason, holds in reasons.items() if holds), "")
