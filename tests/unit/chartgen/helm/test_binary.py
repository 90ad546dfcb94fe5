"""Helm as a program: what is asked of it, and what becomes of its answers. What it renders is in test_engine.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from chartgen.errors import ChartError, ConfigError, EngineError, RenderError, ValuesError
from chartgen.helm import binary
from chartgen.model import Mark, Override, Target
from chartgen.report.style import hinted
from tests.unit.chartgen.places import where

CHART = "apiVersion: v2\nname: web\nversion: 0.1.0\n"


@pytest.fixture(autouse=True)
def program(helm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_BIN", str(helm))


def chart(folder: Path, template: str = "", metadata: str = CHART) -> Path:
    (folder / "templates").mkdir()
    (folder / "Chart.yaml").write_text(metadata)
    (folder / "values.yaml").write_text("a: {b: 1, c: 2}\n")
    (folder / "templates" / "a.yaml").write_text(template)
    return folder


def target(folder: Path, release: str = "web") -> Target:
    return Target("web", folder, "prod", release, "default", (), marks={"release": Mark("chartgen.yaml", 4, 5)})


def render(folder: Path, template: str) -> object:
    return binary.open_chart(target(chart(folder, template))).render(target(folder), {})


def test_without_a_helm_it_says_where_one_would_be_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HELM_BIN", "no-such-helm")
    with pytest.raises(EngineError, match="no `no-such-helm` on the PATH") as refused:
        binary.open_chart(target(chart(tmp_path)))
    assert refused.value.hint == "install Helm 3.14 or newer, or set HELM_BIN to it"


@pytest.mark.parametrize(
    ("template", "message", "place"),
    [
        ('{{ fail "no port" }}', "no port", "web/templates/a.yaml:1:3"),
        ("kind: [", "it prints what is not YAML: line 1: did not find expected node content", "web/templates/a.yaml"),
        ("text", "it prints a document that is no Kubernetes object", "web/templates/a.yaml"),
        ("{{ nosuch }}", 'function "nosuch" not defined', "web/templates/a.yaml:1"),
    ],
)
def test_a_render_that_fails_says_so_as_in_this_process(
    tmp_path: Path, template: str, message: str, place: str
) -> None:
    with pytest.raises(RenderError) as failed:
        render(tmp_path, template)
    assert (failed.value.message, where(failed)) == (message, place)


def test_all_that_helm_said_is_kept_for_debug(tmp_path: Path) -> None:
    with pytest.raises(RenderError) as failed:
        render(tmp_path, '{{ fail "no port" }}')
    assert "execution error at (web/templates/a.yaml:1:3): no port" in str(failed.value.__cause__.__notes__)  # type: ignore[union-attr]


def test_a_render_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    opened = binary.open_chart(target(chart(tmp_path)), seconds=0.001)
    with pytest.raises(RenderError, match=r"Helm has not rendered it within 0\.001 s"):
        opened.render(target(tmp_path), {})


def test_a_release_that_cannot_be_called_so_is_refused_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`Not A Name` cannot be the name of a release") as refused:
        binary.open_chart(target(chart(tmp_path))).render(target(tmp_path, "Not A Name"), {})
    assert where(refused) == "chartgen.yaml:4:5"


def test_a_missing_dependency_is_named_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    wanted = "dependencies: [{name: sub, version: 1.0.0, repository: 'https://charts.example.com'}]\n"
    with pytest.raises(ChartError, match=r"missing in charts/: sub") as refused:
        binary.open_chart(target(chart(tmp_path, metadata=CHART + wanted)))
    assert hinted(refused.value.hint, refused.value.where) == f"run: helm dependency build {tmp_path}"


@pytest.mark.parametrize("metadata", ["name: [web\n", "name: web\n"])
def test_what_is_no_chart_is_refused(tmp_path: Path, metadata: str) -> None:
    with pytest.raises(ChartError):
        binary.open_chart(target(chart(tmp_path, metadata=metadata)))


def test_values_are_coalesced_with_the_charts_own_and_a_null_deletes(tmp_path: Path) -> None:
    opened = binary.open_chart(target(chart(tmp_path)))
    assert opened.coalesce({"a": {"b": None}, "d": 3}) == {"a": {"c": 2}, "d": 3}


def test_helms_words_on_what_the_schema_refuses(tmp_path: Path) -> None:
    (chart(tmp_path) / "values.schema.json").write_text('{"required": ["port"]}')
    opened = binary.open_chart(target(tmp_path))
    assert opened.check({}) == "web:\n- at '': missing property 'port'"
    assert opened.check({"port": 1}) == ""
    assert opened.render(target(tmp_path), {}) == {}


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("a: [", "not YAML: did not find expected node content", "f.yaml:1"),
        ("- a", "a values file is a mapping of keys and values; this one is not", "f.yaml"),
    ],
)
def test_what_is_no_values_file_is_refused_as_in_this_process(text: str, message: str, place: str) -> None:
    with pytest.raises(ValuesError) as refused:
        binary.read_values(text, "f.yaml")
    assert (refused.value.message, where(refused)) == (message, place)


def test_an_override_is_read_as_helm_reads_it() -> None:
    assert binary.read_override(Override("--set", "a.b=1,c={x,y}")) == {"a": {"b": 1}, "c": ["x", "y"]}
    with pytest.raises(ValuesError) as refused:
        binary.read_override(Override("--set", "a"))
    assert where(refused) == "--set a"
