"""The sender of events counts what the service acknowledged, and everything that went wrong before."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.cluster.standins.loads import from_here
from tests.cluster.waiting import eventually
from tests.servers.loopback import serving
from tests.servers.processes import SECRET, Process
from tests.servers.redis import free_port

if TYPE_CHECKING:
    from starlette.requests import Request

REGISTERED = "--registered=https://hooks.sophia.example/webhooks/gong"
START_SECONDS = 120
SLOW_SECONDS = 0.1


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Process]:
    process = Process("all", tmp_path, {"RECONCILE_EVERY_SECONDS": "0"})
    try:
        process.wait_until_ready()
        yield process
    finally:
        process.kill()


def url(service: Process) -> str:
    return f"--url={service.url}/webhooks/gong"


def rows(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "data" / "warehouse.sqlite", timeout=30)) as connection:
        return sorted(row[0] for row in connection.execute("SELECT call_id FROM calls"))


def test_each_event_that_it_says_was_acknowledged_becomes_a_row(service: Process, tmp_path: Path) -> None:
    with from_here("events", url(service), REGISTERED, "--count=40", "--rate=100", "--per-connection=3") as load:
        said = load.wait()
    assert (said["sent"], said["acknowledged"], said["errors"], said["missing"]) == (40, 40, {}, [])
    assert len(set(said["ids"])) == 40
    eventually(lambda: rows(tmp_path) == sorted(said["ids"]), "all are rows")


def test_it_sends_until_it_is_asked_to_end_and_tells_how_it_goes(service: Process) -> None:
    with from_here("events", url(service), REGISTERED, "--rate=50", key=SECRET) as load:
        eventually(lambda: load.report()["acknowledged"] > 10, "ten are acknowledged")
        said = load.stop()
    assert said["sent"] == said["acknowledged"] == len(said["ids"]) > 10
    assert said == load.stop()


def test_what_is_signed_with_another_key_is_counted_as_refused(service: Process) -> None:
    arguments = [url(service), REGISTERED, "--count=3"]
    with (
        pytest.raises(AssertionError, match=r"'errors': \{'401': 3\}"),
        from_here("events", *arguments, key="hs256:a-secret-that-is-not-the-one-of-the-service"),
    ):
        pass


def test_what_is_late_when_it_is_asked_to_end_is_not_sent_any_more() -> None:
    async def slow(_: Request) -> Response:
        await asyncio.sleep(SLOW_SECONDS)
        return Response(status_code=202)

    app = Starlette(routes=[Route("/", slow, methods=["POST"])])
    with serving(app) as address, from_here("events", f"--url={address}/", "--rate=500", "--at-once=1") as load:
        eventually(lambda: load.report()["acknowledged"] > 3, "some are acknowledged")
        said = load.stop()
    assert said["late"] > 0
    assert said["sent"] == said["acknowledged"]


def test_without_retries_each_event_that_was_not_taken_is_told_of(service: Process) -> None:
    with from_here("events", url(service), REGISTERED, "--rate=50") as load:
        service.kill()
        eventually(lambda: load.report()["errors"].get("ConnectError", 0) > 3, "connections are refused")
        said = load.stop()
    assert sum(said["errors"].values()) == len(said["missing"]) == said["sent"] - said["acknowledged"]
    assert not set(said["missing"]) & set(said["ids"])
    kinds = [example["kind"] for example in said["examples"]]
    assert 3 < kinds.count("ConnectError") <= 5


def test_with_retries_what_was_refused_is_sent_again_until_it_is_taken(service: Process, tmp_path: Path) -> None:
    with from_here("events", url(service), REGISTERED, "--rate=50", "--retry") as load:
        service.kill()
        eventually(lambda: load.report()["errors"].get("ConnectError", 0) > 3, "connections are refused")
        service.start()
        service.wait_until_ready()
        said = load.stop()
    assert said["missing"] == []
    assert said["sent"] == said["acknowledged"]
    eventually(lambda: rows(tmp_path) == sorted(said["ids"]), "all are rows")


def test_no_connection_carries_more_requests_than_it_is_told() -> None:
    ports: list[int] = []

    async def take(request: Request) -> Response:
        assert request.client
        ports.append(request.client.port)
        return Response(status_code=202)

    app = Starlette(routes=[Route("/calls", take, methods=["POST"])])
    with (
        serving(app) as base,
        from_here("events", f"--url={base}/calls", "--count=30", "--rate=500", "--per-connection=3") as load,
    ):
        assert load.wait()["acknowledged"] == 30
    assert max(ports.count(port) for port in ports) == 3


def test_where_nobody_answers_the_test_is_told_that_it_never_began() -> None:
    nobody = f"--url=http://127.0.0.1:{free_port()}/"
    with (
        pytest.raises(AssertionError, match=r"it ended before it began.*ConnectError"),
        from_here("events", nobody, "--count=2"),
    ):
        pass
