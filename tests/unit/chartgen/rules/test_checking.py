"""What is told of a chart whose environments are asked about, and where."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from chartgen.errors import ChartError, RenderError, ValuesRefusedError
from chartgen.helm.engine import Chart
from chartgen.model import Finding, Mark, Severity, Target, Texts, Values
from chartgen.rules.checking import Environments, as_finding, check, merged
from chartgen.values.layers import Layer
from chartgen.values.snapshot import Snapshot

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports:
    - {name: a, port: 80, targetPort: htpp}
    - port: 81
      targetPort: {{ .Values.port }}
"""
PRINTED = SERVICE.replace("{{ .Values.port }}", "grcp")
POD = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"app": "web"}}})


class Printing:
    """A chart that prints what it is given, or fails so."""

    def __init__(self, texts: Texts | Exception) -> None:
        self.texts = texts

    def template(self, _: Target, __: Values) -> Texts:
        if isinstance(self.texts, Exception):
            raise self.texts
        return self.texts

    render = template

    @staticmethod
    def coalesce(values: Values) -> Values:
        return values


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "service.yaml").write_text(SERVICE)
    return tmp_path


def snapshot(folder: Path, environment: str, texts: Texts | Exception, *layers: Layer) -> Snapshot:
    target = Target("charts/web", folder, environment, "web", "default", ())
    own = Layer("values.yaml", {"env": [{"name": "A"}]}, "env: [{name: A}]\n")
    return Snapshot(target, cast("Chart", Printing(texts)), [own, *layers])


def checked(folder: Path, snapshots: Sequence[Snapshot], *chosen: str, unused: Sequence[Path] = ()) -> list[Finding]:
    return check(Environments("charts/web", folder, snapshots, frozenset(chosen), unused)).findings


def layer(name: str, values: dict[str, Any], text: str) -> Layer:
    return Layer(name, values, text)


def prod(text: str = "a: 1\na: 2\n") -> Layer:
    return layer("prod.yaml", {"a": 2}, text)


def stage(text: str = "b: 1\nb: 2\n") -> Layer:
    return layer("stage.yaml", {"b": 2}, text)


def places(findings: Sequence[Finding]) -> list[tuple[str, str, int]]:
    return [(each.rule, Path(each.where.file).name, each.where.line) for each in findings]


def test_files_that_only_other_environments_use_are_left_out(folder: Path) -> None:
    both = [snapshot(folder, "prod", {}, prod()), snapshot(folder, "stage", {}, stage())]
    assert places(checked(folder, both, "prod")) == [("duplicate-key", "prod.yaml", 2)]
    assert len(checked(folder, both, "prod", "stage")) == 2


def test_a_file_that_an_environment_asked_about_shares_is_kept(folder: Path) -> None:
    both = [snapshot(folder, "prod", {}, prod()), snapshot(folder, "stage", {}, prod(), stage("b: 2\n"))]
    assert places(checked(folder, both, "stage")) == [("duplicate-key", "prod.yaml", 2)]


def test_whether_a_line_repeats_depends_on_all_environments_that_use_its_file(folder: Path) -> None:
    shared = layer("shared.yaml", {"a": 2}, "a: 2\n")
    both = [snapshot(folder, "prod", {}, prod("a: 2\n"), shared), snapshot(folder, "stage", {}, shared)]
    assert checked(folder, both, "prod") == []


def test_findings_outside_values_files_are_kept(folder: Path) -> None:
    unused = folder / "values-old.yaml"
    (folder / "values.schema.json").write_text('{"$ref": "https://example.com/a.json"}')
    found = checked(folder, [snapshot(folder, "prod", {}, prod("a: 2\n"))], "prod", unused=[unused])
    assert [(each.rule, each.where.file) for each in found] == [
        ("schema-remote", folder / "values.schema.json"),
        ("unused-values-file", unused),
    ]
    assert found[1].subject == "charts/web/values-old.yaml"


def test_a_values_key_has_a_line_and_a_file_whose_positions_cannot_be_read_is_told_as_a_whole(folder: Path) -> None:
    (found,) = checked(
        folder, [snapshot(folder, "prod", {}, layer("p.yaml", {"env": [1]}, "x: 1\nenv: [1]\n"))], "prod"
    )
    assert (found.rule, found.where) == ("list-drops-items", Mark("p.yaml", 2, 1))
    unreadable = layer("p.yaml", {"env": [1]}, "env: [1]\n...\nrest: 1\n")
    found, dropped = checked(folder, [snapshot(folder, "prod", {}, unreadable)], "prod")
    assert (found.rule, found.where, found.environments) == ("values-unreadable", Mark("p.yaml", 3, 1), ())
    assert (dropped.rule, dropped.where) == ("list-drops-items", Mark("p.yaml"))


def test_an_object_stands_in_its_template_at_the_text_or_else_at_its_kind(folder: Path) -> None:
    texts = {"web/templates/service.yaml": PRINTED, "web/templates/pod.yaml": POD}
    found = checked(folder, [snapshot(folder, "prod", texts)], "prod")
    assert places(found) == [("service-port-unknown", "service.yaml", 7), ("service-port-unknown", "service.yaml", 2)]
    assert [each.environments for each in found] == [("prod",), ("prod",)]
    elsewhere = {"web/charts/sub/templates/service.yaml": PRINTED, "web/templates/pod.yaml": POD}
    assert {each.where for each in checked(folder, [snapshot(folder, "prod", elsewhere)], "prod")} == {
        Mark("web/charts/sub/templates/service.yaml")
    }


def test_an_environment_that_does_not_render_is_a_finding_and_its_values_are_looked_at(folder: Path) -> None:
    fails = RenderError("no host", where=Mark("web/templates/service.yaml", 3))
    snapshots = [snapshot(folder, "prod", fails, prod()), snapshot(folder, "stage", {})]
    found = check(Environments("charts/web", folder, snapshots, frozenset({"prod", "stage"}), ()))
    assert places(found.findings) == [("render-fails", "service.yaml", 3), ("duplicate-key", "prod.yaml", 2)]
    assert found.findings[0].where == Mark(folder / "templates" / "service.yaml", 3, 1)
    assert found.findings[0].environments == ("prod",)
    assert [each.target.environment for each in found.rendered] == ["stage"]


def test_values_that_are_refused_are_findings_of_their_environment(folder: Path) -> None:
    (found,) = checked(folder, [snapshot(folder, "prod", ValuesRefusedError("sub: no"))], "prod")
    assert (found.rule, found.message, found.environments) == ("schema-refused", "sub: no", ("prod",))


def test_an_error_is_the_finding_of_its_kind(tmp_path: Path) -> None:
    found = as_finding(ChartError("no chart here", where=Mark(tmp_path), hint="look"), "charts/web")
    assert (found.rule, found.subject, found.where) == ("chart-unusable", "charts/web", Mark(tmp_path))
    assert (found.severity, found.message, found.hint) == (Severity.ERROR, "no chart here", "look")
    assert as_finding(RenderError("no"), "charts/web", "prod", directory=tmp_path).where == Mark(tmp_path)


def test_one_finding_of_several_environments_names_them_in_order_and_findings_stand_by_place() -> None:
    def of(line: int, *environments: str) -> Finding:
        return Finding("render-fails", Severity.ERROR, "a", Mark("a.yaml", line, 1), "no", "", environments)

    assert merged([of(9, "prod"), of(2, "stage"), of(2, "prod"), of(2, "stage")]) == [
        of(2, "stage", "prod"),
        of(9, "prod"),
    ]
