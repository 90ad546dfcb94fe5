"""Bodies: too long, too slow, compressed, cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from app.gong_webhook import sample
from tests.servers import signing
from tests.servers.receiver import LIMIT, PATH, Receiver

pytestmark = pytest.mark.anyio
BODY = sample.body("7782342274025937895")


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    return Receiver(tmp_path)


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "deflate"])
async def test_a_compressed_body_is_refused_before_the_token_is_looked_at(receiver: Receiver, encoding: str) -> None:
    assert (await receiver.deliver(BODY, {"content-encoding": encoding})).status_code == 415


async def test_a_body_that_says_it_is_not_compressed_is_taken(receiver: Receiver) -> None:
    answer = await receiver.deliver(BODY, signing.headers(BODY) | {"content-encoding": "Identity"})
    assert answer.status_code == 202


class Body:
    """Counts what of it is read."""

    def __init__(self, chunks: int, size: int = 1024) -> None:
        self.left = chunks
        self.size = size
        self.read = 0

    def __aiter__(self) -> Body:
        return self

    async def __anext__(self) -> bytes:
        if not self.left:
            raise StopAsyncIteration
        self.left -= 1
        self.read += self.size
        return b" " * self.size


async def test_a_strangers_body_is_not_read(receiver: Receiver) -> None:
    body = Body(100)
    async with receiver.client() as client:
        assert (await client.post(PATH, content=body, headers={"authorization": "x.y.z"})).status_code == 401
    assert body.read == 0


async def test_a_body_that_is_announced_as_too_long_is_refused_unread(receiver: Receiver) -> None:
    body = Body(100)
    async with receiver.client() as client:
        for length in (str(LIMIT + 1), "9" * 5000):
            headers = signing.headers(b"") | {"content-length": length}
            answer = await client.post(PATH, content=body, headers=headers)
            assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert body.read == 0


async def test_a_body_that_turns_out_too_long_is_read_no_further(receiver: Receiver) -> None:
    body = Body(1000)
    async with receiver.client() as client:
        assert (await client.post(PATH, content=body, headers=signing.headers(b""))).status_code == 413
    assert LIMIT < body.read <= LIMIT + body.size


async def test_a_body_of_just_the_limit_is_taken(receiver: Receiver) -> None:
    full = BODY + b" " * (LIMIT - len(BODY))
    assert (await receiver.deliver(full)).status_code == 202
    assert (await receiver.deliver(full + b" ")).status_code == 413


async def test_a_length_that_is_no_number_is_left_to_the_bytes_that_come(receiver: Receiver) -> None:
    for length in ("-1", "1e9", "\N{SUPERSCRIPT TWO}", "0x10", ""):
        headers = {name.encode(): value.encode("latin-1") for name, value in signing.headers(BODY).items()}
        async with receiver.client() as client:
            answer = await client.post(
                PATH, content=BODY, headers=headers | {b"content-length": length.encode("latin-1")}
            )
            assert answer.status_code == 202


async def test_a_body_that_does_not_arrive_in_time_is_given_up(tmp_path: Path) -> None:
    receiver = Receiver(tmp_path, timeout=0.05)

    async def slowly() -> AsyncIterator[bytes]:
        yield BODY[:10]
        await asyncio.Event().wait()

    async with receiver.client() as client:
        answer = await client.post(PATH, content=slowly(), headers=signing.headers(BODY))
    assert (answer.status_code, answer.json()["error"]) == (408, "The body did not arrive within 0.05 s.")
    assert answer.headers["connection"] == "close"


async def test_a_sender_that_leaves_in_the_middle_of_its_body_is_counted_and_nothing_is_queued(
    receiver: Receiver,
) -> None:
    await leave_after(receiver, BODY[:100])
    assert receiver.queue.deliveries == []
    assert await receiver.metric('gong_webhook_deliveries_total{outcome="aborted"}') == 1


async def leave_after(receiver: Receiver, part: bytes) -> None:
    messages: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": part, "more_body": True},
        {"type": "http.disconnect"},
    ]
    headers = [(name.encode(), value.encode()) for name, value in signing.headers(BODY).items()]
    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": headers}

    async def receive() -> MutableMapping[str, Any]:
        return messages.pop(0)

    async def send(_: object) -> None:
        await asyncio.sleep(0)

    await receiver.app(scope, receive, send)
