"""What is the service's own in its log: the session that a line belongs to, and the name that the chart gives it."""

from __future__ import annotations

from contextvars import ContextVar

from app import logs
from app.dv_pipecat.model import Build

# of the session that the current task serves
session_id: ContextVar[str] = ContextVar("session_id", default="")


def configure(level: str, name: str, build: Build) -> None:
    """`name` stands in the lines for this package. Libraries speak from WARNING on. Raises ConfigError."""
    logs.configure(
        service="app.dv_pipecat",
        shown_as=name,
        level=level,
        fields={"track": build.track, "version": build.version, "pod": build.pod},
        # its lines below that name the path of each websocket, with the resume token in it
        from_warning=["redis", "uvicorn.error"],
        from_error=[],
        carried={"session_id": session_id},
    )
