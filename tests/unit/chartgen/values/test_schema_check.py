"""Why a schema refuses the values of an environment: where its explanation ends, and what it must not repeat."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chartgen import pipeline
from chartgen.helm import sdk
from chartgen.sources.files import open_repository
from tests import files

Validate = Callable[[dict[str, str]], list[tuple[str, str, str]]]
SUBCHART = "apiVersion: v2\nname: sub\nversion: 0.1.0\n"


@pytest.fixture
def validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Validate:
    """`validate(files)` of a chart: the rule, the file's name with its line, and the message of each finding."""
    monkeypatch.chdir(tmp_path)

    def validated(more: dict[str, str]) -> list[tuple[str, str, str]]:
        chart = {"Chart.yaml": SUBCHART.replace("sub", "web"), "values.yaml": "a: 1\n", "values-prod.yaml": "a: 2\n"}
        files.write(Path("charts/web"), chart | more)
        repository = open_repository()
        found = pipeline.validate(repository, repository.entries(), (), sdk)
        return [(one.rule, f"{Path(one.where.file).name}:{one.where.line}", one.message) for one in found]

    return validated


def test_a_refusal_by_a_subcharts_schema_repeats_no_value_of_a_key_that_sounds_secret(validate: Validate) -> None:
    subchart = {
        "charts/sub/Chart.yaml": SUBCHART,
        "charts/sub/values.schema.json": '{"properties": {"password": {"pattern": "^x"}, "user": {"pattern": "^x"}}}',
    }
    ((rule, where, message),) = validate(subchart | {"values-prod.yaml": "sub: {password: hunter22}\n"})
    assert (rule, message) == ("schema-refused", "a schema refuses what stands at /password")
    assert where == "values.schema.json:0"
    assert Path("charts/web/charts/sub/values.schema.json").exists()
    ((_, _, message),) = validate(subchart | {"values-prod.yaml": "sub: {user: alice}\n"})
    assert message == "sub: - at '/user': 'alice' does not match pattern '^x'"


def test_a_value_of_a_file_whose_lines_cannot_be_read_is_explained_at_the_file(validate: Validate) -> None:
    broken = {"values-prod.yaml": "a: 2\n...\n[\n", "values.schema.json": '{"properties": {"a": {"maximum": 1}}}'}
    assert [(rule, where) for rule, where, _ in validate(broken)] == [
        ("schema-maximum", "values-prod.yaml:0"),
        ("values-unreadable", "values-prod.yaml:3"),
    ]


@pytest.mark.parametrize("dialect", ["5", "[]", "{}", "null"])
def test_a_dialect_that_is_no_text_makes_it_no_schema(validate: Validate, dialect: str) -> None:
    ((rule, _, message),) = validate({"values.schema.json": f'{{"$schema": {dialect}, "required": ["x"]}}'})
    assert (rule, message.startswith("not a JSON schema: ")) == ("schema-invalid", True)
