"""What Slack is told, once per kind and time over all replicas. Its URL is a secret: it is in no log or error.

Slack's answers: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, "Handling errors".
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple

import httpx2

from app.errors import ConfigError, ServiceError, Unavailable
from app.gong_webhook.claims import Claims

log = logging.getLogger(__name__)
# it logs the URL of every request at INFO
logging.getLogger("httpx2").setLevel(logging.WARNING)

TIMEOUT_SECONDS = 10.0
# how soon a message that Slack did not take is tried again, at the earliest
RETRY_SECONDS = 60.0
LONGEST_RETRY_SECONDS = 3600.0
# Slack cuts at 40,000; nobody reads that much
LONGEST_TEXT = 3_000
LONGEST_REASON = 300
LAST_PORT = 65_535
# a valid webhook that is sent nothing: 400 today, 500 in older accounts of it
_NOTHING_SAID = {"no_text", "missing_text_or_fallback_or_attachments", "invalid_payload"}


class _Turn(NamedTuple):
    """Here it is said, until `until`, and not before `next`."""

    until: float
    next: float


class Slack:
    """`clock`: seconds that only go forward."""

    def __init__(self, url: str, claims: Claims, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = checked(url)
        self._claims = claims
        self._clock = clock
        self._turns: dict[str, _Turn] = {}
        self._client = httpx2.AsyncClient(timeout=TIMEOUT_SECONDS)

    async def tell(self, kind: str, text: str, every: float) -> bool:
        """Whether Slack was told now. At most once per `kind` in `every` seconds; never raises what Slack's part is.

        Who holds the claim tries again, with what is to be said by then, until Slack took it or the claim is over.
        """
        try:
            if not await self._is_ours(kind, every):
                return False
            answer = await self._post({"text": escaped(text[:LONGEST_TEXT])})
        except ServiceError as error:
            log.warning("Slack is not told of %s: %s", kind, error)
            self._try_again(kind, RETRY_SECONDS)
            return False
        if answer.status_code == HTTPStatus.OK:
            self._turns.pop(kind, None)
            return True
        log.warning("Slack does not take the message on %s: %s", kind, _said(answer))
        self._try_again(kind, _seconds(answer.headers.get("Retry-After", "")))
        return False

    async def check(self) -> str:
        """Posts nothing: a valid webhook says that there is no text. Raises Unavailable."""
        answer = await self._post({})
        if _word(answer) in _NOTHING_SAID:
            return "accepts messages"
        raise Unavailable("Slack", f"does not know this SLACK_WEBHOOK_URL: {_said(answer)}")

    async def close(self) -> None:
        await self._client.aclose()

    async def _is_ours(self, kind: str, every: float) -> bool:
        now = self._clock()
        turn = self._turns.get(kind)
        if turn and now < turn.until:
            return now >= turn.next
        self._turns.pop(kind, None)
        if not await self._claims.claim(f"slack:{kind}", every):
            return False
        self._turns[kind] = _Turn(now + every, now)
        return True

    def _try_again(self, kind: str, seconds: float) -> None:
        if kind in self._turns:
            self._turns[kind] = self._turns[kind]._replace(next=self._clock() + seconds)

    async def _post(self, message: dict[str, str]) -> httpx2.Response:
        try:
            return await self._client.post(self._url, json=message)
        except httpx2.HTTPError as error:
            # its text and its cause may hold the URL
            raise Unavailable("Slack", f"no answer ({type(error).__name__})") from None


def dead_letters(count: int, reason: str) -> str:
    """`count`: all there are; `reason`: of the one that came last."""
    subject = "1 call was given up and waits" if count == 1 else f"{count} calls were given up and wait"
    return (
        f"*Gong webhook: {subject} as dead letters.*\n"
        f"The last one: {_short(reason)}\n"
        "See them with `python -m app.gong_webhook dead-letters list`; once the cause is gone, "
        "`python -m app.gong_webhook dead-letters replay --all` puts them back into the queue."
    )


def quality_low(score: float, threshold: float, calls: int, missing: Sequence[str]) -> str:
    """`score`: the mean of the last `calls`; `missing`: what they lack, the most frequent first."""
    gaps = f"\nMissing most often: {_short(', '.join(missing))}" if missing else ""
    return (
        f"*Gong webhook: the data of the last {calls} calls scores {score:.2f}, below {threshold:.2f}.*{gaps}\n"
        "A late transcript is no fault. For other gaps, `python -m app.gong_webhook doctor` says whether the key works."
    )


def budget_low(remaining: int, daily: int) -> str:
    return (
        f"*Gong webhook: {remaining} of today's {daily} Gong API calls are left.*\n"
        "Nothing is lost: calls are received and queued, and processed more slowly until the next day (00:00 UTC)."
    )


def escaped(text: str) -> str:
    """As Slack wants it; without it `<!channel>` in a call's title would wake everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _short(text: str) -> str:
    """On one line, and no formatting that was not meant."""
    line = " ".join(text.replace("`", "'").split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"


def checked(url: str) -> str:
    """The same. Raises ConfigError."""
    wrong = ConfigError("SLACK_WEBHOOK_URL must be an incoming webhook's address: https://hooks.slack.com/services/…")
    try:
        address = httpx2.URL(url)
    except httpx2.InvalidURL:
        raise wrong from None
    if address.scheme not in {"http", "https"} or not address.host or (address.port or 0) > LAST_PORT:
        raise wrong
    return url


def _said(answer: httpx2.Response) -> str:
    return f"{answer.status_code} {_word(answer)}".strip()


def _word(answer: httpx2.Response) -> str:
    """Slack's errors are a word; a proxy's are a page, which is nobody's business here."""
    word = answer.content[:100].decode("ascii", errors="replace").strip()
    return word if re.fullmatch(r"[a-z_]{1,60}", word) else ""


def _seconds(retry_after: str) -> float:
    asked = float(retry_after) if re.fullmatch(r"[0-9]{1,6}", retry_after) else 0.0
    return min(max(asked, RETRY_SECONDS), LONGEST_RETRY_SECONDS)
