"""What CONTRIBUTING says that a rule, a format and a command take is what they take: one of each is added to a copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
COPIED = ("chartgen", "tests/cli", "tests/rules", "tests/unit/chartgen", "docs")
FILES = (
    "pyproject.toml",
    "README.md",
    "CONTRIBUTING.md",
    "tests/archives.py",
    "tests/files.py",
    "tests/reported.py",
    "tests/base.txt",
    "tests/test_rules.py",
    "tests/conftest.py",
)
SERVERS = "tests/servers"

RULE = '''"""A mapping without a key in it sets nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chartgen.keypath import path as spelled
from chartgen.model import Severity
from chartgen.rules.rule import Complaint, InValues, Rule, Scope
from chartgen.trees import leaves
from chartgen.values.snapshot import Snapshot


def check(snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    for layer in (layer for snapshot in snapshots for layer in snapshot.layers[1:]):
        for key, value in leaves(layer.values):
            if key and value == {}:
                yield Complaint(spelled(key), InValues(layer, key), f"`{spelled(key)}` sets nothing", "delete it")


RULE = Rule("empty-mapping", Severity.NOTE, "a mapping of an overlay is empty", Scope.CHART, check=check)
'''
PLANTED = """# a mapping with nothing in it
fault:
charts/web/values-prod.yaml:2:1: note: `more` sets nothing [empty-mapping]
    delete it
-- charts/web/values-prod.yaml --
replicas: 3
more: {}
clean:
-- charts/web/values-prod.yaml --
replicas: 3
more: {a: 1}
"""
FORMAT = '''"""Findings as the names of their rules, a line each."""

from __future__ import annotations

from typing import TextIO

from chartgen.report.formats import Findings, Report
from chartgen.report.style import Style


def write(report: Report, stream: TextIO, style: Style) -> None:
    """Each rule as often as it found something."""
    if isinstance(report, Findings):
        stream.writelines(f"{style.safe(finding.rule)}\\n" for finding in report.findings)
'''
COMMAND = '''"""`chartgen charts`."""

from __future__ import annotations

import click

from chartgen.cli import options


@click.command()
@options.everywhere
def command(run: options.Run) -> None:
    """The names of all charts."""
    for entry in run.entries:
        click.echo(entry.name)
'''


class Line(NamedTuple):
    """A line that a file gets, after one that is there."""

    after: str
    text: str


NEW: Mapping[str, Mapping[str, str | Line]] = {
    "a rule": {
        "chartgen/rules/values_empty_mapping.py": RULE,
        "tests/rules/empty-mapping.txt": PLANTED,
        "docs/rules.md": Line("## Values", "\n### `empty-mapping`\n\nAn empty mapping sets nothing."),
    },
    "a format": {
        "chartgen/report/as_names.py": FORMAT,
        "chartgen/report/formats.py": Line(
            '    "yaml": Format("as_yaml", frozenset({Manifests})),',
            '    "names": Format("as_names", frozenset({Findings})),',
        ),
        "tests/unit/chartgen/report/test_formats.py": Line(
            "REPORTS: dict[str, Callable[[], str]] = {",
            '    "findings.names": partial(reported, Findings(FINDINGS), "names"),',
        ),
        "tests/unit/chartgen/report/expected/findings.names": "schema-enum\noverlay-repeats\nrender-fails\nsome-note\n",
    },
    "a command": {
        "chartgen/cli/charts.py": COMMAND,
        "chartgen/cli/__init__.py": Line("COMMANDS = {", '    "charts": "The names of all charts.",'),
        "tests/cli/transcripts/charts-command.txt": "# the names of all charts\n$ chartgen charts\nweb\n",
        "README.md": Line("|---|---|", "| `chartgen charts` | the names of all charts |"),
    },
}
"""Files that are new, and the line that others get."""
TESTS = {
    "a rule": ["tests/test_rules.py", "-k", "empty or each"],
    "a format": ["tests/unit/chartgen/report"],
    "a command": ["tests/cli/test_transcripts.py", "-k", "charts-command or names"],
}
"""What of the copy's own tests then looks at them."""


def said(what: str) -> set[str]:
    """The files that CONTRIBUTING names for one thing, NAME and ID standing for words."""
    table = (ROOT / "CONTRIBUTING.md").read_text().partition(f"| {what} | |\n")[2].partition("\n\n")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))


def added(text: str, line: Line) -> str:
    before, found, after = text.partition(f"{line.after}\n")
    assert found, f"no line says: {line.after}"
    return f"{before}{found}{line.text}\n{after}"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    left_out = shutil.ignore_patterns("__pycache__")
    for name in (*COPIED, SERVERS):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.parametrize("what", NEW)
def test_the_files_that_a_thing_takes_are_those_that_contributing_names(what: str) -> None:
    patterns = [re.escape(name).replace("NAME", r"[\w-]+").replace("ID", r"[\w-]+") for name in said(what)]
    touched = [name for name in NEW[what] if "/expected/" not in name]
    assert len(patterns) == len(touched)
    assert [name for name in touched if not any(re.fullmatch(pattern, name) for pattern in patterns)] == []


@pytest.mark.parametrize("what", NEW)
def test_one_that_is_added_by_these_files_works_and_is_tested(copy: Path, what: str) -> None:
    for name, new in NEW[what].items():
        (copy / name).write_text(new if isinstance(new, str) else added((copy / name).read_text(), new))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS[what]],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
