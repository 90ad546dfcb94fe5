"""What can go wrong here beside what goes wrong everywhere."""

from __future__ import annotations

from enum import StrEnum

from app.errors import ServiceError


class Stale(StrEnum):
    """Why a resume token opens nothing; a label of a metric, hence few and fixed."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    ENDED = "ended"


class NotResumable(ServiceError):
    """The resume token is none, is too old, was used before, or is of a session that has ended."""

    def __init__(self, why: Stale) -> None:
        super().__init__(f"the resume token is {why}")
        self.why = why


class DrainFailed(ServiceError):
    """The service could not be asked to drain, or ended before it had."""
