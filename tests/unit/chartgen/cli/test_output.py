"""Where a command writes: a file is there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chartgen.cli.output import opened
from chartgen.errors import UsageError


def test_without_a_file_it_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with opened(None) as stream:
        stream.write("text")
    assert capsys.readouterr().out == "text"


def test_a_file_is_replaced_once_all_is_written(tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    file.write_text("old")
    with opened(file) as stream:
        stream.write("new → text")
        assert file.read_text() == "old"
    assert file.read_text(encoding="utf-8") == "new → text"
    assert list(tmp_path.iterdir()) == [file]


def test_what_fails_before_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    file.write_text("old")

    def write_and_fail() -> None:
        with opened(file) as stream:
            stream.write("half")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        write_and_fail()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_keeps_its_mode_and_a_new_one_gets_the_usual(tmp_path: Path) -> None:
    kept, new = tmp_path / "kept", tmp_path / "new"
    kept.write_text("")
    kept.chmod(0o600)
    umask = os.umask(0o027)
    try:
        for file in (kept, new):
            with opened(file) as stream:
                stream.write("x")
    finally:
        os.umask(umask)
    assert [file.stat().st_mode & 0o777 for file in (kept, new)] == [0o600, 0o640]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("old")
    link.symlink_to(file)
    with opened(link) as stream:
        stream.write("new")
    assert link.is_symlink()
    assert file.read_text() == "new"


@pytest.mark.parametrize(("name", "words"), [("missing/file", "No such file or directory"), ("", "Is a directory")])
def test_a_place_that_cannot_be_written_to_is_an_error(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(UsageError, match=f"cannot be written: {words}"), opened(tmp_path / name) as stream:
        stream.write("x")


def test_closed_standard_output_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(UsageError, match="standard output is closed"), opened(None):
        pass
