"""What can go wrong, by who has to act; no message holds a secret, a token or a transcript."""

from __future__ import annotations

from enum import StrEnum


class ServiceError(Exception):
    """Anything that this service raises on purpose."""


class ConfigError(ServiceError):
    """The environment says something that cannot be meant; the message names the variable."""


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


class Unavailable(ServiceError):
    """A dependency does not answer, or refuses everything: nothing is wrong with the call at hand, so it waits.

    `retry_after`: seconds, where the dependency named them.
    """

    def __init__(self, dependency: str, reason: str, retry_after: float | None = None) -> None:
        super().__init__(f"{dependency}: {reason}")
        self.dependency = dependency
        self.retry_after = retry_after


class BudgetSpent(ServiceError):
    """The day's Gong API calls are used up for this purpose; `retry_after`: seconds until there are new ones."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("the day's Gong API calls are used up")
        self.retry_after = retry_after


class Rejected(ServiceError):
    """A dependency understood the request and refuses it: asking again changes nothing."""
