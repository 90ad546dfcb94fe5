"""What docs/ shows is what chartgen gives and takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from chartgen import pipeline
from chartgen.cli import run
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
    assert (environments["prod"].deadline, environments["canary"].smoke_test) == (45 * 60, False)
    assert environments["canary"].track_of == "prod"
    assert config.charts["web"].image.digest == "image.digest"
    secrets = config.charts["web"].secrets
    assert (secrets["web-secrets"].rotation_days, secrets["web-account"].whole) == (30, "creds.json")
    sources = [source for secret in secrets.values() for source in secret.sources.values()]
    assert {source.kind for source in sources} == {"variable", "pulumi", "stdin"}
    assert [each.reason for each in config.expected] == [
        "production is larger",
        "each environment has its own host",
    ]
    assert [each.key for each in config.public] == ["database.host"]
    assert [each.rule for each in config.waivers] == ["list-drops-items"]


def test_the_page_on_chartgen_yaml_describes_each_key_and_its_example_has_it() -> None:
    schema = (ROOT / "chartgen" / "chartgen.schema.json").read_text()
    known = {key for part in mappings(json.loads(schema)) for key in part.get("properties", ())}
    (example,) = blocks("chartgen-yaml.md", "yaml")
    assert known <= {key for part in mappings(yaml.safe_load(example)) for key in part}
    sections = re.findall(r"^## (\w+)$", (ROOT / "docs" / "chartgen-yaml.md").read_text(), re.MULTILINE)
    assert {*sections, *code("chartgen-yaml.md")} == known


def test_what_has_to_be_set_for_gong_webhook_is_named_in_its_readme_and_set_nowhere() -> None:
    config = (ROOT / "chartgen.yaml").read_text()
    to_set = re.findall(r"^ *# context: (SET-ME_\S+)$", config, re.MULTILINE)
    assert (len(to_set), len(set(to_set))) == (3, 2)
    readme = (ROOT / "charts" / "gong-webhook" / "README.md").read_text()
    assert [name for name in to_set if name not in readme] == []
    environments = parse(config, "chartgen.yaml").charts["gong-webhook"].environments
    assert {each.context for each in environments.values()} == {""}


def mappings(tree: Any) -> Iterator[dict[str, Any]]:
    """Those of a tree, at any depth."""
    if isinstance(tree, dict):
        yield tree
    if isinstance(tree, dict | list):
        for part in tree.values() if isinstance(tree, dict) else tree:
            yield from mappings(part)


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
