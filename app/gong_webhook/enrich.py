"""A call as the warehouse keeps it, put together from what the webhook brought and what the API adds. Pure.

Only the id is certain: what is missing, or is of another type than Gong documents, becomes None and stays in the JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from app.gong_webhook.model import Call, Delivery, Participant, Sentence, Source, Tracker, TranscriptState, User
from app.gong_webhook.storable import storable

T = TypeVar("T")
Json = Any
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)")
# what every store's column holds; Gong's counts and milliseconds are far below
_MOST = 2**53
SYNTHETIC_ID_LETTERS = 16


class _Sources(NamedTuple):
    """The JSON to store of each, and both decoded, the API's first."""

    payload: bytes
    details: bytes | None
    both: list[Json]


def assemble(
    delivery: Delivery,
    details: bytes | None,
    monologues: bytes | None,
    users: Mapping[str, User],
    transcript: TranscriptState,
) -> Call:
    """Where both have a value, the API's wins: it is the later one. `details`, `monologues`: as `Gong` gives them."""
    payload, kept, sources = _sources(delivery, details)
    content = [_dict(source, "content") for source in sources]
    call = _described(delivery, payload, [_dict(source, "metaData") for source in sources])
    participants = tuple(_unique(_participants(_first_list(sources, "parties")), lambda each: each.participant_id))
    user_id = call.primary_user_id or ""
    user = users.get(user_id) or _as_user(user_id, participants)
    return replace(
        call,
        details=kept,
        primary_user_name=user.name,
        primary_user_email=user.email,
        brief=_first(content, "brief", _text),
        transcript=transcript,
        participants=participants,
        sentences=() if monologues is None else tuple(_sentences(_read(monologues)[1])),
        trackers=tuple(_unique(_trackers(_first_list(content, "trackers")), lambda each: each.tracker_id)),
    )


def _described(delivery: Delivery, payload: bytes, meta: list[Json]) -> Call:
    started = _first(meta, "started", _moment)
    return Call(
        call_id=delivery.call_id,
        version=_version(delivery, started),
        received_at=delivery.received_at,
        request_id=delivery.request_id,
        source=delivery.source,
        payload=payload,
        url=_first(meta, "url", _text),
        title=_first(meta, "title", _text),
        scheduled=_first(meta, "scheduled", _moment),
        started=started,
        duration_seconds=_first(meta, "duration", _amount),
        direction=_first(meta, "direction", _text),
        system=_first(meta, "system", _text),
        scope=_first(meta, "scope", _text),
        media=_first(meta, "media", _text),
        language=_first(meta, "language", _text),
        workspace_id=_first(meta, "workspaceId", _id),
        primary_user_id=_first(meta, "primaryUserId", _id),
    )


def primary_user(delivery: Delivery, details: bytes | None) -> str | None:
    """The id of the user whose call it is; may be asked for before `assemble`."""
    return _first([_dict(source, "metaData") for source in _sources(delivery, details).both], "primaryUserId", _id)


def _sources(delivery: Delivery, details: bytes | None) -> _Sources:
    payload, event = _read(delivery.body)
    kept, known = (None, {}) if details is None else _read(details)
    return _Sources(payload, kept, [known, _dict(event, "callData")])


def _version(delivery: Delivery, started: str | None) -> float:
    """A reconciled call is no newer than its start, so that of the two the webhook's, which holds more, stays."""
    if delivery.source is Source.RECONCILE:
        return datetime.fromisoformat(started).timestamp() if started else 0.0
    return delivery.received_at


def _as_user(user_id: str, participants: tuple[Participant, ...]) -> User:
    """Where Gong's users were not asked, or do not hold this one any more, the call itself says who it was."""
    same = (each for each in participants if user_id and each.user_id == user_id)
    return next((User(user_id, each.name, each.email) for each in same), User(user_id))


def _participants(parties: list[Json]) -> Iterator[Participant]:
    for position, party in enumerate(parties):
        if isinstance(party, dict):
            yield Participant(
                participant_id=_id(party.get("id")) or _synthetic(party, position),
                name=_text(party.get("name")),
                email=_text(party.get("emailAddress")),
                title=_text(party.get("title")),
                user_id=_id(party.get("userId")),
                speaker_id=_id(party.get("speakerId")),
                affiliation=_text(party.get("affiliation")),
                phone=_text(party.get("phoneNumber")),
            )


def _synthetic(party: Mapping[str, Json], position: int) -> str:
    """The same for the same person each time the call comes, whatever the order."""
    traits = [_id(party.get(key)) for key in ("userId", "emailAddress", "phoneNumber", "speakerId", "name")]
    seed = msgspec.json.encode(traits if any(traits) else position)
    return "party-" + sha256(seed).hexdigest()[:SYNTHETIC_ID_LETTERS]


def _trackers(trackers: list[Json]) -> Iterator[Tracker]:
    for tracker in trackers:
        if isinstance(tracker, dict) and (tracker_id := _id(tracker.get("id")) or _text(tracker.get("name"))):
            count = int(_amount(tracker.get("count")) or 0)
            yield Tracker(tracker_id, _text(tracker.get("name")), _text(tracker.get("type")), count)


def _sentences(monologues: Json) -> Iterator[Sentence]:
    """In Gong's order, counted through over all monologues."""
    position = 0
    for monologue in monologues if isinstance(monologues, list) else []:
        speaker, topic = _id(_value(monologue, "speakerId")), _text(_value(monologue, "topic"))
        for sentence in _list(monologue, "sentences"):
            if text := _text(_value(sentence, "text")):
                start, end = (int(_amount(_value(sentence, key)) or 0) for key in ("start", "end"))
                yield Sentence(position, speaker, topic, start, end, text)
                position += 1


def _unique(items: Iterator[T], key: Callable[[T], str]) -> list[T]:
    """The first of each: a warehouse merges by key, and Snowflake refuses two of the same."""
    by_key: dict[str, T] = {}
    for item in items:
        by_key.setdefault(key(item), item)
    return list(by_key.values())


def _read(body: bytes) -> tuple[bytes, Json]:
    """As it can be stored, and decoded; what no decoder takes (too deep, too large a number) stays as a JSON string."""
    kept = storable(body)
    try:
        return kept, msgspec.json.decode(kept)
    except (msgspec.DecodeError, RecursionError):
        return msgspec.json.encode(kept.decode()), {}


def _value(source: Json, key: str) -> Json:
    return source.get(key) if isinstance(source, dict) else None


def _dict(source: Json, key: str) -> Json:
    value = _value(source, key)
    return value if isinstance(value, dict) else {}


def _list(source: Json, key: str) -> list[Json]:
    value = _value(source, key)
    return value if isinstance(value, list) else []


def _first(sources: list[Json], key: str, kind: Callable[[Json], T | None]) -> T | None:
    values = (kind(_value(source, key)) for source in sources)
    return next((value for value in values if value is not None), None)


def _first_list(sources: list[Json], key: str) -> list[Json]:
    return next((found for source in sources if (found := _list(source, key))), [])


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _id(value: Json) -> str | None:
    """Up to 20 digits: never a float, whose last digits would be made up."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)


def _amount(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _MOST else None


def _moment(value: Json) -> str | None:
    """ISO 8601 with a zone, as Gong writes it; a store would refuse the whole batch for anything else."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return None
    return value
