"""What can go wrong with a call, by who has to act; no message holds a secret, a token or a transcript."""

from __future__ import annotations

from enum import StrEnum

from app.errors import ServiceError


class Refusal(StrEnum):
    """Why a delivery is not taken as Gong's; a label of a metric, hence few and fixed."""

    NO_KEY = "no_key"
    MISSING = "missing"
    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"
    CLAIMS = "claims"
    EXPIRED = "expired"
    EARLY = "early"
    URL = "url"
    BODY = "body"


class NotAuthentic(ServiceError):
    """Not from Gong, or not for this service, or not in time: answered with 401."""

    def __init__(self, reason: Refusal, words: str) -> None:
        super().__init__(words)
        self.reason = reason


class Malformed(ServiceError):
    """Authentic, but not a call event: answered with 400."""


class Full(ServiceError):
    """The queue holds as many calls as it may: answered with 503."""


class BudgetSpent(ServiceError):
    """The day's Gong API calls are used up for this purpose; `retry_after`: seconds until there are new ones."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("the day's Gong API calls are used up")
        self.retry_after = retry_after


class Rejected(ServiceError):
    """A dependency understood the request and refuses it: asking again changes nothing."""
