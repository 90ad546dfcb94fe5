"""The stand-in for Snowflake that is killed and started again on its folder has what it had."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.servers import snowflake_standin
from tests.servers.snowflake_standin import PYTHON, ROOT

PLACE = "SOPHIA_AI.GONG_WEBHOOKS"


def rows(url: str, sql: str) -> Any:
    port = str(urlsplit(url).port)
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-m", "tests.cluster.standins.rows"],
        cwd=ROOT,
        env={**os.environ, "SNOWFLAKE_PORT": port},
        input=sql,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_was_committed_is_there_after_a_kill(tmp_path: Path) -> None:
    if not PYTHON.exists():
        (pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip)("needs fakesnow: run `make test`")
    with snowflake_standin.start("--db-path", str(tmp_path)) as url:
        rows(url, f"CREATE DATABASE SOPHIA_AI; CREATE SCHEMA {PLACE}")
        rows(url, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    with snowflake_standin.start("--db-path", str(tmp_path)) as url:
        assert rows(url, "SELECT n FROM kept") == [[7]]
