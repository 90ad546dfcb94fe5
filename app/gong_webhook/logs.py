"""Lines of JSON on standard output, each with the id of the request that it belongs to."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from app.gong_webhook import __version__
from app.gong_webhook.errors import ConfigError

# of the request that is being answered; a worker logs that of its job by `extra`
request_id: ContextVar[str] = ContextVar("request_id", default="")

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
OURS = "app.gong_webhook"
RENAMED = {"asctime": "time", "levelname": "level", "name": "logger", "exc_info": "exception"}


def configure(level: str, role: str, track: str = "") -> None:
    """`level` is for this service and its server. Libraries speak from WARNING on.

    Below that httpx2 logs URLs, httpcore2 headers and the Snowflake connector its parameters: all of them secrets.
    Raises ConfigError.
    """
    wanted = level.upper()
    if wanted not in LEVELS:
        raise ConfigError(f"LOG_LEVEL must be one of {', '.join(LEVELS)}")
    fields = {"role": role, "version": __version__} | ({"track": track} if track else {})
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Formatter(fields))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(wanted)
    _take_over("uvicorn", max(logging.getLevelNamesMapping()[wanted], logging.INFO))
    _take_over("uvicorn.error", logging.NOTSET)
    # it would log each path with its query; the service has lines of its own
    _take_over("uvicorn.access", logging.CRITICAL)
    for library in ("httpx2", "httpcore2", "snowflake", "redis"):
        _take_over(library, logging.WARNING)
    # warns of proxies in the environment at every login, where there are none too
    _take_over("snowflake.connector._core", logging.ERROR)
    logging.captureWarnings(capture=True)
    # what no line shows need not be found out: https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _take_over(name: str, level: int) -> None:
    logger = logging.getLogger(name)
    logger.handlers = []
    logger.propagate = True
    logger.setLevel(level)


class _Formatter(JsonFormatter):
    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(
            ["asctime", "levelname", "name", "message"],
            rename_fields=RENAMED,
            static_fields=fields,
            # uvicorn's copy of the message, for terminals
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],
        )

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802  inherited
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        current = request_id.get()
        if current:
            log_data.setdefault("request_id", current)
        return log_data
