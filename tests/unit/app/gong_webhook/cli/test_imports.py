"""What a command does not need, it does not import: a pod starts, and drains, on its share of a processor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.processes import settings
from tests.servers.program import ROOT

SNOWFLAKE = {"SNOWFLAKE_ACCOUNT": "standin", "SNOWFLAKE_USER": "tests", "SNOWFLAKE_PASSWORD": "any"}
DRAIN = "from app.gong_webhook.cli import commands; commands(['drain'], standalone_mode=False)"
CHECK = "import os; from app.environment import read; from app.gong_webhook import parts, settings; "
CHECK += "parts.check(read(settings.Settings, os.environ))"


def imported(folder: Path, program: str, **environment: str) -> set[str]:
    """The modules that a program has in the end, by the first word of their name."""
    told = f"{program}; import sys; print(*sys.modules)"
    command = [sys.executable, "-c", told]
    done = subprocess.run(
        command, env=settings(folder) | environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    ("program", "needless"),
    [(DRAIN, {"redis", "cryptography", "httpx2", "uvicorn", "starlette", "snowflake"}), (CHECK, {"snowflake"})],
)
def test_what_is_slow_to_import_and_not_needed_is_left_out(tmp_path: Path, program: str, needless: set[str]) -> None:
    found = imported(tmp_path, program, **SNOWFLAKE)
    assert "app" in found
    assert not found & needless


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"SNOWFLAKE_URL": "account"}, "SNOWFLAKE_URL"), ({"SNOWFLAKE_SCHEMA": "a;b"}, "SNOWFLAKE_SCHEMA")],
)
def test_settings_of_the_connector_are_checked_all_the_same(tmp_path: Path, wrong: dict[str, str], named: str) -> None:
    with pytest.raises(AssertionError, match=named):
        imported(tmp_path, CHECK, **SNOWFLAKE, **wrong)
