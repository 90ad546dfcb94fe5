"""Each file in rules/ is one kind of finding: a fault that is one, and beside it the same without the fault.

After a comment, `fault:` holds what `chartgen validate` prints and the files that make it so; `clean:` the files that
have no finding. What is the same in both follows as `both:`. All lie on top of the small repository in base.txt. To
write what is printed again: UPDATE_RULES=1 pytest tests/test_rules.py
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from chartgen import pipeline
from chartgen.helm import sdk
from chartgen.model import Finding
from chartgen.report.formats import Findings
from chartgen.rules.registry import RULES
from chartgen.sources.files import open_repository
from tests import files
from tests.archives import BASE, FILE, files_of
from tests.reported import reported

FILES = sorted((Path(__file__).parent / "rules").glob("*.txt"))
each_rule = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


class Planted(NamedTuple):
    """The parts of a file in rules/, and what stands before each of them."""

    before_fault: str
    fault: str
    clean: str
    both: str


def planted(file: Path) -> Planted:
    text = file.read_text()
    head, fault, rest = re.split(r"^(?:fault|clean):\n", text, flags=re.MULTILINE)
    clean, _, both = rest.partition("both:\n")
    return Planted(f"{head}fault:\n", fault, clean, both)


def found(*archives: str) -> list[Finding]:
    """What `chartgen validate` finds in a repository of these files, in the current folder."""
    files.write(Path(), BASE)
    for archive in archives:
        files.write(Path(), files_of(archive))
    repository = open_repository()
    return pipeline.validate(repository, repository.entries(), (), sdk)


def printed(findings: Sequence[Finding]) -> str:
    return reported(Findings(findings))


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@each_rule
def test_a_planted_fault_is_found_and_it_alone(file: Path) -> None:
    parts = planted(file)
    findings = found(parts.both, parts.fault)
    said, *_ = FILE.split(parts.fault, maxsplit=1)
    if os.environ.get("UPDATE_RULES"):
        text = file.read_text()
        file.write_text(text.replace(parts.before_fault + said, parts.before_fault + printed(findings), 1))
    assert {(each.rule, each.severity) for each in findings} == {(file.stem, RULES[file.stem].severity)}
    assert printed(findings) == said
    assert [each.where for each in findings if not Path(each.where.file).exists()] == []


@each_rule
def test_without_the_fault_nothing_is_found(file: Path) -> None:
    parts = planted(file)
    assert printed(found(parts.both, parts.clean)) == ""


def test_there_is_a_fault_for_each_kind_of_finding() -> None:
    assert {file.stem for file in FILES} == set(RULES)


def test_the_page_of_rules_has_a_section_for_each_and_names_no_other() -> None:
    page = (Path(__file__).parents[1] / "docs" / "rules.md").read_text()
    headings = re.findall(r"^### (.*)$", page, re.MULTILINE)
    named = [name for heading in headings for name in re.findall(r"`([^`]+)`", heading)]
    assert sorted(named) == sorted(RULES)
    assert headings == [", ".join(f"`{name}`" for name in re.findall(r"`([^`]+)`", heading)) for heading in headings]
    in_prose = re.findall(r"`((?:schema|waiver|values)-[a-z]\w*(?:-\w+)*)`", page) + re.findall(
        r"\[([a-z-]+)\]$", page, re.MULTILINE
    )
    assert set(in_prose) <= set(RULES)
