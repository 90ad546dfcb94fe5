"""A call as Gong sends it, of the usual size, and its signature: for trying the service out, and for its tests."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from joserfc import jws
from joserfc.jwk import OctKey, RSAKey

from app.gong_webhook.keys import SHARED

# what Gong's tokens live is not documented
LIFETIME_SECONDS = 300
STARTED = "2026-11-20T15:00:12.000-05:00"
ATTENDEES = (
    ("Dana Whitfield", "dana.whitfield@sophia.example", "Account Executive", "Internal"),
    ("Marcus Oyelaran", "marcus.oyelaran@sophia.example", "Solutions Engineer", "Internal"),
    ("Priya Raman", "priya.raman@northwind.example", "VP Revenue Operations", "External"),
    ("Tom Ålund", "tom.alund@northwind.example", "Head of Procurement", "External"),
    ("Keiko Sato", "keiko.sato@northwind.example", "Security Architect", "External"),
)
TRACKERS = (
    "Pricing",
    "Competitors",
    "Security review",
    "Timeline",
    "Budget",
    "Next steps",
    "Integration",
    "Objections",
)
FIELDS = (
    "Name",
    "StageName",
    "Amount",
    "CloseDate",
    "Probability",
    "ForecastCategory",
    "Owner",
    "Industry",
    "NextStep",
)


def body(call_id: str) -> bytes:
    """About 9.5 KB of JSON."""
    call = {
        "metaData": _meta_data(call_id),
        "context": [{"system": "Salesforce", "objects": [_crm_object(kind) for kind in ("Opportunity", "Account")]}],
        "parties": [_party(number, *attendee) for number, attendee in enumerate(ATTENDEES, 1)],
        "content": _content(),
        "interaction": _interaction(),
        "collaboration": {"publicComments": []},
    }
    return json.dumps({"callData": call, "isTest": False}, ensure_ascii=False).encode()


def claims(url: str, body: bytes, now: float) -> dict[str, str | int]:
    """What a token of Gong's says. `now`: Unix seconds."""
    digest = hashlib.sha256(body).hexdigest()
    return {"webhook_url": url, "body_sha256": digest, "exp": int(now) + LIFETIME_SECONDS}


def token(key: str, url: str, body: bytes, now: float) -> str:
    """Signs as Gong does. `key`: the PEM of a private RSA key, or `hs256:` and a shared secret."""
    if key.startswith(SHARED):
        return _signed("HS256", OctKey.import_key(key.removeprefix(SHARED)), claims(url, body, now))
    return _signed("RS256", RSAKey.import_key(key), claims(url, body, now))


def _signed(algorithm: str, key: OctKey | RSAKey, said: dict[str, str | int]) -> str:
    return jws.serialize_compact({"alg": algorithm, "typ": "JWT"}, json.dumps(said), key, algorithms=[algorithm])


def _meta_data(call_id: str) -> dict[str, Any]:
    return {
        "id": call_id,
        "url": f"https://app.gong.io/call?id={call_id}",
        "title": "Northwind <> Sophia: pricing and security review",
        "scheduled": "2026-11-20T15:00:00.000-05:00",
        "started": STARTED,
        "duration": 1834,
        "primaryUserId": "2189452301",
        "direction": "Conference",
        "system": "Zoom",
        "scope": "External",
        "media": "Video",
        "language": "eng",
        "workspaceId": "623457276584334",
        "sdrDisposition": None,
        "clientUniqueId": None,
        "customData": None,
        "purpose": None,
        "meetingUrl": "https://zoom.example/j/5511223344",
        "isPrivate": False,
        "calendarEventId": "c9h2mpb4k1",
    }


def _party(number: int, name: str, email: str, title: str, affiliation: str) -> dict[str, Any]:
    known = {"userId": str(2189452300 + number)} if affiliation == "Internal" else {}
    return {
        "id": str(5830000 + number),
        "emailAddress": email,
        "name": name,
        "title": title,
        **known,
        "speakerId": str(6432345678901200 + number),
        "context": [
            {"system": "Salesforce", "objects": [{"objectType": "Contact", "objectId": f"003Qx00000{number:05}"}]}
        ],
        "affiliation": affiliation,
        "phoneNumber": f"+1 555 010 {number:04}",
        "methods": ["Invitee", "Attendee"],
    }


def _crm_object(kind: str) -> dict[str, Any]:
    return {
        "objectType": kind,
        "objectId": f"{kind[:3]}0013601230sV7R",
        "fields": [{"name": name, "value": f"{name} of the {kind.lower()} Northwind Traders"} for name in FIELDS],
        "timing": "TimeOfCall",
    }


def _content() -> dict[str, Any]:
    return {
        "structure": [{"name": name, "duration": 300} for name in ("Intro", "Demo", "Pricing", "Next steps")],
        "trackers": [
            {
                "id": str(56825452554556 + number),
                "name": name,
                "count": number,
                "type": "KEYWORD",
                "occurrences": [{"startTime": 92.5 * turn, "speakerId": "6432345678901201"} for turn in range(number)],
                "phrases": [{"count": number, "phrase": name.lower(), "occurrences": []}],
            }
            for number, name in enumerate(TRACKERS)
        ],
        "topics": [{"name": name, "duration": 212} for name in ("Small talk", "Pricing", "Security", "Wrap-up")],
        "pointsOfInterest": {"actionItems": [{"snippetStartTime": 1701.2, "snippet": "Send the revised order form"}]},
        "brief": "Northwind reviewed the pricing proposal and the security questionnaire. " * 6,
        "outline": [
            {"section": "Pricing", "startTime": 610.4, "items": [{"text": "Volume discount", "startTime": 615.0}]}
        ],
        "callOutcome": {"id": "MEETING_BOOKED", "category": "Meeting", "name": "Meeting booked"},
        "keyPoints": [{"text": f"{name} was discussed, and both sides agreed on who follows up."} for name in TRACKERS],
    }


def _interaction() -> dict[str, Any]:
    statistics = ("Talk Ratio", "Longest Monologue", "Longest Customer Story", "Interactivity", "Patience")
    return {
        "speakers": [
            {"id": str(5830000 + number), "userId": None, "talkTime": 361.9 / number}
            for number in range(1, len(ATTENDEES) + 1)
        ],
        "interactionStats": [{"name": name, "value": 0.42} for name in statistics],
        "video": [{"name": "Browser", "duration": 218}, {"name": "Webcam", "duration": 1590}],
        "questions": {"companyCount": 14, "nonCompanyCount": 21},
    }
