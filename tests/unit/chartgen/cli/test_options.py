"""How a command speaks: colour, width and progress, by the terminal and by what the environment says."""

from __future__ import annotations

import io

import pytest

from chartgen.cli import options
from chartgen.report.style import Style


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("color", "stream", "variables", "coloured"),
    [
        ("auto", Terminal, {}, True),
        ("auto", io.StringIO, {}, False),
        ("auto", Terminal, {"NO_COLOR": "1"}, False),
        ("auto", Terminal, {"NO_COLOR": ""}, True),
        ("auto", io.StringIO, {"CLICOLOR_FORCE": "1"}, True),
        ("auto", io.StringIO, {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
        ("always", io.StringIO, {"NO_COLOR": "1"}, True),
        ("never", Terminal, {"CLICOLOR_FORCE": "1"}, False),
    ],
)
def test_colour_is_for_terminals_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, color: str, stream: type[io.StringIO], variables: dict[str, str], coloured: object
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    run = options.Run((), None, "auto", color, quiet=False)
    assert run.style(stream()).colour is coloured


def test_a_file_has_no_width_unless_columns_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    run = options.Run((), None, "auto", "auto", quiet=False)
    assert run.style(io.StringIO()) == Style(colour=False, width=0)
    monkeypatch.setenv("COLUMNS", "72")
    assert run.style(io.StringIO()).width == 72
    assert run.style(Terminal()).width == 72


def test_progress_is_silent_at_first_and_cleans_up(capsys: pytest.CaptureFixture[str]) -> None:
    progress = options.Progress(shown=True, after=0.0)
    progress("working")
    progress.done()
    progress.done()
    assert capsys.readouterr().err == "\rworking\r"  # and the code that clears a line, where there is a terminal
    options.Progress(shown=True, after=60.0)("working")
    options.Progress(shown=False, after=0.0)("working")
    assert capsys.readouterr().err == ""
