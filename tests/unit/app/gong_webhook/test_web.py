"""/health, /metrics, and what there is not."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from app.errors import Unavailable
from app.gong_webhook import __version__
from app.gong_webhook.metrics import Build
from app.gong_webhook.web import READY_SECONDS, Health, create
from tests.servers.receiver import PATH, Receiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.applications import Starlette

pytestmark = pytest.mark.anyio


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    return Receiver(tmp_path)


async def got(receiver: Receiver, path: str, method: str = "GET") -> httpx2.Response:
    async with receiver.client() as client:
        return await client.request(method, path)


async def broken() -> None:
    raise Unavailable("Redis", "refuses the connection")


async def hanging() -> None:
    await asyncio.Event().wait()


async def test_health_says_what_runs_and_what_to_worry_about(receiver: Receiver) -> None:
    receiver.warnings.append("Redis keeps no append-only file")
    answer = await got(receiver, "/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "role": "serve",
        "version": __version__,
        "track": "stable",
        "warnings": ["Redis keeps no append-only file"],
        "request_id": answer.headers["x-request-id"],
    }


async def test_health_asks_no_store_so_that_an_outage_restarts_no_pod(receiver: Receiver) -> None:
    receiver.ready = broken
    receiver.draining.touch()
    assert (await got(receiver, "/health")).status_code == 200


@pytest.mark.parametrize("query", ["ready", "ready=", "ready=1", "a=b&ready"])
async def test_ready_asks_the_queue_and_the_log_says_what_is_wrong(
    receiver: Receiver, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await got(receiver, f"/health?{query}")).status_code == 200
    receiver.ready = broken
    answer = await got(receiver, f"/health?{query}")
    assert (answer.status_code, answer.json()["reason"]) == (503, "Redis: refuses the connection")
    assert caplog.messages == ["not ready: Redis: refuses the connection"]


async def test_a_queue_that_hangs_is_not_ready(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.gong_webhook.web.READY_SECONDS", READY_SECONDS / 100)
    receiver.ready = hanging
    answer = await got(receiver, "/health?ready")
    assert (answer.status_code, answer.json()["reason"]) == (503, "no answer from the queue within 0.02 s")


async def test_a_pod_that_drains_is_not_ready_and_still_takes_what_comes(receiver: Receiver) -> None:
    receiver.draining.touch()
    answer = await got(receiver, "/health?ready")
    assert (answer.status_code, answer.json()["reason"]) == (503, "draining")
    assert (await receiver.deliver(b"{}")).status_code == 400


async def test_metrics_are_text_as_prometheus_reads_it(receiver: Receiver) -> None:
    answer = await got(receiver, "/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert f'gong_webhook_build_info{{role="serve",track="stable",version="{__version__}"}} 1.0' in answer.text


@pytest.mark.parametrize("path", ["/health", "/metrics"])
async def test_head_is_answered_and_other_methods_are_not(receiver: Receiver, path: str) -> None:
    assert (await got(receiver, path, "HEAD")).status_code == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "FOO"):
        answer = await got(receiver, path, method)
        assert (answer.status_code, answer.json()["error"]) == (405, "Method Not Allowed")
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


async def test_the_webhook_takes_post_alone(receiver: Receiver) -> None:
    for method in ("GET", "HEAD", "PUT", "OPTIONS"):
        assert (await got(receiver, PATH, method)).status_code == 405


@pytest.mark.parametrize("path", ["/", "/webhooks", "/webhooks/gong/x", "/health/", "//health", "/%00", "/.env", "/é"])
async def test_there_is_nothing_else(receiver: Receiver, path: str) -> None:
    answer = await got(receiver, f"http://receiver{path}")
    assert answer.status_code == 404
    assert answer.json() == {"error": "Not Found", "request_id": answer.headers["x-request-id"]}


async def test_only_webhooks_are_counted_as_requests(receiver: Receiver) -> None:
    for path in ("/health", "/health?ready", "/metrics", "/nothing"):
        await got(receiver, path)
    assert "gong_webhook_requests_total{" not in (await got(receiver, "/metrics")).text


async def test_a_request_id_of_the_senders_does_not_become_ours(receiver: Receiver) -> None:
    async with receiver.client() as client:
        answer = await client.get("/health", headers={"x-request-id": "theirs"})
    assert answer.headers.get_list("x-request-id") == [answer.json()["request_id"]] != ["theirs"]


@asynccontextmanager
async def no_lifespan(_: Starlette) -> AsyncIterator[None]:
    yield


async def test_a_worker_has_no_webhook(tmp_path: Path) -> None:
    async def ready() -> None:
        raise Unavailable("Snowflake", "does not answer")

    async def scrape() -> bytes:
        raise RuntimeError("swordfish")

    health = Health(Build("worker"), tmp_path / "draining", ready, list)
    transport = httpx2.ASGITransport(app=create(health, scrape, no_lifespan))
    async with httpx2.AsyncClient(transport=transport, base_url="http://worker") as client:
        assert (await client.post(PATH)).status_code == 404
        state = (await client.get("/health")).json()
        assert (state["role"], "track" in state) == ("worker", False)
        assert (await client.get("/health?ready")).json()["reason"] == "Snowflake: does not answer"
        assert (await client.get("/metrics")).status_code == 500
