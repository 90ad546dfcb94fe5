"""Lines of JSON on standard output."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from app.errors import ConfigError

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
RENAMED = {"asctime": "time", "levelname": "level", "name": "logger", "exc_info": "exception"}


def configure(
    *,
    service: str,
    shown_as: str = "",
    level: str,
    fields: Mapping[str, str],
    from_warning: Iterable[str],
    from_error: Iterable[str],
    carried: Mapping[str, ContextVar[str]],
) -> None:
    """`level` is for the logger `service` and the server. What sets no level of its own speaks from WARNING on.

    `from_warning`, `from_error`: libraries that might. `shown_as` stands in the lines for `service`. `fields` are in
    each line, and so is what the variables of `carried` hold, unless it is empty or the line names its own.
    Raises ConfigError.
    """
    wanted = level.upper()
    if wanted not in LEVELS:
        raise ConfigError(f"LOG_LEVEL must be one of {', '.join(LEVELS)}")
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Formatter(fields, carried, service, shown_as or service))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(service).setLevel(wanted)
    _take_over(max(logging.getLevelNamesMapping()[wanted], logging.INFO), ["uvicorn"])
    _take_over(logging.NOTSET, ["uvicorn.error"])
    # it would log each path with its query; a service has lines of its own
    _take_over(logging.CRITICAL, ["uvicorn.access"])
    _take_over(logging.WARNING, from_warning)
    _take_over(logging.ERROR, from_error)
    logging.captureWarnings(capture=True)
    # what no line shows need not be found out: https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _take_over(level: int, names: Iterable[str]) -> None:
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
        logger.setLevel(level)


class _Formatter(JsonFormatter):
    def __init__(
        self, fields: Mapping[str, str], carried: Mapping[str, ContextVar[str]], service: str, shown_as: str
    ) -> None:
        super().__init__(
            ["asctime", "levelname", "name", "message"],
            rename_fields=RENAMED,
            static_fields=fields,
            # uvicorn's copy of the message, for terminals
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],
        )
        self._carried = carried
        self._service = service
        self._shown_as = shown_as

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802  inherited
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        log_data["logger"] = log_data["logger"].replace(self._service, self._shown_as, 1)
        for name, variable in self._carried.items():
            if current := variable.get():
                log_data.setdefault(name, current)
        return log_data
