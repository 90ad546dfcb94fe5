"""Copies of charts: without schemas and at another time, in packed subcharts too; and archives that mean harm."""

from __future__ import annotations

import gzip
import os
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from chartgen.errors import RenderError, ValuesRefusedError
from chartgen.helm import binary, copies, sdk
from chartgen.helm.engine import Engine
from chartgen.model import Target, Texts
from tests import files
from tests.packing import LINKS, linking, packed, sparse

from .awkward import CHART, shows

SCHEMA = '{"required": ["must"]}'
NOW = shows("now", "now | date `2006-01-02`")


class Owner:
    """Of a copy."""


OWNER = Owner()


def chart(folder: Path, texts: Mapping[str, str] | None = None, **archives: bytes) -> Path:
    files.write(folder, {"Chart.yaml": CHART.format(name="web"), "templates/a.yaml": shows("a")} | dict(texts or {}))
    (folder / "charts").mkdir(exist_ok=True)
    for name, data in archives.items():
        (folder / "charts" / f"{name}.tgz").write_bytes(data)
    return folder


def sub(name: str, template: str = "") -> dict[str, str | bytes]:
    """A chart that refuses all values."""
    template = template or shows(name)
    return {"Chart.yaml": CHART.format(name=name), "values.schema.json": SCHEMA, "templates/a.yaml": template}


def held(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def unpacked(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {each.name: file.read() for each in archive if (file := archive.extractfile(each))}


@pytest.fixture(params=["sdk", "binary"])
def engine(request: pytest.FixtureRequest, helm: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("HELM_BIN", str(helm))
    found: Engine = {"sdk": sdk, "binary": binary}[request.param]
    return found


def target(folder: Path) -> Target:
    return Target("web", folder, "prod", "web", "default", ())


def rendered(engine: Engine, folder: Path) -> Texts:
    return engine.open_chart(target(folder)).render(target(folder), {})


def test_a_chart_without_a_schema_is_not_copied(tmp_path: Path) -> None:
    plain = {name: data for name, data in sub("sub").items() if name != "values.schema.json"}
    folder = chart(tmp_path, {"files/values.schema.json": SCHEMA}, sub=packed(plain))
    assert copies.unguarded(folder, OWNER) == folder


def test_a_copy_lacks_the_schemas_and_nothing_else(tmp_path: Path) -> None:
    texts = {"values.schema.json": SCHEMA, "charts/one/values.schema.json": SCHEMA, "templates/values.schema.json": ""}
    folder = chart(tmp_path, texts | {".helmignore": "x", "files/values.schema.json": "{}"})
    copy = copies.unguarded(folder, OWNER)
    assert sorted({*held(copy), "values.schema.json", "charts/one/values.schema.json"}) == held(folder)


def test_packed_subcharts_at_any_depth_are_copied_without_theirs(engine: Engine, tmp_path: Path) -> None:
    inner = {f"charts/one/{name}": text for name, text in sub("one").items()}
    inner["charts/two.tgz"] = packed(sub("two"))
    folder = chart(tmp_path, sub=packed(sub("sub") | inner))
    assert list(unpacked(copies.unguarded(folder, OWNER) / "charts/sub.tgz")) == [
        "sub/Chart.yaml",
        "sub/templates/a.yaml",
        "sub/charts/one/Chart.yaml",
        "sub/charts/one/templates/a.yaml",
        "sub/charts/two.tgz",
    ]
    assert len(rendered(engine, folder)) == 4
    with pytest.raises(ValuesRefusedError):
        engine.open_chart(target(folder)).template(target(folder), {})


def test_links_are_followed_and_one_to_a_folder_above_leads_nowhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    files.write(elsewhere, {"values.schema.json": "{}", "Chart.yaml": CHART.format(name="linked")})
    folder = chart(tmp_path / "web")
    (folder / "charts/linked").symlink_to(elsewhere)
    (folder / "files").mkdir()
    for name in ("up", "again"):
        (folder / "files" / name).symlink_to(folder)
    (folder / "files/nowhere").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "files/pipe")
    copy = copies.unguarded(folder, OWNER)
    assert held(copy) == ["Chart.yaml", "charts/linked/Chart.yaml", "templates/a.yaml"]
    assert not any(path.is_symlink() for path in copy.rglob("*"))


def nested(times: int) -> bytes:
    data = packed(sub("sub"))
    for _ in range(times):
        data = packed({"charts/sub.tgz": data, "values.schema.json": ""})
    return data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no archive",
        b"\x1f\x8b\x08",
        packed(sub("sub"))[:200],
        packed(sub("sub"))[:-4],
        gzip.compress(b"no archive"),
        gzip.compress(bytes(copies.MAX_UNPACKED + 1)),
        sparse(1 << 40),
        sparse(copies.MAX_UNPACKED - 1),
    ],
    ids=[
        "empty",
        "text",
        "header",
        "cut",
        "cut at the end",
        "no tar",
        "too large",
        "sparse",
        "sparse within the bound",
    ],
)
def test_an_archive_that_cannot_be_read_stays_as_it_is(tmp_path: Path, data: bytes) -> None:
    folder = chart(tmp_path, {"values.schema.json": SCHEMA}, sub=data)
    assert (copies.unguarded(folder, OWNER) / "charts/sub.tgz").read_bytes() == data
    assert copies.calls(folder) == frozenset()


