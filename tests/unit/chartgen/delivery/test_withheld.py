"""A variable that holds secrets is read once, and no child sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chartgen.cli import run
from chartgen.config.model import Source
from chartgen.config.parsing import parse
from chartgen.delivery.withheld import Withheld, sources_of
from tests import files
from tests.archives import BASE

CONFIG = """
charts:
  web:
    path: charts/web
    environments: {stage: {values: [values-stage.yaml]}, prod: {values: [values-prod.yaml]}}
    secrets:
      app: {from: {stage: "variable:STAGE_OF_WEB", prod: "variable:PROD_OF_WEB"}}
      creds: {from: {prod: stdin}}
  other:
    path: charts/web
    environments: {dev: {}}
    secrets:
      app: {from: {dev: "variable:DEV_OF_OTHER"}}
"""
NAMES = ("STAGE_OF_WEB", "PROD_OF_WEB", "DEV_OF_OTHER")


def inherited() -> list[str]:
    said = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
    return [name for name in NAMES if f"{name}=" in said]


def test_what_is_taken_out_is_kept_for_one_reader_and_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE_OF_WEB", "very-secret")
    withheld = Withheld()
    withheld.take([Source("variable", "STAGE_OF_WEB"), Source("variable", "PROD_OF_WEB"), Source("stdin")])
    assert (withheld.get("STAGE_OF_WEB"), withheld.get("PROD_OF_WEB")) == (b"very-secret", None)
    assert inherited() == []
    assert "very-secret" not in f"{withheld!r}{withheld}"


def test_bytes_that_are_no_text_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE_OF_WEB", os.fsdecode(b"\xff\xfe"))
    withheld = Withheld()
    withheld.take([Source("variable", "STAGE_OF_WEB")])
    assert withheld.get("STAGE_OF_WEB") == b"\xff\xfe"


def test_the_sources_are_those_of_every_chart_and_environment() -> None:
    found = sources_of(parse(CONFIG, "chartgen.yaml"))
    assert [str(source) for source in found] == [
        "variable:STAGE_OF_WEB",
        "variable:PROD_OF_WEB",
        "stdin",
        "variable:DEV_OF_OTHER",
    ]


@pytest.mark.parametrize("command", [["diff", "stage", "prod", "-c", "web"], ["render", "stage"], ["validate", "-q"]])
def test_no_command_leaves_them_to_what_it_starts(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write(tmp_path, {**BASE, "chartgen.yaml": CONFIG})
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.setenv(name, "very-secret")
    assert inherited() == list(NAMES)
    run(command)
    assert inherited() == []


def test_a_core_is_not_dumped_where_values_are_read() -> None:
    script = "import resource\nfrom chartgen.delivery.withheld import withhold_cores\nwithhold_cores()\n"
    script += "print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


def test_a_report_that_could_not_be_written_is_told_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files.write(tmp_path, {"chartgen.yaml": CONFIG})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECTL_BIN", "no-such-kubectl")
    assert run(["secrets", "apply", "prod", "-o", "json=none/such/report.json"]) == 2
    assert "error: cannot be written\n  at none/such/report.json" in capsys.readouterr().err
