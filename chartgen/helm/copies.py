"""Copies of a chart for experiments: without schemas, or at another time. And the templates that it holds.

A chart is walked through as Helm does it: links are followed, and subcharts that are packed in charts/ are looked into.
Archives may come from anywhere: they are read in memory, within Helm's own bound, and nothing is unpacked. One that
cannot be read stays as it is, for Helm to say what is wrong with it.
"""

from __future__ import annotations

import io
import os
import posixpath
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias

from chartgen.helm import moving
from chartgen.helm.engine import SCHEMA, temporary_folder

IN_CHART = r"(?:charts/[^/]+/)*"
PACKED = re.compile(rf"{IN_CHART}charts/[^/]+\.tgz")
GUARD = re.compile(rf"{IN_CHART}{re.escape(SCHEMA)}")
TEMPLATE = re.compile(rf"{IN_CHART}templates/(?!(?:.*/)?NOTES\.txt$).+", re.DOTALL)
ASKED = ("Capabilities", "IsInstall", "IsUpgrade", "Revision", "lookup")
"""Words by which templates ask for the cluster and the revision."""
WORDS = re.compile(rf"\b(?:{'|'.join(ASKED)})\b".encode())
MAX_UNPACKED = 100 * 1024 * 1024
"""Bytes: as much as Helm takes of an archive."""
MAX_TEXT = 1_000_000
"""Bytes of a file that a template may run: as much as a ConfigMap holds."""
MAX_DEPTH = 16
"""Of archives in archives."""

Edit: TypeAlias = Callable[[bytes], bytes | None]
"""What becomes of a file; None where it is left out."""


def unguarded(directory: Path, owner: object) -> Path:
    """A copy of the chart that no schema guards, gone with its owner; the chart itself where it has none."""
    return _copy(directory, owner, GUARD, lambda _: None)


def otherwise(directory: Path, owner: object, *, backwards: bool) -> Path:
    """A copy of other templates (`moving.otherwise`); the chart itself where none would be another."""
    return _copy(directory, owner, TEMPLATE, partial(_otherwise, backwards=backwards))


def calls(directory: Path) -> frozenset[str]:
    """The functions through which the templates, those of subcharts too, ask the clock or chance."""
    return frozenset().union(*(moving.calls(data.decode(errors="replace")) for data in _texts(directory)))


def asked(directory: Path) -> frozenset[str]:
    """Which of ASKED the templates, those of subcharts too, have in them."""
    return frozenset(word.decode() for data in _texts(directory) for word in WORDS.findall(data))


def _texts(directory: Path) -> Iterator[bytes]:
    """The templates, and where one runs texts (`tpl`) other files of the chart too."""
    others: list[Path] = []
    runs_texts = False
    for name, path in _files(directory):
        if not (TEMPLATE.fullmatch(name) or PACKED.fullmatch(name)):
            others.append(Path(path))
            continue
        for data in _templates(name, Path(path).read_bytes(), _Unpacking()):
            runs_texts = runs_texts or b"tpl" in data
            yield data
    for other in others if runs_texts else ():
        if other.stat().st_size <= MAX_TEXT:
            yield other.read_bytes()


def _otherwise(data: bytes, *, backwards: bool) -> bytes:
    text = data.decode(errors="surrogateescape")
    turned = moving.otherwise(text, backwards=backwards)
    return data if turned == text else turned.encode(errors="surrogateescape")


def _files(
    folder: str | Path, prefix: str = "", above: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Each file's name in the chart, and its path. A link to a folder that holds it leads nowhere."""
    status = Path(folder).stat()
    here = (status.st_dev, status.st_ino)
    if here in above:
        return
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            if entry.is_dir():
                yield from _files(entry.path, f"{prefix}{entry.name}/", above | {here})
            elif entry.is_file():
                yield prefix + entry.name, entry.path


def _copy(directory: Path, owner: object, names: re.Pattern[str], edit: Edit) -> Path:
    """A copy in which the files of these names are edited; the folder itself where nothing changes."""
    files = dict(_files(directory))
    changed: dict[str, bytes | None] = {}
    for name, path in files.items():
        if names.fullmatch(name) or PACKED.fullmatch(name):
            data = Path(path).read_bytes()
            edited = _edited(name, data, names, edit, _Unpacking())
            if edited is not data:
                changed[name] = edited
    if not changed:
        return directory
    copy = temporary_folder(owner) / "chart"
    for name, path in files.items():
        edited = changed.get(name, b"")
        if edited is None:
            continue
        there = copy / name
        there.parent.mkdir(parents=True, exist_ok=True)
        if name in changed:
            there.write_bytes(edited)
        else:
            shutil.copyfile(path, there)
    return copy


def _edited(
    name: str, data: bytes, names: re.Pattern[str], edit: Edit, unpacking: _Unpacking, depth: int = 0
) -> bytes | None:
    if names.fullmatch(name):
        return edit(data)
    members = unpacking.members(data) if PACKED.fullmatch(name) and depth < MAX_DEPTH else []
    edited = [(one, _edited(one.name, one.data, names, edit, unpacking, depth + 1)) for one in members]
    if all(new is one.data for one, new in edited):
        return data
    return _packed([(one.written, new) for one, new in edited if new is not None])


def _templates(name: str, data: bytes, unpacking: _Unpacking, depth: int = 0) -> Iterator[bytes]:
    if TEMPLATE.fullmatch(name):
        yield data
    elif PACKED.fullmatch(name) and depth < MAX_DEPTH:
        for one in unpacking.members(data):
            yield from _templates(one.name, one.data, unpacking, depth + 1)


class _Member(NamedTuple):
    """A file of an archive: its name as written there, and in the chart."""

    written: str
    name: str
    data: bytes


class _Unpacking:
    """Reads an archive and those in it, altogether within the bound."""

    def __init__(self) -> None:
        self._left = MAX_UNPACKED

    def members(self, packed: bytes) -> list[_Member]:
        """The files of an archive, none where it cannot be read: to Helm whatever is no folder, a link without text."""
        import gzip
        import tarfile

        found = []
        try:
            unpacked = gzip.GzipFile(fileobj=io.BytesIO(packed)).read(self._left + 1)
            self._left -= len(unpacked)
            with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
                size = 0
                for member in archive:
                    size += member.size
                    if self._left < 0 or size > len(unpacked):  # a sparse file says to hold more than there is
                        return []
                    if not member.isdir():
                        file = archive.extractfile(member) if member.isreg() else None
                        data = file.read() if file else b""
                        found.append(_Member(member.name, _in_chart(member.name), data))
        except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error):
            return []
        return found


def _in_chart(name: str) -> str:
    """The name without the folder that an archive begins with; one from Windows may have backslashes."""
    delimiter = "\\" if "\\" in name else "/"
    return posixpath.normpath(name.partition(delimiter)[2].replace(delimiter, "/"))


def _packed(members: list[tuple[str, bytes]]) -> bytes:
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()
