"""How a line of the log looks, and who is heard. In a process of its own: logging is configured once for all."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app import logs
from app.errors import ConfigError

ROOT = Path(__file__).parents[3]
START = """
import logging, sys
from contextvars import ContextVar
from app import logs

session, visitor = ContextVar("session", default=""), ContextVar("visitor", default="")
logs.configure(
    service="app.example",
    level=sys.argv[1],
    fields={"role": "serve", "version": "1.2.3"},
    from_warning=["chatty"],
    from_error=["chatty.worse", "shrill"],
    carried={"session": session, "visitor": visitor},
)
log = logging.getLogger("app.example")
"""
# it sets up loggers of its own
UVICORN = """
import uvicorn
uvicorn.Config("app:none")
"""


def said(code: str, level: str = "INFO", before: str = "") -> list[dict[str, Any]]:
    """Each line that the code logs. Nothing is on standard error, where a formatter that fails would speak."""
    run = subprocess.run(
        [sys.executable, "-c", before + START + code, level], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stderr == ""
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_a_line_says_when_who_and_where() -> None:
    [line] = said("logging.getLogger('app.example.worker').info('stored %d', 3, extra={'call_id': '12'})")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    assert line == {
        "level": "INFO",
        "logger": "app.example.worker",
        "message": "stored 3",
        "role": "serve",
        "version": "1.2.3",
        "call_id": "12",
    }


def test_what_a_variable_carries_is_in_each_line_that_does_not_name_its_own() -> None:
    lines = said("""
log.info("a")
token = session.set("s1")
log.info("b")
log.info("c", extra={"session": "s2"})
visitor.set("v1")
log.info("d")
session.reset(token)
log.info("e")
""")
    assert [(line.get("session"), line.get("visitor")) for line in lines] == [
        (None, None),
        ("s1", None),
        ("s2", None),
        ("s1", "v1"),
        (None, "v1"),
    ]


def test_a_traceback_is_a_field_and_the_line_stays_one() -> None:
    [line] = said("""
try:
    raise RuntimeError("two\\nlines")
except RuntimeError:
    log.exception("broken")
""")
    assert line["message"] == "broken"
    assert line["exception"].endswith("RuntimeError: two\nlines")


def test_any_text_can_be_logged() -> None:
    [line] = said(r"log.info('a\ud800\x00\nb \u2028 %s', chr(0x1f600))")
    assert line["message"] == "a\ud800\x00\nb \u2028 \U0001f600"


def test_each_library_speaks_from_its_level_on_whatever_it_had_set_up_for_itself() -> None:
    names = ["chatty", "chatty.worse", "shrill", "asyncio", "somebody"]
    before = f"""
import logging
for name in {names[:3]}:
    logger = logging.getLogger(name)
    logger.addHandler(logging.StreamHandler())
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
"""
    code = f"""
for name in {names}:
    logger = logging.getLogger(name)
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        logger.log(level, name)
"""
    heard = {(line["logger"], line["level"]) for line in said(code, "DEBUG", before)}
    warned = {(name, "WARNING") for name in ("chatty", "asyncio", "somebody")}
    assert heard == warned | {(name, "ERROR") for name in names}


def test_the_server_speaks_from_info_on_in_lines_like_all_others_and_not_of_each_request() -> None:
    lines = said(
        """
logging.getLogger("uvicorn.error").debug("swordfish")
logging.getLogger("uvicorn.access").error("swordfish")
logging.getLogger("uvicorn.error").info("started", extra={"color_message": "swordfish"})
""",
        "DEBUG",
        UVICORN,
    )
    assert [line["message"] for line in lines] == ["started"]
    assert "swordfish" not in str(lines)


@pytest.mark.parametrize(("level", "heard"), [("debug", "abc"), ("INFO", "bc"), ("Warning", "c")])
def test_the_level_leaves_out_what_is_below(level: str, heard: str) -> None:
    lines = said("log.debug('a')\nlog.info('b')\nlog.warning('c')", level)
    assert [line["message"] for line in lines] == list(heard)


def test_the_level_holds_for_the_server_too() -> None:
    code = "logging.getLogger('uvicorn').info('a')\nlogging.getLogger('uvicorn.error').info('b')"
    assert said(code, "WARNING", UVICORN) == []


def test_warnings_of_python_are_lines_too() -> None:
    [line] = said("import warnings\nwarnings.warn('old')")
    assert (line["level"], line["logger"]) == ("WARNING", "py.warnings")


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="LOG_LEVEL must be one of DEBUG, INFO"):
        logs.configure(service="app.example", level="LOUD", fields={}, from_warning=[], from_error=[], carried={})
