"""The data that the modules hand each other: frozen, without logic. Ids are strings: Gong's have up to 20 digits."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct


class Source(StrEnum):
    """Who brought a call: Gong's webhook, or the comparison with Gong's list of calls."""

    WEBHOOK = "webhook"
    RECONCILE = "reconcile"


class Delivery(Struct, frozen=True):
    """A call as it came in. `body`: the raw JSON; `digest`: its SHA-256 in hex; `received_at`: Unix seconds."""

    call_id: str
    body: bytes
    digest: str
    received_at: float
    request_id: str
    source: Source = Source.WEBHOOK


class Job(Struct, frozen=True):
    """A delivery that a worker holds for the time of its lease.

    `lease` is the fencing token: once it ran out and another worker took the job, this one changes nothing any more.
    `attempts`: failures so far; `waits`: how often Gong was not ready; `takes`: how often it was taken since either
    changed, this time included and those not that ended by handing it back, so that more than one says that a worker
    died with it.
    """

    id: str
    delivery: Delivery
    lease: str
    attempts: int = 0
    waits: int = 0
    takes: int = 1


class Postponed(NamedTuple):
    """A job to be taken again after `delay` seconds, with these counters."""

    job: Job
    delay: float
    attempts: int
    waits: int


class DeadLetter(Struct, frozen=True):
    """A job that was given up. `died_at`: Unix seconds."""

    id: str
    delivery: Delivery
    reason: str
    died_at: float
    attempts: int


class Depth(NamedTuple):
    """The queue in numbers. `jobs`: all not done, held ones included.

    `oldest_seconds`: since the oldest of those came in that are not known to wait for Gong, which takes hours.
    """

    jobs: int
    oldest_seconds: float
    dead: int


class Participant(Struct, frozen=True):
    participant_id: str
    name: str | None = None
    email: str | None = None
    title: str | None = None
    user_id: str | None = None
    speaker_id: str | None = None
    affiliation: str | None = None
    phone: str | None = None


class Sentence(Struct, frozen=True):
    """A sentence of a transcript; times in milliseconds from the start of the call."""

    position: int
    speaker_id: str | None
    topic: str | None
    start_ms: int
    end_ms: int
    text: str


class Tracker(Struct, frozen=True):
    tracker_id: str
    name: str | None
    type: str | None
    count: int


class User(Struct, frozen=True):
    """Somebody of the own company, as Gong knows them."""

    user_id: str
    name: str | None = None
    email: str | None = None


class TranscriptState(StrEnum):
    """PENDING: asked for again later; ABSENT: Gong has none, and was asked for long enough; UNASKED: no API key."""

    READY = "ready"
    PENDING = "pending"
    ABSENT = "absent"
    UNASKED = "unasked"


class Call(Struct, frozen=True, kw_only=True):
    """A call as the warehouse keeps it. Of two with the same id, the one with the later `version` stays.

    `version`: Unix seconds, when the webhook came in, or else when the reconciled call began, so that a webhook's row
    stays; `payload`, `details`: the JSON that came by webhook and by API; `started`, `scheduled`: ISO 8601 as Gong
    writes it; `quality`: 0 to 1.
    """

    call_id: str
    version: float
    received_at: float
    request_id: str
    source: Source
    payload: bytes
    details: bytes | None = None
    url: str | None = None
    title: str | None = None
    scheduled: str | None = None
    started: str | None = None
    duration_seconds: float | None = None
    direction: str | None = None
    system: str | None = None
    scope: str | None = None
    media: str | None = None
    language: str | None = None
    workspace_id: str | None = None
    primary_user_id: str | None = None
    primary_user_name: str | None = None
    primary_user_email: str | None = None
    brief: str | None = None
    transcript: TranscriptState = TranscriptState.PENDING
    quality: float = 0.0
    participants: tuple[Participant, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    trackers: tuple[Tracker, ...] = ()
