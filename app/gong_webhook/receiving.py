"""`POST /webhooks/gong`: 202 once the call is in the queue for good, and a refusal that helps nobody to forge."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from app.errors import Unavailable
from app.gong_webhook.asgi import Gone, TooLarge, fields, read, reply
from app.gong_webhook.errors import Full, Malformed, NotAuthentic
from app.gong_webhook.events import Event, Signed, authenticate, check_body, parse
from app.gong_webhook.keys import Key
from app.gong_webhook.logs import request_id
from app.gong_webhook.metrics import Metrics
from app.gong_webhook.model import Delivery

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

log = logging.getLogger(__name__)

# what to wait before another try, where the store does not say
RETRY_SECONDS = 5
# nginx's status for a client that left; nobody reads it
CLIENT_GONE = 499
# of an answer that was given before the body was read, or the server would read all that the client sends
UNREAD = {"connection": "close"}
TRACE_HEADERS = ("x-request-id", "x-traceid")
SAFE_TRACE = re.compile(r"[0-9A-Za-z._:-]{1,128}", re.ASCII)


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    TEST = "test"
    FORGED = "forged"
    MALFORMED = "malformed"
    ENCODED = "encoded"
    OVERSIZED = "oversized"
    SLOW = "slow"
    ABORTED = "aborted"
    FULL = "full"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"


class Rules(NamedTuple):
    """`timeout`: seconds from the request's first line to the answer; `clock`: Unix seconds."""

    keys: Sequence[Key]
    public_url: str
    accept_bare: bool
    max_bytes: int
    timeout: float
    clock: Callable[[], float] = time.time


class Answer(NamedTuple):
    """`error`: for the sender; `detail`: for the log, where it differs; `reason`: of a metric's closed set."""

    status: int
    outcome: Outcome
    error: str = ""
    detail: str = ""
    reason: str = ""
    call_id: str = ""
    key: str = ""
    retry_after: float | None = None


UNANSWERED = Answer(HTTPStatus.INTERNAL_SERVER_ERROR, Outcome.FAILED)


class Webhook:
    """An ASGI application. `put` gives whether the delivery is new, once it is durable.

    It must go on where it is cancelled, as `GroupCommit.put` does: whoever sent the call may never send it again.
    """

    def __init__(self, rules: Rules, put: Callable[[Delivery], Awaitable[bool]], metrics: Metrics) -> None:
        self._rules = rules
        self._put = put
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        headers = fields(scope)
        answer = UNANSWERED
        try:
            answer = await self._answer(headers, receive)
            await reply(send, answer.status, _content(answer), _headers(answer))
        finally:
            self._record(answer, time.perf_counter() - started, headers)

    async def _answer(self, headers: dict[str, str], receive: Receive) -> Answer:
        try:
            return await self._in_time(headers, receive)
        except NotAuthentic as refused:
            words = "The request is not authenticated as Gong's; the service's log says why."
            return Answer(401, Outcome.FORGED, words, str(refused), refused.reason)
        except TooLarge:
            return Answer(413, Outcome.OVERSIZED, f"The body may have up to {self._rules.max_bytes} bytes.")
        except Malformed as wrong:
            return Answer(400, Outcome.MALFORMED, str(wrong))
        except Gone:
            return Answer(CLIENT_GONE, Outcome.ABORTED, "The client left.")

    async def _in_time(self, headers: dict[str, str], receive: Receive) -> Answer:
        rules = self._rules
        signed = event = None
        try:
            async with asyncio.timeout(rules.timeout):
                if headers.get("content-encoding", "identity").strip().lower() != "identity":
                    return Answer(415, Outcome.ENCODED, "The body must not be compressed: its bytes are signed.")
                signed = authenticate(headers.get("authorization", ""), rules.keys, rules.public_url, rules.clock())
                body = await read(receive, headers.get("content-length", ""), rules.max_bytes)
                digest = check_body(signed, body)
                event = parse(body, accept_bare=rules.accept_bare)
                return await self._enqueue(event, signed, digest)
        except TimeoutError:
            if signed and event:
                return _unavailable(event, signed, f"The queue did not answer within {rules.timeout:g} s.")
            return Answer(408, Outcome.SLOW, f"The body did not arrive within {rules.timeout:g} s.")

    async def _enqueue(self, event: Event, signed: Signed, digest: str) -> Answer:
        if event.is_test:
            return Answer(202, Outcome.TEST, call_id=event.call_id, key=signed.key)
        try:
            new = await self._put(Delivery(event.call_id, event.body, digest, self._rules.clock(), request_id.get()))
        except Full as full:
            return _unavailable(event, signed, "The queue is full.", str(full))._replace(outcome=Outcome.FULL)
        except Unavailable as down:
            refused = _unavailable(event, signed, "The queue does not answer.", str(down))
            return refused._replace(retry_after=down.retry_after or RETRY_SECONDS)
        outcome = Outcome.ACCEPTED if new else Outcome.DUPLICATE
        return Answer(202, outcome, call_id=event.call_id, key=signed.key)

    def _record(self, answer: Answer, seconds: float, headers: dict[str, str]) -> None:
        self._metrics.answered(answer.status, answer.outcome, seconds)
        if answer.reason:
            self._metrics.refused(answer.reason)
        if answer.key:
            self._metrics.signed(answer.key)
        told = {"call_id": answer.call_id, "key": answer.key, "reason": answer.reason, "trace_id": _trace(headers)}
        log.log(
            _level(answer.status),
            "%s",
            answer.detail or answer.error or answer.outcome,
            extra={
                "status": answer.status,
                "outcome": answer.outcome,
                "duration_ms": round(seconds * 1000, 2),
                **{name: value for name, value in told.items() if value},
            },
        )


def _unavailable(event: Event, signed: Signed, error: str, detail: str = "") -> Answer:
    return Answer(
        503,
        Outcome.UNAVAILABLE,
        error,
        detail,
        call_id=event.call_id,
        key=signed.key,
        retry_after=RETRY_SECONDS,
    )


def _level(status: int) -> int:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return logging.ERROR
    return logging.WARNING if status >= HTTPStatus.BAD_REQUEST else logging.INFO


def _content(answer: Answer) -> dict[str, str]:
    return {"error": answer.error} if answer.error else {"status": answer.outcome}


def _headers(answer: Answer) -> dict[str, str]:
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return {"www-authenticate": "Bearer", **UNREAD}
    if answer.outcome in {Outcome.OVERSIZED, Outcome.SLOW, Outcome.ENCODED}:
        return UNREAD
    return {} if answer.retry_after is None else {"retry-after": str(ceil(answer.retry_after))}


def _trace(headers: dict[str, str]) -> str:
    """The sender's own id of the request, if it is one that a log can hold."""
    return next((headers[name] for name in TRACE_HEADERS if SAFE_TRACE.fullmatch(headers.get(name, ""))), "")
