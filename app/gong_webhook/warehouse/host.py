"""Where Snowflake is asked: apart, so that settings are checked without its connector, which is slow to import."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from app.errors import ConfigError


def host(url: str) -> dict[str, Any]:
    """The connector's options for a URL; none where it is empty. Raises ConfigError."""
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError("SNOWFLAKE_URL must be a URL such as https://account.privatelink.snowflakecomputing.com")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {"protocol": parts.scheme, "host": parts.hostname, "port": port}
