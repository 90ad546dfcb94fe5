"""Helm in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from chartgen.errors import ChartError, EngineError, RenderError, ValuesError
from chartgen.helm import sdk
from chartgen.model import Override, Target, Tree
from chartgen.report.style import hinted
from tests.unit.chartgen.places import where

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  v: "


def chart(folder: Path, value: str = "{{ .Values.a }}", **files: str) -> Path:
    path = folder / "web"
    (path / "templates").mkdir(parents=True)
    (path / "Chart.yaml").write_text(files.get("chart", "apiVersion: v2\nname: web\nversion: 0.0.0\n"))
    (path / "values.yaml").write_text(files.get("values", "a: 1\nb: {c: 2}\n"))
    (path / "templates" / "a.yaml").write_text(f"{CONFIG_MAP}{value}\n")
    if "schema" in files:
        (path / "values.schema.json").write_text(files["schema"])
    return path


def target(path: Path, *overrides: Override, kube_version: str = "", api_versions: tuple[str, ...] = ()) -> Target:
    return Target(
        "charts/web",
        path,
        "prod",
        "shop",
        "front",
        (),
        kube_version=kube_version,
        api_versions=api_versions,
        overrides=overrides,
    )


def rendered(path: Path, values: dict[str, Tree] | None = None) -> str:
    one = target(path)
    return sdk.open_chart(one).render(one, values or {})["web/templates/a.yaml"]


def test_a_template_sees_values_release_and_namespace(tmp_path: Path) -> None:
    path = chart(tmp_path, "{{ .Values.a }} {{ .Release.Name }} {{ .Release.Namespace }}")
    assert rendered(path, {"a": 5}) == f"{CONFIG_MAP}5 shop front\n"


def test_notes_and_partials_are_left_out(tmp_path: Path) -> None:
    path = chart(tmp_path)
    (path / "templates" / "NOTES.txt").write_text("hello")
    (path / "templates" / "_helpers.tpl").write_text('{{ define "x" }}{{ end }}')
    one = target(path)
    assert set(sdk.open_chart(one).render(one, {})) == {"web/templates/a.yaml"}


def test_values_are_coalesced_with_the_charts_own_and_a_null_deletes(tmp_path: Path) -> None:
    found = sdk.open_chart(target(chart(tmp_path)))
    assert found.coalesce({"a": None, "b": {"d": 3}}) == {"b": {"c": 2, "d": 3}}


def test_helms_words_on_what_the_schema_refuses(tmp_path: Path) -> None:
    found = sdk.open_chart(target(chart(tmp_path, schema='{"properties": {"a": {"type": "integer"}}}')))
    assert found.check({"a": 2}) == ""
    assert "got string, want integer" in found.check({"a": "x"})


def test_a_render_does_not_ask_the_schema(tmp_path: Path) -> None:
    path = chart(tmp_path, schema='{"properties": {"a": {"type": "integer"}}}')
    assert rendered(path, {"a": "x"}).endswith("v: x\n")


def test_a_template_that_fails_is_an_error_with_its_place(tmp_path: Path) -> None:
    path = chart(tmp_path, '{{ fail "no port" }}')
    with pytest.raises(RenderError, match="no port") as refused:
        rendered(path)
    assert where(refused).startswith("web/templates/a.yaml:5")


def test_a_template_that_includes_itself_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = chart(tmp_path, '{{ include "x" . }}')
    (path / "templates" / "_helpers.tpl").write_text('{{ define "x" }}{{ include "x" . }}{{ end }}')
    with pytest.raises(RenderError, match="a template includes itself"):
        rendered(path)


def test_a_folder_without_a_chart_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChartError, match=r"no chart here: Chart\.yaml is missing") as refused:
        sdk.open_chart(target(tmp_path))
    assert where(refused) == str(tmp_path)


def test_what_is_no_chart_is_refused_in_helms_words(tmp_path: Path) -> None:
    path = chart(tmp_path, chart="apiVersion: v2\nname: web\n")
    with pytest.raises(ChartError, match=r"not a chart that Helm can load: .*version"):
        sdk.open_chart(target(path))


def test_a_dependency_that_is_missing_is_named_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    declared = "apiVersion: v2\nname: web\nversion: 0.0.0\ndependencies: [{name: redis, version: 1.0.0, repository: 'file://../redis'}]\n"
    path = chart(tmp_path, chart=declared)
    with pytest.raises(ChartError, match="missing in charts/: redis") as refused:
        sdk.open_chart(target(path))
    assert hinted(refused.value.hint, refused.value.where) == f"run: helm dependency build {path}"


def test_a_disabled_dependency_can_be_enabled_again(tmp_path: Path) -> None:
    declared = (
        "apiVersion: v2\nname: web\nversion: 0.0.0\ndependencies: [{name: sub, version: 0.0.0, condition: sub.on}]\n"
    )
    path = chart(tmp_path, chart=declared)
    below = chart(path / "charts", "{{ .Values.a }}", chart="apiVersion: v2\nname: sub\nversion: 0.0.0\n")
    below.rename(path / "charts" / "sub")
    one = target(path)
    found = sdk.open_chart(one)
    sizes = [len(found.render(one, {"sub": {"on": on}})) for on in (True, False, True)]
    assert sizes == [2, 1, 2]


@pytest.mark.parametrize("wanted", [{"kube_version": "1.30"}, {"api_versions": ("v9",)}])
def test_kubernetes_versions_need_the_binary_only_if_a_template_reads_them(
    tmp_path: Path, wanted: dict[str, str]
) -> None:
    reads = target(chart(tmp_path / "a", "{{ .Capabilities.KubeVersion }}"), **wanted)  # type: ignore[arg-type]
    with pytest.raises(EngineError, match=r"its templates read \.Capabilities") as refused:
        sdk.open_chart(reads)
    assert refused.value.hint == "use --engine binary, with `helm` on the PATH"
    sdk.open_chart(target(chart(tmp_path / "b"), **wanted))  # type: ignore[arg-type]


@pytest.mark.parametrize("argument", ["a=1000000", "a.b=-2000000", "a={1,1000000}"])
def test_a_large_number_on_the_command_line_needs_the_binary(tmp_path: Path, argument: str) -> None:
    path = chart(tmp_path)
    with pytest.raises(EngineError, match=r"1e\+06"):
        sdk.open_chart(target(path, Override("--set", argument)))
    sdk.open_chart(target(path, Override("--set-string", argument)))
    sdk.open_chart(target(path, Override("--set", "a=999999")))


def test_values_are_read_as_helm_reads_them() -> None:
    assert sdk.read_values("a: 1e3\nb: 12:30\nc: on\nd: ~\n", "v.yaml") == {
        "a": 1000,
        "b": "12:30",
        "c": True,
        "d": None,
    }
    assert sdk.read_values("", "v.yaml") == {}


@pytest.mark.parametrize(
    ("text", "message", "place", "hint"),
    [
        ("a: 1\nb\n", "not YAML: could not find expected ':'", "v.yaml:3", ""),
        (
            "a:\n\t- 1\n",
            "not YAML: found character that cannot start any token",
            "v.yaml:2",
            "indent with spaces: YAML refuses tabs",
        ),
        ("- a\n", "a values file is a mapping of keys and values; this one is not", "v.yaml", "write `key: value`"),
        ("a: *b\n", "not YAML: unknown anchor … referenced", "v.yaml", ""),
    ],
)
def test_what_is_no_values_file_is_refused_with_its_place(text: str, message: str, place: str, hint: str) -> None:
    with pytest.raises(ValuesError) as refused:
        sdk.read_values(text, "v.yaml")
    assert (refused.value.message, where(refused), refused.value.hint) == (message, place, hint)


@pytest.mark.parametrize(
    ("option", "argument", "expected"),
    [
        ("--set", "a.b=1,c=x", {"a": {"b": 1}, "c": "x"}),
        ("--set", "a=null", {"a": None}),
        ("--set-string", "a=1", {"a": "1"}),
    ],
)
def test_an_override_is_read_as_helm_reads_it(option: str, argument: str, expected: Tree) -> None:
    assert sdk.read_override(Override(option, argument)) == expected


def test_an_override_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello\n")
    assert sdk.read_override(Override("--set-file", f"a={tmp_path / 'text'}")) == {"a": "hello\n"}


@pytest.mark.parametrize(("option", "argument"), [("--set", "a"), ("--set-file", "a=/does/not/exist")])
def test_an_override_that_means_nothing_is_refused_without_its_value(option: str, argument: str) -> None:
    with pytest.raises(ValuesError) as refused:
        sdk.read_override(Override(option, argument))
    assert where(refused) == f"{option} a{'=…' if '=' in argument else ''}"
