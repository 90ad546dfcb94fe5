"""Copies of a chart: one that prints what values its templates see, one without any values of its own.

The second takes all values from whoever renders it: no default comes back where a mixture lacks it.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import yaml

PROBE = """{{- define "prove.subcharts" -}}
{{- $below := dict }}
{{- range $name, $each := .Subcharts }}
{{- $_ := set $below $name (fromJson (include "prove.subcharts" $each)) }}
{{- end }}
{{- toJson $below }}
{{- end -}}
kind: Probe
values: {{ toJson .Values | b64enc }}
subcharts: {{ include "prove.subcharts" . | b64enc }}
"""
SWITCHES = ("condition", "tags")
"""What switches a dependency off: then helm would not print its defaults."""
IMPORTS = ("import-values",)
"""What brings values of a dependency up to its parent: they stand in the parent's already."""


class Copies(NamedTuple):
    probe: Path
    bare: Path


@contextmanager
def copies(chart: Path) -> Iterator[Copies]:
    with TemporaryDirectory(prefix="prove-") as folder:
        probe, bare = Path(folder, "probe"), Path(folder, "bare")
        shutil.copytree(chart, bare)
        _each(bare, _unpack)
        shutil.copytree(bare, probe, ignore=_printing)
        _each(probe, lambda each: _drop(each, SWITCHES))
        (probe / "templates").mkdir()
        (probe / "templates" / "probe.yaml").write_text(PROBE)
        _each(bare, _empty)
        yield Copies(probe, bare)


def _printing(folder: str, names: list[str]) -> set[str]:
    """What a chart prints of its own; a subchart may be called so too."""
    return {"templates", "crds"}.intersection(names) if Path(folder, "Chart.yaml").is_file() else set()


def _each(chart: Path, change: Callable[[Path], None]) -> None:
    """Changes a chart and all charts in it."""
    change(chart)
    for below in sorted(chart.glob("charts/*/Chart.yaml")):
        _each(below.parent, change)


def _unpack(chart: Path) -> None:
    for archive in sorted(chart.glob("charts/*.tgz")):
        with tarfile.open(archive) as packed:
            packed.extractall(archive.parent, filter="data")
        archive.unlink()


def _empty(chart: Path) -> None:
    (chart / "values.yaml").unlink(missing_ok=True)
    _drop(chart, IMPORTS)


def _drop(chart: Path, fields: Collection[str]) -> None:
    """Leaves these fields of all dependencies out of what declares them; all else stays as it is written."""
    for file in (chart / "Chart.yaml", chart / "requirements.yaml"):
        if not file.is_file():
            continue
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        for name, dependencies in root.value if root else ():
            if name.value == "dependencies":
                for each in dependencies.value:
                    each.value = [pair for pair in each.value if pair[0].value not in fields]
        file.write_text(yaml.serialize(root, allow_unicode=True), encoding="utf-8")