def test_archives_in_an_archive_share_its_bound(tmp_path: Path) -> None:
    half = bytes(copies.MAX_UNPACKED // 2)
    bomb = packed({f"charts/{name}.tgz": packed({"templates/a": half, "values.schema.json": ""}) for name in "abcdef"})
    folder = chart(tmp_path, bomb=bomb)
    kept = unpacked(copies.unguarded(folder, OWNER) / "charts/bomb.tgz")
    assert [b"values.schema.json" in gzip.decompress(data) for data in kept.values()] == [False, *[True] * 5]


def test_archives_in_archives_end_somewhere(tmp_path: Path) -> None:
    folder = chart(tmp_path, deep=nested(2 * copies.MAX_DEPTH))
    assert copies.unguarded(folder, OWNER) != folder


def test_what_an_archive_names_is_written_nowhere_but_in_an_archive(tmp_path: Path) -> None:
    names = ("/etc/x", "../../x", "..\\x", "values.schema.json", "sub/../values.schema.json", "sub\\values.schema.json")
    folder = chart(tmp_path / "web", sub=packed(dict.fromkeys(names, ""), ""))
    copy = copies.unguarded(folder, OWNER)
    assert held(copy) == held(folder)
    assert list(unpacked(copy / "charts/sub.tgz")) == list(names[:-1])
    assert held(tmp_path) == [f"web/{name}" for name in held(folder)]


def test_links_and_devices_of_an_archive_become_files_without_text_as_helm_takes_them(tmp_path: Path) -> None:
    folder = chart(tmp_path, sub=linking())
    with tarfile.open(copies.unguarded(folder, OWNER) / "charts/sub.tgz") as archive:
        assert [(each.isreg(), each.size) for each in archive] == [(True, 0) for _ in LINKS]


HELPER = '{{ define "id" }}{{ uuidv4 }}{{ end }}'


def test_functions_are_found_in_all_templates_and_nowhere_else(engine: Engine, tmp_path: Path) -> None:
    texts = {
        "templates/_helpers.tpl": HELPER,
        "templates/NOTES.txt": "{{ now }}",
        "templates/deep/NOTES.txt": "{{ now }}",
        "files/a.yaml": "{{ now }}",
        "crds/a.yaml": "# {{ now }}",
        "values.yaml": "a: '{{ now }}'",
        "charts/one/Chart.yaml": CHART.format(name="one"),
        "charts/one/templates/a.yaml": "# {{ randAlpha 1 }}",
    }
    inner = packed(sub("inner", "# {{ shuffle `a` }}"))
    folder = chart(tmp_path, texts, sub=packed(sub("sub", "# {{ randInt 1 2 }}") | {"charts/inner.tgz": inner}))
    assert engine.open_chart(target(folder)).calls == {"uuidv4", "randAlpha", "randInt", "shuffle"}


def test_at_another_time_a_date_differs_in_packed_subcharts_too(engine: Engine, tmp_path: Path) -> None:
    inner = packed(sub("inner", NOW))
    folder = chart(tmp_path, {"templates/now.yaml": NOW}, sub=packed(sub("sub", NOW) | {"charts/inner.tgz": inner}))
    opened = engine.open_chart(target(folder))
    usual, other = opened.render(target(folder), {}), opened.otherwise(target(folder), {})
    assert usual.keys() == other.keys()
    same = [name for name in usual if usual[name] == other[name]]
    assert same == ["web/templates/a.yaml"]
    assert len(usual) == 4


def test_without_the_clock_no_other_time_is_made(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {"values.schema.json": "{}", "templates/b.yaml": shows("b", "randInt 0 1 | add 1")}
    folder = chart(tmp_path / "web", texts)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened = engine.open_chart(target(folder))
    assert opened.otherwise(target(folder), {}) == opened.render(target(folder), {})
    assert len(list(tmp_path.glob("chartgen-*"))) == 1


def test_a_template_that_fails_at_another_time_only_is_an_error(engine: Engine, tmp_path: Path) -> None:
    texts = {
        "values.yaml": f"from: {int(time.time()) - 8_000_000}",
        "templates/b.yaml": '{{ if lt (now | unixEpoch | int64) (int64 .Values.from) }}{{ fail "too early" }}{{ end }}',
    }
    folder = chart(tmp_path, texts)
    opened = engine.open_chart(target(folder))
    opened.render(target(folder), {})
    with pytest.raises(RenderError, match="too early"):
        opened.otherwise(target(folder), {})
