"""A Redis that goes away, comes back, changes its role or refuses: always Unavailable, never a secret in its text."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time
import traceback
from collections.abc import Awaitable, Callable

import pytest
import uvloop

from app import redis
from app.errors import ConfigError, Unavailable
from tests.servers.redis import RedisServer

pytestmark = pytest.mark.anyio
SECRET = "hunter2-hunter2"  # noqa: S105 - of nobody
ECHO = redis.WRITE + "return ARGV[1]"


async def until_it_answers(ask: Callable[[], Awaitable[object]]) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            await ask()
        except Unavailable:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        else:
            return


async def test_a_script_is_told_to_a_server_that_does_not_know_it(client: redis.Client) -> None:
    echo = redis.Script(client, ECHO)
    assert await echo(b"\x00\xff") == b"\x00\xff"
    await client.script_flush()
    assert await echo("again") == b"again"


async def test_a_server_that_went_away_is_an_outage_and_the_client_finds_it_again(
    own_server: RedisServer, own_client: redis.Client
) -> None:
    echo = redis.Script(own_client, ECHO)
    await asyncio.gather(*(echo("before") for _ in range(5)))
    own_server.kill()
    with pytest.raises(Unavailable, match=r"Redis: .*connecting to"):
        await echo("during")
    own_server.start()
    assert await asyncio.gather(*(echo("after") for _ in range(5))) == [b"after"] * 5


async def test_a_server_that_restarts_between_two_commands_is_not_felt(
    own_server: RedisServer, own_client: redis.Client
) -> None:
    echo = redis.Script(own_client, ECHO)
    await asyncio.gather(*(echo("before") for _ in range(5)))
    own_server.kill()
    own_server.start()
    assert await asyncio.gather(*(echo("after") for _ in range(5))) == [b"after"] * 5


def test_a_server_that_breaks_off_each_connection_is_an_outage_in_the_loop_of_the_services_too() -> None:
    async def ask(port: int) -> None:
        client = redis.connect(f"redis://127.0.0.1:{port}")
        for _ in range(300):
            with pytest.raises(Unavailable, match="Redis: "):
                await redis.answer(client, client.ping())
        await client.aclose()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=break_off, args=(server,), daemon=True).start()
        uvloop.run(ask(server.getsockname()[1]))
        server.shutdown(socket.SHUT_RDWR)


async def test_a_mistake_that_is_none_of_redis_is_no_outage(client: redis.Client) -> None:
    async def mistaken() -> None:
        raise RuntimeError("dictionary changed size during iteration")

    with pytest.raises(RuntimeError, match=r"^dictionary"):
        await redis.answer(client, mistaken())


def break_off(server: socket.socket) -> None:
    """Resets each connection, as a Redis does in protected mode and one that is killed."""
    with contextlib.suppress(OSError):
        while True:
            connection, _ = server.accept()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()


async def test_a_server_that_hangs_is_an_outage_that_is_not_tried_again() -> None:
    connections: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: connections.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    client = redis.connect(f"redis://127.0.0.1:{port}/0?socket_timeout=0.1")
    with pytest.raises(Unavailable, match="Redis: Timeout"):
        await redis.answer(client, client.ping())
    assert len(connections) == 1
    connections[0].close()
    silent.close()
    await client.aclose()


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [("maxmemory", "1", "allow-oom|maxmemory"), ("min-replicas-to-write", "1", "NOREPLICAS")],
)
async def test_a_server_that_refuses_to_write_is_an_outage_and_passes(
    own_server: RedisServer, own_client: redis.Client, setting: str, value: str, text: str
) -> None:
    echo = redis.Script(own_client, ECHO)
    own_server.configure(setting, value)
    with pytest.raises(Unavailable, match=text):
        await echo("x")
    own_server.configure(setting, "0")
    assert await echo("x") == b"x"


async def test_after_a_failover_the_connections_to_the_old_primary_are_dropped(own_client: redis.Client) -> None:
    echo = redis.Script(own_client, ECHO)
    first = await own_client.client_id()
    await own_client.replicaof("127.0.0.1", "1")
    with pytest.raises(Unavailable, match="read only replica"):
        await echo("x")
    assert await own_client.client_id() != first
    await own_client.replicaof("NO", "ONE")
    assert await echo("x") == b"x"


@pytest.mark.parametrize("user", ["", "someone"])
async def test_a_password_that_is_wrong_is_an_outage_that_does_not_tell_it(own_server: RedisServer, user: str) -> None:
    own_server.configure("requirepass", "another")
    client = redis.connect(own_server.url.replace("://", f"://{user}:{SECRET}@"))
    with pytest.raises(Unavailable) as raised:
        await redis.Script(client, ECHO)("x")
    assert SECRET not in "".join(traceback.format_exception(raised.value))
    assert raised.value.__context__ is None
    await client.aclose()


async def test_a_server_that_wants_a_password_is_an_outage(own_server: RedisServer, own_client: redis.Client) -> None:
    own_server.configure("requirepass", SECRET)
    with pytest.raises(Unavailable, match="Authentication required"):
        await redis.Script(own_client, ECHO)("x")


async def test_arguments_that_redis_quotes_in_its_refusal_stay_out_of_the_error(client: redis.Client) -> None:
    with pytest.raises(Unavailable) as raised:
        await redis.answer(client, client.execute_command("UNHEARD", SECRET))  # type: ignore[no-untyped-call]
    assert str(raised.value) == "Redis: unknown command 'UNHEARD'"


@pytest.mark.parametrize(
    "url", ["https://redis:6379", f"redis://:{SECRET}@redis:port/0", "redis:6379", "", "redis://redis/0?unheard=1"]
)
def test_an_address_that_is_none_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ConfigError, match="REDIS_URL: not of the form") as raised:
        redis.connect(url)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("path", ["xx", "0x1", "-1", "1/2", "+1", "0?db=x", "0?db=-1"])
@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_a_database_that_is_no_number_is_refused_without_quoting_the_address(scheme: str, path: str) -> None:
    with pytest.raises(ConfigError, match="REDIS_URL: ") as raised:
        redis.connect(f"{scheme}://:{SECRET}@redis:6379/{path}")
    assert SECRET not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("url", "database"),
    [
        ("redis://redis", 0),
        ("redis://redis:6379/", 0),
        ("redis://redis:6379/15", 15),
        ("rediss://redis:6379/3/", 3),
        ("redis://redis?db=4", 4),
        ("unix:///run/redis/redis.sock", 0),
        ("unix:///run/redis/redis.sock?db=5", 5),
    ],
)
def test_the_database_of_an_address_is_the_one_that_is_used(url: str, database: int) -> None:
    assert redis.connect(url).connection_pool.connection_kwargs.get("db", 0) == database


def test_a_service_says_how_long_it_waits_for_a_connection_and_for_an_answer() -> None:
    settings = redis.connect("redis://redis", timeout=0.25).connection_pool.connection_kwargs
    assert (settings["socket_timeout"], settings["socket_connect_timeout"]) == (0.25, 0.25)


async def test_commands_that_are_cancelled_do_not_mix_up_the_answers_of_others(client: redis.Client) -> None:
    """https://github.com/redis/redis-py/issues/2624."""
    echo = redis.Script(client, ECHO)
    tasks = [asyncio.create_task(echo(str(number))) for number in range(60)]
    for number, task in enumerate(tasks):
        if number % 2:
            await asyncio.sleep(0)
            task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert answers[::2] == [str(number).encode() for number in range(0, 60, 2)]
    assert await asyncio.gather(*(echo(str(number)) for number in range(60))) == [
        str(number).encode() for number in range(60)
    ]
