"""What is the service's own in its log: the id of the request that a line belongs to, and who is to keep quiet."""

from __future__ import annotations

from contextvars import ContextVar

from app import logs
from app.gong_webhook import __version__

# of the request that is being answered; a worker logs that of its job by `extra`
request_id: ContextVar[str] = ContextVar("request_id", default="")


def configure(level: str, role: str, track: str = "") -> None:
    """`level` is for this service and its server. Libraries speak from WARNING on.

    Below that httpx2 logs URLs, httpcore2 headers and the Snowflake connector its parameters: all of them secrets.
    Raises ConfigError.
    """
    logs.configure(
        service="app.gong_webhook",
        level=level,
        fields={"role": role, "version": __version__} | ({"track": track} if track else {}),
        from_warning=["httpx2", "httpcore2", "snowflake", "redis"],
        # warns of proxies in the environment at every login, where there are none too
        from_error=["snowflake.connector._core"],
        carried={"request_id": request_id},
    )
