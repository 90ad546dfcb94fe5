"""One request to Gong, inside its limits, and what each way of not answering means. Never logs what goes either way.

Limits, authentication and errors: Gong's OpenAPI description (https://help.gong.io/docs/what-the-gong-api-provides).
"""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, NamedTuple

import httpx2
import msgspec
from msgspec import Struct

from app.errors import ConfigError, Unavailable
from app.gong_webhook.errors import Rejected
from app.gong_webhook.ratelimit import Limiter, Purpose

OnCall = Callable[[str, str], None]
"""Told of each call: the endpoint, and the status or NO_ANSWER."""
OnWait = Callable[[float], None]
"""Told the seconds that a call waits for its slot."""

NO_ANSWER = "none"
ANSWER_BYTES = 64 * 1024 * 1024
TRIES_WHEN_LIMITED = 3
# a 429 that asks for more concerns the day: the calls go back to the queue, and are not held that long
LONGEST_PAUSE_SECONDS = 60.0
DEFAULT_PAUSE_SECONDS = 1.0
DAY_SECONDS = 24 * 3600.0
LONGEST_REASON = 300
LAST_PORT = 65_535

_ADVICE = {
    401: "refuses the API key (401): is GONG_API_KEY right, and still valid?",
    403: "refuses this caller (403): is this address among Gong's trusted IPs, and may the key read calls and users?",
    404: "has no such path (404): is GONG_API_BASE_URL right?",
}


class Timeouts(NamedTuple):
    """Seconds. `read`: of one read; `answer`: of all, for one byte now and then never meets the time-out of a read."""

    connect: float = 10.0
    read: float = 60.0
    answer: float = 180.0


TIMEOUTS = Timeouts()


class Request(NamedTuple):
    method: str
    path: str
    params: Mapping[str, str] = {}
    body: Mapping[str, Any] | None = None


class Answer(NamedTuple):
    status: int
    retry_after: str
    body: bytes


class _Errors(Struct):
    """`{"requestId": …, "errors": […]}`; nobody else's 404 looks like this."""

    errors: list[str]


class Transport:
    """Raises ConfigError where the base URL or the key cannot be meant."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        limiter: Limiter,
        *,
        on_call: OnCall,
        on_wait: OnWait,
        timeouts: Timeouts = TIMEOUTS,
    ) -> None:
        self._limiter = limiter
        self._on_call = on_call
        self._on_wait = on_wait
        self._answer_seconds = timeouts.answer
        self._client = httpx2.AsyncClient(
            base_url=address(base_url),
            headers={"Authorization": authorization(api_key)},
            timeout=httpx2.Timeout(timeouts.read, connect=timeouts.connect),
        )

    async def ask(self, request: Request, purpose: Purpose) -> bytes | None:
        """The answer's body; None where Gong has nothing that fits, or not yet.

        Raises BudgetSpent, Unavailable, and Rejected, which holds for the request as a whole.
        """
        pause = 0.0
        for _ in range(TRIES_WHEN_LIMITED):
            answer = await self._send(request, purpose)
            if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
                return _meaning(answer)
            pause = _seconds(answer.retry_after)
            await self._limiter.pause(min(pause, LONGEST_PAUSE_SECONDS))
            if pause > LONGEST_PAUSE_SECONDS:
                break
        raise Unavailable("Gong", "answers that this company makes too many calls (429)", pause)

    async def close(self) -> None:
        await self._client.aclose()

    async def _send(self, request: Request, purpose: Purpose) -> Answer:
        wait = await self._limiter.acquire(purpose)
        self._on_wait(wait)
        await asyncio.sleep(wait)
        status = NO_ANSWER
        deadline = time.monotonic() + self._answer_seconds
        try:
            async with self._client.stream(
                request.method, request.path, params=request.params or None, json=request.body
            ) as response:
                status = str(response.status_code)
                body = await _whole(response, deadline)
        except httpx2.HTTPError as error:
            # its text may hold a header; its cause holds the request
            raise Unavailable("Gong", f"no whole answer ({type(error).__name__})") from None
        finally:
            self._on_call(request.path, status)
        return Answer(response.status_code, response.headers.get("Retry-After", ""), body)


def address(base_url: str) -> httpx2.URL:
    wrong = ConfigError("GONG_API_BASE_URL must be an address such as https://api.gong.io")
    try:
        found = httpx2.URL(base_url.rstrip("/").removesuffix("/v2"))
    except httpx2.InvalidURL:
        raise wrong from None
    if found.scheme not in {"http", "https"} or not found.host or found.userinfo or found.query:
        raise wrong
    if (found.port or 0) > LAST_PORT:
        raise wrong
    return found


def authorization(api_key: str) -> str:
    """Of an access key and its secret, joined by a colon, or else of an OAuth token. Raises ConfigError."""
    if not re.fullmatch(r"[!-~]+", api_key):
        raise ConfigError("GONG_API_KEY must be an access key and its secret with a colon between, or an OAuth token")
    if ":" in api_key:
        return f"Basic {base64.b64encode(api_key.encode()).decode()}"
    return f"Bearer {api_key}"


async def _whole(response: httpx2.Response, deadline: float) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > ANSWER_BYTES:
            raise Unavailable("Gong", f"answers with more than {ANSWER_BYTES >> 20} MiB")
        if time.monotonic() > deadline:
            raise Unavailable("Gong", "answers too slowly")
    return bytes(body)


def _meaning(answer: Answer) -> bytes | None:
    if answer.status == HTTPStatus.OK:
        return answer.body
    errors = _errors(answer.body)
    if answer.status == HTTPStatus.NOT_FOUND and (errors is not None or not answer.body):
        return None
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
        raise Rejected(f"Gong refuses the request ({answer.status}): {errors or 'no reason given'}")
    retry_after = _seconds(answer.retry_after) if answer.retry_after else None
    raise Unavailable("Gong", _ADVICE.get(answer.status) or _says(answer.status), retry_after)


def _says(status: int) -> str:
    elsewhere = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return f"answers {status}" + (": is GONG_API_BASE_URL right?" if elsewhere else "")


def _errors(body: bytes) -> str | None:
    """Gong's own words, short and on one line; None where these are not Gong's."""
    try:
        errors = msgspec.json.decode(body, type=_Errors).errors
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    words = "".join(letter if letter.isprintable() else " " for letter in "; ".join(errors)[:LONGEST_REASON])
    return " ".join(words.split())


def _seconds(retry_after: str) -> float:
    """Of a Retry-After: a number of seconds, or a date (RFC 9110, 10.2.3)."""
    seconds = float(retry_after) if re.fullmatch(r"[0-9]{1,9}", retry_after) else _until(retry_after)
    return min(max(seconds, DEFAULT_PAUSE_SECONDS), DAY_SECONDS)


def _until(date: str) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return DEFAULT_PAUSE_SECONDS
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - time.time()
