"""Nothing goes out that nobody asked for: neither what users say into the log, nor what a library tells its maker."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from loguru import logger

if TYPE_CHECKING:
    from loguru import Message

LEVEL = "WARNING"


def silence() -> None:
    """For the whole process, and before it imports pipecat.

    What pipecat logs goes from loguru, which writes it to standard error, to the logger "pipecat": where in its source,
    and the class of the error, for its words quote users and models.
    """
    # the voice detection's runtime reports to Microsoft from 1.29 on, and keeps an id of the machine for that:
    # https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    logger.remove()
    # without backtraces and diagnose, which show the values of variables
    logger.add(_pass_on, level=LEVEL, backtrace=False, diagnose=False, format=_nothing)


def _pass_on(message: Message) -> None:
    record = message.record
    extra = {"place": f"{record['name']}:{record['line']}"}
    exception = record["exception"]
    if exception is not None and exception.type is not None:
        extra["error"] = exception.type.__name__
    logging.getLogger("pipecat").log(record["level"].no, "pipecat: %s", record["function"], extra=extra)


def _nothing(_: object) -> str:
    return ""
