"""Where what a template prints is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from chartgen.model import Mark
from chartgen.sources.templates import file_of, place

TEXT = """\
# kind: Service
apiVersion: v1
kind: Service
spec:
  # port: 80
  ports: [{name: http, port: 80}, {name: http-metrics}] {{/* name: http */}}
---
  - "kind": Pod # one
kind: Job
kind: Job
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A chart whose folder is not called as the chart is."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.yaml").write_text(TEXT)
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "text", "line", "column"),
    [
        ("Service", "", 3, 1),
        ("Pod", "", 8, 3),
        ("Job", "", 0, 0),
        ("Secret", "", 0, 0),
        ("", "", 0, 0),
        ("Service", "port: 80", 6, 3),
        ("Service", "name: http", 6, 3),
        ("Service", "metrics", 3, 1),
        ("Pod", "port: 80", 8, 3),
        ("Pod", "of its own", 8, 3),
        ("Service", "port: 8", 3, 1),
        ("Service", "ort: 80", 3, 1),
        ("Service", "kind", 3, 1),
        ("Service", "nothing", 3, 1),
    ],
)
def test_a_line_is_told_where_it_is_the_only_one(chart: Path, kind: str, text: str, line: int, column: int) -> None:
    assert place(chart, "web/templates/a.yaml", kind, text) == Mark(chart / "templates" / "a.yaml", line, column)


def test_a_template_of_a_packed_subchart_keeps_helms_name(chart: Path) -> None:
    assert file_of(chart, "web/charts/sub/templates/a.yaml") is None
    assert place(chart, "web/charts/sub/templates/a.yaml", "Service") == Mark("web/charts/sub/templates/a.yaml")


def test_a_template_of_a_subchart_that_is_a_folder_is_its_file(chart: Path) -> None:
    (chart / "charts" / "sub" / "templates").mkdir(parents=True)
    (chart / "charts" / "sub" / "Chart.yaml").write_text("name: sub\n")
    file = chart / "charts" / "sub" / "templates" / "a.yaml"
    file.write_text("kind: Pod\n")
    assert place(chart, "web/charts/sub/templates/a.yaml", "Pod") == Mark(file, 1, 1)


def test_a_file_that_has_changed_is_read_anew(chart: Path) -> None:
    file = chart / "templates" / "a.yaml"
    assert place(chart, "web/templates/a.yaml", "Service").line == 3
    file.write_text("\n\n\nkind: Service\n")
    assert place(chart, "web/templates/a.yaml", "Service").line == 4


@pytest.mark.parametrize("name", ["sub", "other"])
def test_a_subchart_is_found_by_its_name_or_alias_whatever_its_folder_is_called(chart: Path, name: str) -> None:
    (chart / "charts" / "sub-1" / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("name: web\ndependencies: [{name: sub, alias: other}, 3]\n")
    (chart / "charts" / "sub-1" / "Chart.yaml").write_text("name: sub\n")
    file = chart / "charts" / "sub-1" / "templates" / "a.yaml"
    file.write_text("kind: Pod\n")
    assert file_of(chart, f"web/charts/{name}/templates/a.yaml") == file


@pytest.mark.parametrize("metadata", ["[", "3", "\x00"])
def test_a_chart_whose_metadata_cannot_be_read_has_no_subcharts(chart: Path, metadata: str) -> None:
    (chart / "charts" / "sub").mkdir(parents=True)
    for folder in (chart, chart / "charts" / "sub"):
        (folder / "Chart.yaml").write_text(metadata)
    assert file_of(chart, "web/charts/sub/templates/a.yaml") is None
