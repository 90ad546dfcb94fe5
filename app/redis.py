"""A Redis server that all processes share, from version 7: one script an operation, timed by the server's own clock."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import ReadOnlyError, RedisError

from app.errors import ConfigError, Unavailable

T = TypeVar("T")
Client = Redis

# `allow-oom`: a Redis that is full must still be emptied
WRITE_ALWAYS = "#!lua flags=allow-oom\n"
WRITE = "#!lua\n"
READ = "#!lua flags=no-writes\n"
CLOCK = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
"""

TIMEOUT_SECONDS = 5.0
MOST_CONNECTIONS = 64
RETRIES = 1
RETRY_AFTER_SECONDS = 0.1
LONGEST_REASON = 200
# uvloop's RuntimeError, for a connection that closed a moment before it is written to
CLOSED = "the handler is closed"


def connect(url: str, timeout: float = TIMEOUT_SECONDS) -> Client:
    """Connects at first use, and anew after a restart of the server. Raises ConfigError, which does not quote the URL.

    `timeout`: seconds, to connect and for each answer.

    RESP 2, because with RESP 3 redis-py sends the password in a HELLO that an old server quotes in its answer, and
    does not look whether a pooled connection is still alive.
    """
    try:
        client = Redis.from_url(
            url,
            protocol=2,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            max_connections=MOST_CONNECTIONS,
            # a time-out is not tried again: a server that is too slow gets no second helping
            retry=Retry(ConstantBackoff(RETRY_AFTER_SECONDS), RETRIES, supported_errors=(Disconnected,)),
        )
        # what is wrong in the URL's query shows itself only here
        client.connection_pool.connection_class(**client.connection_pool.connection_kwargs)
    except (TypeError, ValueError):
        client = None
    if client is None or "://" not in url:
        raise ConfigError("REDIS_URL: not of the form redis://user:password@host:6379/0")
    if not _names_a_database(url) or client.connection_pool.connection_kwargs.get("db", 0) < 0:
        raise ConfigError("REDIS_URL: what follows the host is not the number of a database, such as /0")
    return client


async def answer(client: Client, reply: Awaitable[T]) -> T:
    """The reply. Raises Unavailable whatever Redis has against it; no argument of a command is in its text."""
    try:
        return await reply
    except (RedisError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not str(error).endswith(CLOSED):
            raise
        unavailable = Unavailable("Redis", _reason(error))
        if isinstance(error, ReadOnlyError):
            await _forget_the_old_primary(client)
    raise unavailable


class Script:
    """A Lua script by its digest, sent in full to a server that does not know it yet."""

    def __init__(self, client: Client, text: str) -> None:
        self._client = client
        self._script = client.register_script(text)

    async def __call__(self, *args: bytes | str | float) -> Any:
        """What the script answers, with `args` in ARGV. Raises Unavailable."""
        return await answer(self._client, self._script(args=args))


def _names_a_database(url: str) -> bool:
    """Or leaves it out. redis-py takes 0 for what is no number, and 12 for 1/2; of a socket it is the path."""
    parts = urlsplit(url)
    return parts.scheme == "unix" or re.fullmatch(r"/?|/[0-9]+/?", parts.path) is not None


async def _forget_the_old_primary(client: Client) -> None:
    """After a failover behind one name, the connections of before lead to a server that has become a replica."""
    await client.connection_pool.disconnect(inuse_connections=False)


def _reason(error: RedisError | RuntimeError) -> str:
    """Redis quotes the arguments of a command that it does not know, which may be a password."""
    return str(error).partition(", with args beginning with")[0].strip()[:LONGEST_REASON] or type(error).__name__
