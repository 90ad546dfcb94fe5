"""Calls as Gong describes them, any number, each made from its id alone. Prebuilt, so that a benchmark does not wait.

Shapes: Gong's OpenAPI document and https://help.gong.io/docs/payload-sent-to-webhooks.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

VARIANTS = 8
USERS = 7
EPOCH = datetime(2026, 11, 1, 8, tzinfo=UTC)
# stands where a call's id will
ID = "@ID@"
TRACKERS = ("Pricing", "Competitors", "Next steps", "Security review")
WORDS = ("we", "would", "like", "to", "see", "how", "the", "rollout", "goes", "before", "we", "decide")


def user_id(number: int) -> str:
    return str(5_000_000_000_000_000_000 + number)


def user(number: int) -> dict[str, Any]:
    return {
        "id": user_id(number),
        "emailAddress": f"seller{number}@example.com",
        "created": "2024-01-01T00:00:00Z",
        "active": True,
        "firstName": "Seller",
        "lastName": f"Number{number}",
        "title": "Account Executive",
        "aFieldOfTomorrow": {"nested": [1, None]},
    }


def metadata(variant: int) -> dict[str, Any]:
    started = EPOCH + timedelta(hours=variant)
    return {
        "id": ID,
        "url": f"https://app.gong.io/call?id={ID}",
        "title": f"Quarterly review № {variant}",
        "scheduled": started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "started": (started + timedelta(minutes=2)).isoformat(),
        "duration": 1800 + 60 * variant,
        "primaryUserId": user_id(variant % USERS),
        "direction": "Conference",
        "system": "Zoom",
        "scope": "External",
        "media": "Video",
        "language": "eng",
        "workspaceId": "623457276584334",
        "isPrivate": False,
    }


def parties(variant: int) -> list[dict[str, Any]]:
    seller = variant % USERS
    return [
        {
            "id": f"56825452554556{variant}",
            "emailAddress": f"seller{seller}@example.com",
            "name": f"Seller Number{seller}",
            "title": "Account Executive",
            "userId": user_id(seller),
            "speakerId": "6432345678555530067",
            "affiliation": "Internal",
            "methods": ["Invitee", "Attendee"],
        },
        {
            "id": f"56825452554557{variant}",
            "emailAddress": f"buyer{variant}@customer.example",
            "name": f"Büyer {variant}",
            "speakerId": "6432345678555530068",
            "affiliation": "External",
            "phoneNumber": "+1 555 0100",
            "methods": ["Attendee"],
        },
    ]


def _occurrences(count: int) -> list[dict[str, Any]]:
    return [{"startTime": 61.25 * number, "speakerId": "6432345678555530067"} for number in range(count)]


def _phrase() -> dict[str, Any]:
    return {"count": 2, "occurrences": _occurrences(2), "phrase": "price per seat"}


def _section(number: int) -> dict[str, Any]:
    item = {"startTime": 45.5, "text": "They compare the offer with what they have now, and ask for a second meeting."}
    return {"section": f"Part {number}", "startTime": 260.0 * number, "duration": 255.0, "items": [item] * 5}


def content(variant: int) -> dict[str, Any]:
    trackers = [
        {"id": str(56825452554600 + index), "name": name, "count": 1 + (variant + index) % 4, "type": "KEYWORD"}
        for index, name in enumerate(TRACKERS)
    ]
    return {
        "trackers": [{**each, "occurrences": _occurrences(8), "phrases": [_phrase()]} for each in trackers],
        "outline": [_section(number) for number in range(7)],
        "topics": [{"name": "Pricing", "duration": 340}, {"name": "Wrap-up", "duration": 120}],
        "brief": "They agreed on a pilot with one team.",
        "callOutcome": {"id": "MEETING_BOOKED", "category": "Answered", "name": "Meeting booked"},
        "keyPoints": [{"text": "A pilot starts in December."}],
    }


def call_data(variant: int) -> dict[str, Any]:
    """What is common to the webhook and /v2/calls/extensive."""
    fields = [{"name": "Amount", "value": 12_500.5}, {"name": "Stage", "value": None}]
    opportunity = {"objectType": "Opportunity", "objectId": "0013601230sV7grAAC", "fields": fields, "timing": "Now"}
    return {
        "metaData": metadata(variant),
        "context": [{"system": "Salesforce", "objects": [opportunity]}],
        "parties": parties(variant),
        "content": content(variant),
        "interaction": {"interactionStats": [{"name": "Patience", "value": 1.34}], "questions": {"companyCount": 9}},
        "collaboration": {"publicComments": []},
        "aFieldOfTomorrow": [{"deep": {"er": True}}],
    }


def monologues(variant: int) -> list[dict[str, Any]]:
    spoken = []
    for turn in range(20 + variant):
        start = turn * 20_000
        text = " ".join(WORDS[turn % len(WORDS) :] + WORDS[: turn % len(WORDS)])
        sentences = [
            {"start": start + part * 5_000, "end": start + part * 5_000 + 4_000, "text": text} for part in (0, 1)
        ]
        spoken.append(
            {"speakerId": parties(variant)[turn % 2]["speakerId"], "topic": "Pricing", "sentences": sentences}
        )
    return spoken


def _built(shape: Any) -> bytes:
    return json.dumps(shape, ensure_ascii=False).encode()


_METADATA = [_built(metadata(variant)) for variant in range(VARIANTS)]
_EXTENSIVE = [_built(call_data(variant)) for variant in range(VARIANTS)]
_TRANSCRIPTS = [_built({"callId": ID, "transcript": monologues(variant)}) for variant in range(VARIANTS)]
_WEBHOOKS = [_built({"callData": call_data(variant), "isTest": False}) for variant in range(VARIANTS)]


def _filled(templates: list[bytes], call_id: str) -> bytes:
    return templates[sum(call_id.encode()) % VARIANTS].replace(ID.encode(), call_id.encode())


def listed(call_id: str, started: datetime) -> bytes:
    """The call's entry in GET /v2/calls."""
    return _built(json.loads(_filled(_METADATA, call_id)) | {"started": started.isoformat()})


def extensive(call_id: str) -> bytes:
    return _filled(_EXTENSIVE, call_id)


def transcript(call_id: str) -> bytes:
    return _filled(_TRANSCRIPTS, call_id)


def webhook(call_id: str) -> bytes:
    """The body that Gong would post for the call."""
    return _filled(_WEBHOOKS, call_id)
