"""pipecat's log lines without their words."""

from __future__ import annotations

import logging
import os

import pytest
from loguru import logger

from app.dv_pipecat.conversation import quiet


@pytest.fixture(autouse=True)
def routed() -> None:
    quiet.silence()


def test_a_warning_says_where_it_comes_from_and_not_what_was_said(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    logger.warning("the user said {}", "my secret")
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("pipecat", logging.WARNING)
    assert record.__dict__["place"].startswith(f"{__name__}:")
    assert "secret" not in str(record.__dict__)
    assert capfd.readouterr() == ("", "")


def test_an_error_is_named_by_its_class(caplog: pytest.LogCaptureFixture) -> None:
    secret = "my secret"  # noqa: S105  not one
    try:
        dict[str, str]()[secret]
    except KeyError:
        logger.exception("failed with {}", secret)
    (record,) = caplog.records
    assert (record.levelno, record.__dict__["error"]) == (logging.ERROR, "KeyError")
    assert record.exc_info is None
    assert "secret" not in str(record.__dict__)


def test_what_is_no_warning_is_not_heard_of(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logger.info("the user said something")
    logger.debug("the user said something")
    assert not caplog.records


def test_the_makers_of_the_voice_detection_hear_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    quiet.silence()
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
