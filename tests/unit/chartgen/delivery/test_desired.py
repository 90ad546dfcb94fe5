"""Which Secrets are to be applied, from where, and that all which is wrong is said at once."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from chartgen.config.parsing import parse
from chartgen.delivery.desired import MAX_FAULTS, Wanted, given_sources, read, wanted
from chartgen.delivery.origins import Origins
from chartgen.delivery.withheld import Withheld
from chartgen.errors import SourceError, UsageError
from chartgen.report.errors import lines
from chartgen.sources.files import Repository, open_repository

CONFIG = """
charts:
  web:
    path: charts/web
    environments:
      stage: {}
      prod: {}
      canary: {track-of: prod, release: canary}
    secrets:
      app: {from: {prod: "variable:PROD_APP"}, required: [KEY]}
      creds: {from: {prod: "variable:PROD_CREDS", canary: "pulumi:an-org/default/canary"}, whole: creds.json}
  plain: {path: charts/plain, environments: {prod: {}, dev: {}}}
  other: {path: charts/other, environments: {prod: {}}, secrets: {more: {from: {prod: stdin}}}}
"""
REPOSITORY = Repository(Path(), parse(CONFIG, "chartgen.yaml"))


def sources(environment: str, *given: str, charts: tuple[str, ...] = ("web",)) -> dict[str, str]:
    found = wanted(REPOSITORY, REPOSITORY.entries(charts), environment, given_sources(given))
    return {f"{each.target.environment} {each.entry.name}": str(each.source) for each in found}


def refusal(environment: str, *given: str, charts: tuple[str, ...] = ("web",)) -> str:
    with pytest.raises(UsageError) as caught:
        sources(environment, *given, charts=charts)
    return "\n".join(lines(caught.value))


def test_sources_are_those_of_the_environment() -> None:
    assert sources("prod") == {"prod app": "variable:PROD_APP", "prod creds": "variable:PROD_CREDS"}


def test_a_canary_has_those_of_what_it_runs_beside_but_for_its_own() -> None:
    assert sources("canary") == {"canary app": "variable:PROD_APP", "canary creds": "pulumi:an-org/default/canary"}


def test_the_command_line_comes_first() -> None:
    found = sources("prod", "app=stdin")
    assert found == {"prod app": "stdin", "prod creds": "variable:PROD_CREDS"}
    assert sources("stage", "app=stdin", "creds=variable:A") == {"stage app": "stdin", "stage creds": "variable:A"}


def test_all_charts_that_declare_some_are_meant_and_the_rest_is_passed_over() -> None:
    assert list(sources("prod", charts=())) == ["prod app", "prod creds", "prod more"]


def test_what_has_no_source_says_how_to_name_one() -> None:
    said = refusal("stage")
    assert "web stage: it is not said where app comes from" in said
    assert "--from app=SOURCE" in said
    assert "chartgen.yaml:10:12" in said


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["ap=stdin"], "did you mean `app`?"),
        (["app"], "no source of secrets"),
        (["app=very-secret"], "no source of secrets"),
        (['app={"KEY": "very-secret"}'], "no source of secrets"),
        (["very-secret"], "no source of secrets"),
        (["very-secret=stdin"], "declares no Secret of the name"),
        (["app=pulumi:--help/a"], "no source of secrets"),
        (["app=stdin", "app=variable:A"], "names a Secret twice"),
        (["app=stdin", "creds=stdin"], "holds the values of one Secret"),
    ],
)
def test_a_command_line_that_names_no_source_is_refused_without_repeating_it(given: list[str], words: str) -> None:
    said = refusal("prod", *given)
    assert words in said
    assert "very-secret" not in said


def test_one_of_several_can_be_chosen_and_the_others_need_no_source() -> None:
    found = wanted(REPOSITORY, REPOSITORY.entries(["web"]), "stage", given_sources(["app=stdin"]), ["app"])
    assert [str(each.source) for each in found] == ["stdin"]
    with pytest.raises(UsageError, match="no Secret is called `ap`") as caught:
        wanted(REPOSITORY, REPOSITORY.entries(["web"]), "stage", {}, ["ap"])
    assert caught.value.hint == "did you mean `app`?"


def test_a_secret_of_two_charts_in_one_place_is_refused(tmp_path: Path) -> None:
    charts = [
        f"{name}: {{path: web, secrets: {{app: {{from: {{prod: stdin}}}}}}, environments: {{prod: {{}}}}}}"
        for name in "ab"
    ]
    (tmp_path / "chartgen.yaml").write_text(f"charts: {{{', '.join(charts)}}}")
    repository = open_repository(tmp_path / "chartgen.yaml")
    with pytest.raises(UsageError, match="app in namespace default is declared by two charts"):
        wanted(repository, repository.entries(), "prod", {})


def test_the_command_line_speaks_of_one_chart() -> None:
    assert "--from is meant for one chart" in refusal("prod", "app=stdin", charts=())


@pytest.mark.parametrize(("environment", "chart"), [("prod", "plain"), ("dev", "plain"), ("stage", "other")])
def test_without_a_declared_secret_there_is_nothing_to_apply(environment: str, chart: str) -> None:
    assert f"no chart that has `{environment}` declares Secrets" in refusal(environment, charts=(chart,))


def both() -> list[Wanted]:
    return wanted(REPOSITORY, REPOSITORY.entries(["web"]), "prod", given_sources(["creds=stdin"]))


def test_the_values_are_there_and_show_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROD_APP", '{"KEY": "very-secret"}')
    withheld = Withheld()
    withheld.take(each.source for each in both())
    found = read(both(), Origins(withheld, io.BytesIO(b'{"a": "very-secret"}')))
    assert [each.data for each in found] == [{"KEY": "very-secret"}, {"creds.json": '{"a": "very-secret"}'}]
    assert "very-secret" not in f"{found}"


def test_the_faults_of_all_secrets_are_one_error() -> None:
    with pytest.raises(SourceError) as caught:
        read(both(), Origins(Withheld(), io.BytesIO(b'["very-secret"]')))
    assert str(caught.value).splitlines() == [
        "these values cannot be stored, and nothing is written",
        "  app, from variable:PROD_APP:",
        "    it is not set",
        "  creds, from stdin:",
        "    it is a list, not a JSON object",
    ]


def test_of_very_many_faults_the_first_are_told() -> None:
    text = "{" + ", ".join(f'"K{number}": ""' for number in range(100)) + ', "KEY": "a"}'
    some = wanted(REPOSITORY, REPOSITORY.entries(["web"]), "prod", given_sources(["app=stdin"]))[:1]
    with pytest.raises(SourceError) as caught:
        read(some, Origins(Withheld(), io.BytesIO(text.encode())))
    assert len(str(caught.value).splitlines()) == 2 + MAX_FAULTS + 1
    assert str(caught.value).endswith("and 80 more")
