"""A stand-in for Gong's API: its limits, its lag, its pages, its errors, and on demand what a bad day brings.

By hand: `python tests/servers/gong.py --port 8091 --calls 300`; it prints where it listens. `GET /_stats` tells what
was asked of it. In a test: `with serving(standin := StandIn()) as url`, and then its attributes.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[2])

from tests.servers import gong_calls, loopback
from tests.servers.gong_faults import Fault, errors, faulty

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

# the name of the list in the answer, and of the filter in the request
LISTS = {
    "/v2/calls/extensive": ("calls", "callIds"),
    "/v2/calls/transcript": ("callTranscripts", "callIds"),
    "/v2/users/extensive": ("users", "userIds"),
}
KEY = "ACCESSKEY:very-secret-part"


class StandIn:
    """An ASGI application. Its attributes may be changed between requests.

    `per_second`, `daily`: None for no limit. A call is "not there" for the first `lag_requests` requests for it to each
    endpoint, and for `lag_seconds` after the first. `faults`: for the next requests, one each. `every`: (n, fault) for
    each n-th. `absent`: ids that Gong never has. `unreadable`: ids whose entry is of another shape. `silent`: ids with
    an empty transcript. `fatal`: ids that make it answer 500. `delay`: seconds before each answer. `listing`: what
    GET /v2/calls knows, with its start; in the order of its list.
    """

    def __init__(self, *, key: str = KEY, per_second: int | None = 3, daily: int | None = 10_000) -> None:
        self.key = key
        self.per_second = per_second
        self.daily = daily
        self.page = 100
        self.lag_requests = 0
        self.lag_seconds = 0.0
        self.retry_after = "1"
        self.endless_cursor: str | None = None
        self.faults: deque[Fault] = deque()
        self.every: tuple[int, Fault] | None = None
        self.absent: set[str] = set()
        self.unreadable: set[str] = set()
        self.silent: set[str] = set()
        self.fatal: set[str] = set()
        self.delay = 0.0
        self.overrides: dict[tuple[str, str], bytes] = {}
        self.listing: dict[str, datetime] = {}
        self.users = {gong_calls.user_id(number): gong_calls.user(number) for number in range(gong_calls.USERS)}
        self.requests: Counter[str] = Counter()
        self.refused = 0
        self.worst_second = 0
        self.asked: deque[tuple[str, dict[str, Any]]] = deque(maxlen=1_000)
        self._latest: deque[float] = deque()
        self._asked_for: Counter[tuple[str, str]] = Counter()
        self._first_asked: dict[tuple[str, str], float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.scope["path"] == "/_stats":
            response: Response = JSONResponse(self.stats())
        else:
            response = await self._answer(request)
        await response(scope, receive, send)

    def stats(self) -> dict[str, Any]:
        total = sum(self.requests.values())
        return {
            "requests": dict(self.requests),
            "total": total,
            "refused": self.refused,
            "worst_second": self.worst_second,
        }

    async def _answer(self, request: Request) -> Response:
        path = request.scope["path"]
        body = await request.body()
        limited = self._counted(path)
        await asyncio.sleep(self.delay)
        fault = self._fault()
        if fault:
            return await faulty(fault, self.retry_after)
        if request.headers.get("authorization") != _expected(self.key):
            return errors(401, "Unauthorized")
        if limited:
            self.refused += 1
            return errors(429, "Rate limit exceeded", {"Retry-After": self.retry_after})
        asked = json.loads(body) if body else dict(request.query_params)
        self.asked.append((path, asked))
        return self._found(path, asked)

    def _counted(self, path: str) -> bool:
        """Whether this request is one too many."""
        now = time.monotonic()
        self._latest.append(now)
        while self._latest[0] <= now - 1:
            self._latest.popleft()
        self.requests[path] += 1
        self.worst_second = max(self.worst_second, len(self._latest))
        too_fast = self.per_second is not None and len(self._latest) > self.per_second
        return too_fast or (self.daily is not None and sum(self.requests.values()) > self.daily)

    def _fault(self) -> Fault | None:
        if self.faults:
            return self.faults.popleft()
        if self.every and sum(self.requests.values()) % self.every[0] == 0:
            return self.every[1]
        return None

    def _found(self, path: str, asked: dict[str, Any]) -> Response:
        if path == "/v2/calls":
            return self._listed(asked)
        if path not in LISTS:
            return Response("<html>nothing here</html>", 404, media_type="text/html")
        name, key = LISTS[path]
        ids: list[Any] = asked["filter"][key]
        if self.fatal.intersection(ids):
            return errors(500, "An unexpected error")
        if not ids:
            return errors(400, f"filter.{key}: must not be empty but can be null or can be omitted")
        if not all(isinstance(each, str) and each.isdigit() for each in ids):
            return errors(400, f"filter.{key}: an id is not a number\n\x1b[31m<!channel>" + "!" * 1_000)
        return self._pages(name, [self._entry(path, each) for each in ids if self._is_there(path, each)], asked)

    def _is_there(self, path: str, call_id: str) -> bool:
        if path == "/v2/users/extensive":
            return call_id in self.users
        now = time.monotonic()
        first = self._first_asked.setdefault((path, call_id), now) if self.lag_seconds else now
        self._asked_for[path, call_id] += bool(self.lag_requests)
        late = self._asked_for[path, call_id] > self.lag_requests or not self.lag_requests
        return late and now - first >= self.lag_seconds and call_id not in self.absent

    def _entry(self, path: str, call_id: str) -> bytes:
        if (path, call_id) in self.overrides:
            return self.overrides[path, call_id]
        if path == "/v2/users/extensive":
            return json.dumps(self.users[call_id]).encode()
        if call_id in self.unreadable:
            return b'{"callId": "%s", "transcript": 7, "metaData": {"id": ["?"]}}' % call_id.encode()
        if path == "/v2/calls/extensive":
            return gong_calls.extensive(call_id)
        if call_id in self.silent:
            return b'{"callId": "%s", "transcript": []}' % call_id.encode()
        return gong_calls.transcript(call_id)

    def _listed(self, asked: dict[str, Any]) -> Response:
        since, until = (datetime.fromisoformat(asked[key]) for key in ("fromDateTime", "toDateTime"))
        if since >= until:
            return errors(400, "toDateTime: must be after fromDateTime")
        found = [gong_calls.listed(each, at) for each, at in self.listing.items() if since <= at < until]
        return self._pages("calls", found, asked)

    def _pages(self, name: str, entries: Sequence[bytes], asked: dict[str, Any]) -> Response:
        if not entries:
            return errors(404, "No calls found for the specified period")
        offset = int(asked.get("cursor", "page-0").removeprefix("page-")) if self.endless_cursor is None else 0
        some = entries[offset : offset + self.page]
        records: dict[str, Any] = {"totalRecords": len(entries), "currentPageSize": len(some)}
        if offset + self.page < len(entries):
            records["cursor"] = f"page-{offset + self.page}"
        if self.endless_cursor is not None:
            records["cursor"] = self.endless_cursor
        head = json.dumps({"requestId": "4al018gzaztcr8nbukw", "records": records, "aFieldOfTomorrow": 1})
        return Response(
            b'%s, "%s": [%s]}' % (head[:-1].encode(), name.encode(), b",".join(some)), media_type="application/json"
        )


def _expected(key: str) -> str:
    return f"Basic {base64.b64encode(key.encode()).decode()}" if ":" in key else f"Bearer {key}"


def spread(ids: Iterable[str], until: datetime, step: timedelta) -> dict[str, datetime]:
    """Starts for a listing: the first just before `until`, and each `step` before the last."""
    return {call_id: until - (number + 1) * step for number, call_id in enumerate(ids)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--per-second", type=int, default=3, help="0: unlimited, and no daily limit either")
    parser.add_argument("--lag-seconds", type=float, default=0.0)
    parser.add_argument("--lag-requests", type=int, default=0)
    parser.add_argument("--calls", type=int, default=0, help="how many calls GET /v2/calls lists, one every 15 minutes")
    parser.add_argument("--every", type=int, help="each so-manieth answer is the fault")
    parser.add_argument("--fault", type=Fault, choices=list(Fault), default=Fault.BROKEN)
    given = parser.parse_args()
    standin = StandIn(key=given.key, per_second=given.per_second or None, daily=10_000 if given.per_second else None)
    standin.lag_seconds, standin.lag_requests = given.lag_seconds, given.lag_requests
    ids = (str(7_000_000_000_000_000_000 + number) for number in range(given.calls))
    standin.listing = spread(ids, datetime.now(UTC), timedelta(minutes=15))
    standin.every = (given.every, given.fault) if given.every else None
    print(loopback.start(standin, given.port, given.host), flush=True)
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
