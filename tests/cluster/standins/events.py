"""Sends signed call events at a steady rate, as Gong does: `python -m tests.cluster.standins.events --rate 20`.

A connection carries a few requests only, so that a Service leads them to all of its pods. Says so when the first event
is acknowledged, and at its end what became of all; tests/cluster/standins/told.py tells how it is asked to end.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import ssl
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from app.gong_webhook import sample
from tests.cluster.standins import told
from tests.servers import gong_calls
from tests.servers.processes import SECRET

URL = "http://gong-webhook-service/webhooks/gong"
# that the chart's values for stage register with Gong
REGISTERED = "https://gong-webhook.stage.sophia-ai.example/webhooks/gong"
# as long as the service itself gives a request
ANSWER_SECONDS = 30.0
SEND_AGAIN_SECONDS = 0.5
GIVE_UP_SECONDS = 300.0
# of one kind of error, how many are told in full
EXAMPLES = 5
DIGITS = 18


@dataclass(frozen=True)
class Given:
    """The command line. `count`: 0 for no end; `retry`: whether a refused event is sent again until it is taken."""

    url: str
    registered: str
    key: str
    rate: float
    count: int
    at_once: int
    per_connection: int
    retry: bool


class Sender:
    def __init__(self, given: Given) -> None:
        self._given = given
        self._began = time.monotonic()
        # each client would read all the authorities' certificates again, which takes longer than a request
        self._trust = ssl.create_default_context()
        self._sent: list[str] = []
        self._acknowledged: list[str] = []
        self._errors: Counter[str] = Counter()
        self._examples: list[dict[str, Any]] = []
        self._slowest = 0.0
        self._over = asyncio.Event()

    def report(self) -> dict[str, Any]:
        """`errors`: answers but 2xx by status, and broken connections by name; of each the first are in `examples`."""
        return {
            "sent": len(self._sent),
            "acknowledged": len(self._acknowledged),
            "errors": dict(self._errors),
            "examples": self._examples,
            "seconds": round(time.monotonic() - self._began, 3),
            "slowest_seconds": round(self._slowest, 3),
        }

    async def run(self) -> dict[str, Any]:
        """The report, and call ids: `ids` of those acknowledged, `missing` of others; `late`: how many never went."""
        if not self._given.count:
            told.listen(self._over, self.report)
        ids: asyncio.Queue[str | None] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._given.at_once):
                group.create_task(self._work(ids))
            async for call_id in self._due():
                ids.put_nowait(call_id)
            # what is late by now is not sent any more: a busy machine would never be done with it
            late = ids.qsize() if self._over.is_set() else 0
            for _ in range(late):
                ids.get_nowait()
            for _ in range(self._given.at_once):
                ids.put_nowait(None)
        missing = sorted(set(self._sent) - set(self._acknowledged))
        return self.report() | {"ids": self._acknowledged, "missing": missing, "late": late}

    async def _due(self) -> AsyncIterator[str]:
        """A call's id, each time that one is due."""
        first = random.randrange(10 ** (DIGITS - 1), 10**DIGITS)
        number = 0
        while not self._over.is_set() and (number < self._given.count or not self._given.count):
            yield str(first + number)
            number += 1
            await asyncio.sleep(max(0.0, self._began + number / self._given.rate - time.monotonic()))

    async def _work(self, ids: asyncio.Queue[str | None]) -> None:
        """Until there is a None among them; with a connection after the other."""
        while True:
            async with httpx2.AsyncClient(timeout=ANSWER_SECONDS, verify=self._trust) as client:
                for _ in range(self._given.per_connection):
                    call_id = await ids.get()
                    if call_id is None:
                        return
                    await self._deliver(client, call_id)

    async def _deliver(self, client: httpx2.AsyncClient, call_id: str) -> None:
        self._sent.append(call_id)
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while not await self._is_taken(client, call_id):
            if not self._given.retry or time.monotonic() > deadline:
                return
            await asyncio.sleep(SEND_AGAIN_SECONDS)

    async def _is_taken(self, client: httpx2.AsyncClient, call_id: str) -> bool:
        body, began = gong_calls.webhook(call_id), time.monotonic()
        token = sample.token(self._given.key, self._given.registered, body, time.time())
        headers = {"authorization": token, "content-type": "application/json"}
        try:
            answer = await client.post(self._given.url, content=body, headers=headers)
        except httpx2.HTTPError as error:
            self._failed(type(error).__name__, str(error), began)
            return False
        self._slowest = max(self._slowest, time.monotonic() - began)
        if not answer.is_success:
            self._failed(str(answer.status_code), answer.text[:200], began)
            return False
        if not self._acknowledged:
            told.say({"began": call_id})
        self._acknowledged.append(call_id)
        return True

    def _failed(self, kind: str, words: str, began: float) -> None:
        self._errors[kind] += 1
        if self._errors[kind] <= EXAMPLES:
            after, took = began - self._began, time.monotonic() - began
            example = {"kind": kind, "words": words, "after_seconds": round(after, 3), "took_seconds": round(took, 3)}
            self._examples.append(example)


def parse(words: Sequence[str]) -> Given:
    parser = argparse.ArgumentParser(prog="events", description=(__doc__ or "").splitlines()[0].partition(":")[0] + ".")
    add = parser.add_argument
    add("--url", default=URL, help="where to")
    add("--registered", default=REGISTERED, help="the URL that is signed: the service's PUBLIC_WEBHOOK_URL")
    add("--key-on-input", action="store_true", help="the first line of the input is the key; else it is the tests' own")
    add("--rate", type=float, default=20.0, help="events a second")
    add("--count", type=int, default=0, help="how many; without it, until a line on the input")
    add("--at-once", type=int, default=8, help="most requests at once")
    add("--per-connection", type=int, default=4, help="requests on one connection")
    add("--retry", action="store_true", help="send again what was refused or not answered, until it is acknowledged")
    given: Mapping[str, Any] = vars(parser.parse_args(words))
    key = sys.stdin.readline().strip() if given["key_on_input"] else SECRET
    return Given(key=key, **{name: value for name, value in given.items() if name != "key_on_input"})


async def main(given: Given) -> None:
    told.say(await Sender(given).run())


if __name__ == "__main__":
    asyncio.run(main(parse(sys.argv[1:])))
