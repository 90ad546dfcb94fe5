"""What docs/ shows is what chartgen gives and takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chartgen import pipeline
from chartgen.cli import run
from chartgen.config.model import Environment
from chartgen.config.parsing import parse
from chartgen.helm import sdk
from chartgen.report.formats import Comparisons
from chartgen.report.style import Style
from chartgen.sources.files import open_repository
from tests.reported import reported

ROOT = Path(__file__).parents[1]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / "docs" / page).read_text(), re.MULTILINE | re.DOTALL)


def code(page: str) -> set[str]:
    """The last step of each field that the tables of a page describe."""
    cells = [line.split("|")[1] for line in (ROOT / "docs" / page).read_text().splitlines() if line.startswith("| `")]
    return {re.sub(r".*\.", "", name.replace("[]", "")) for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize(
    ("number", "case", "command"),
    [
        (0, "switch-and-what-it-shapes", ["diff", "from", "to"]),
        (1, "list-replaced-whole", ["validate"]),
    ],
)
def test_the_json_of_the_page_is_what_the_command_writes(
    number: int,
    case: str,
    command: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT / "tests" / "cases" / case)
    run([*command, "-o", "json"])
    assert capsys.readouterr().out == blocks("json.md", "json")[number]


def test_the_page_on_json_describes_each_field_that_it_shows() -> None:
    shown = {name for block in blocks("json.md", "json") for name in re.findall(r'"(\w+)":', block)}
    in_prose = {"version", "comparisons", "findings", "value", "absent", "line", "column", "file", "place"}
    sides = {"environment", "release", "namespace", "group", "kind", "name", "template", "object", "summary"}
    assert shown - in_prose - sides <= code("json.md")


def test_the_example_of_chartgen_yaml_is_read_as_the_page_says() -> None:
    (example,) = blocks("chartgen-yaml.md", "yaml")
    config = parse(example, "chartgen.yaml")
    environments = config.charts["web"].environments
    assert list(environments) == ["stage", "prod", "canary"]
    assert environments["stage"].release == "web"
    assert environments["prod"].kube_version == "1.34"
    assert environments["canary"].track_of == "prod"
    assert [each.reason for each in config.expected] == [
        "production is larger",
        "each environment has its own host",
    ]
    assert [each.key for each in config.public] == ["database.host"]
    assert [each.rule for each in config.waivers] == ["list-drops-items"]


def test_the_page_on_chartgen_yaml_describes_each_key() -> None:
    (example,) = blocks("chartgen-yaml.md", "yaml")
    keys = set(re.findall(r"([\w-]+):(?: |$)", example, re.MULTILINE))
    names = {"charts", "expected", "public", "waivers", "web", "stage", "prod", "canary"}
    assert keys - names == code("chartgen-yaml.md")
    fields = {field for field in Environment._fields if field not in {"name", "marks"}}
    assert len(
        code("chartgen-yaml.md") & {"values", "release", "namespace", "kubeVersion", "context", "track-of"}
    ) == len(fields)


def test_the_sample_in_the_readme_is_what_the_program_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    readme = (ROOT / "README.md").read_text()
    sample = readme.partition("    $ chartgen diff stage prod\n")[2].partition("\n\nProduction has")[0]
    wanted = [line.removeprefix("    ") for line in sample.splitlines() if line.strip() not in {"", "…"}]
    repository = open_repository(ROOT / "chartgen.yaml")
    entry = repository.config.charts["dv-pipecat"]
    before, after = (repository.target(entry, name) for name in ("stage", "prod"))
    found = Comparisons([pipeline.compare(before, after, sdk)])
    printed = iter(reported(found, style=Style(width=100)).splitlines())
    assert [line for line in wanted if line not in printed] == []
