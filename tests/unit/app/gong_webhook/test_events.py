"""Header and keys in, what the token vouches for or a refusal out."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from app.gong_webhook import sample
from app.gong_webhook.errors import NotAuthentic, Refusal
from app.gong_webhook.events import LEEWAY_SECONDS, Signed, authenticate, check_body
from app.gong_webhook.keys import keys
from tests.servers import signing

NOW = 1_790_000_000.0
BODY = sample.body("7782342274025937895")
KEYS = keys(signing.public_base64())
TOKEN = sample.token(signing.private_pem(), signing.URL, BODY, NOW)


def token(**changes: Any) -> str:
    """Rightly signed, with these claims changed; None leaves one out."""
    claims = {"webhook_url": signing.URL, "body_sha256": "0" * 64, "exp": NOW + 300} | changes
    return signing.rs256({"alg": "RS256"}, {name: value for name, value in claims.items() if value is not None})


def refusal(header: str, *, url: str = signing.URL, secrets: str | None = None, now: float = NOW) -> Refusal:
    with pytest.raises(NotAuthentic) as refused:
        authenticate(header, KEYS if secrets is None else keys(secrets), url, now)
    return refused.value.reason


@pytest.mark.parametrize("scheme", ["", "Bearer ", "bearer  ", "BEARER ", "  "])
def test_the_token_may_stand_alone_or_behind_bearer(scheme: str) -> None:
    signed = authenticate(scheme + TOKEN, KEYS, signing.URL, NOW)
    assert signed == Signed(KEYS[0].id, hashlib.sha256(BODY).hexdigest())


@pytest.mark.parametrize("header", ["", " ", "Bearer ", "bearer"])
def test_a_header_without_a_token_is_told_from_a_wrong_one(header: str) -> None:
    assert refusal(header) is Refusal.MISSING


def test_without_keys_nobody_is_let_in() -> None:
    assert refusal(TOKEN, secrets="") is Refusal.NO_KEY


def test_a_header_of_more_than_8_kib_is_refused_for_its_length_even_rightly_signed() -> None:
    assert authenticate(token(more="x" * 4000), KEYS, signing.URL, NOW)
    assert refusal(token(more="x" * 8000)) is Refusal.OVERSIZED


@pytest.mark.parametrize("position", [0, 1, 2])
def test_any_one_of_several_keys_will_do_and_is_named(position: int) -> None:
    others = [signing.SHARED_SECRET, signing.public_base64(signing.private_key("other"))]
    several = keys(",".join([*others[:position], signing.public_base64(), *others[position:]]))
    assert authenticate(TOKEN, several, signing.URL, NOW).key == KEYS[0].id


def test_a_shared_secret_verifies_hs256() -> None:
    header = sample.token(signing.SHARED_SECRET, signing.URL, BODY, NOW)
    assert authenticate(header, keys(signing.SHARED_SECRET), signing.URL, NOW).key == "hs256-1"


def test_a_key_of_the_other_kind_does_not_hide_why_a_token_was_refused() -> None:
    stranger = signing.rs256({"alg": "RS256"}, {}, signing.private_key("stranger"))
    for secrets in (
        f"{signing.SHARED_SECRET},{signing.public_base64()}",
        f"{signing.public_base64()},{signing.SHARED_SECRET}",
    ):
        assert refusal(stranger, secrets=secrets) is Refusal.SIGNATURE
    assert refusal(stranger, secrets=signing.SHARED_SECRET) is Refusal.ALGORITHM


@pytest.mark.parametrize(
    ("claim", "before", "after"), [("exp", -LEEWAY_SECONDS + 1, -LEEWAY_SECONDS), ("nbf", 60, 61), ("iat", 60, 61)]
)
def test_times_hold_with_a_minute_of_leeway(claim: str, before: float, after: float) -> None:
    assert authenticate(token(**{claim: NOW + before}), KEYS, signing.URL, NOW)
    assert refusal(token(**{claim: NOW + after})) is (Refusal.EXPIRED if claim == "exp" else Refusal.EARLY)


@pytest.mark.parametrize("claim", ["webhook_url", "body_sha256", "exp"])
def test_each_claim_must_be_there(claim: str) -> None:
    assert refusal(token(**{claim: None})) is Refusal.CLAIMS


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": "1790000300"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": 10**30},
        {"exp": 10**400},
        {"exp": (NOW + 300) * 1000},
        {"exp": -1},
        {"exp": []},
        {"nbf": "soon"},
        {"iat": {}},
        {"webhook_url": 1},
        {"webhook_url": [signing.URL]},
        {"body_sha256": "0" * 63},
        {"body_sha256": "0" * 64 + "\n"},
        {"body_sha256": "\N{ARABIC-INDIC DIGIT ZERO}" * 64},
    ],
)
def test_claims_of_another_shape_are_refused(changes: dict[str, Any]) -> None:
    assert refusal(token(**changes)) is Refusal.CLAIMS


@pytest.mark.parametrize("claims", [b"[]", b"null", b"", b"\xff", b"[" * 4000, b'"' + b"x" * 100, b'{"exp":'])
def test_signed_claims_that_are_no_json_object_are_refused(claims: bytes) -> None:
    assert refusal(signing.rs256({"alg": "RS256"}, claims)) is Refusal.CLAIMS


@pytest.mark.parametrize(
    "claimed",
    [
        signing.URL + "/",
        signing.URL + "?key=abc",
        signing.URL + "#part",
        signing.URL.replace("https://", "HTTPS://"),
        signing.URL.replace("hooks.sophia", "Hooks.SOPHIA"),
        signing.URL.replace(".example/", ".example:443/"),
    ],
)
def test_spellings_of_the_public_url_are_the_same_url(claimed: str) -> None:
    assert authenticate(token(webhook_url=claimed), KEYS, signing.URL, NOW)
    assert authenticate(token(webhook_url=signing.URL), KEYS, claimed, NOW)


@pytest.mark.parametrize(
    "claimed",
    [
        signing.URL.replace("https", "http"),
        signing.URL.replace(".example/", ".example:8443/"),
        signing.URL.replace("hooks", "evil"),
        signing.URL.replace("gong", "Gong"),
        signing.URL + "/more",
        "https://[::1/webhooks/gong",
        "https://hooks.sophia.example:99999/webhooks/gong",
        "",
        "x",
    ],
)
def test_another_url_is_refused_unless_none_is_configured(claimed: str) -> None:
    assert refusal(token(webhook_url=claimed)) is Refusal.URL
    assert authenticate(token(webhook_url=claimed), KEYS, "", NOW)


def test_what_is_said_of_a_wrong_url_leaves_out_its_query_and_password() -> None:
    with pytest.raises(NotAuthentic) as refused:
        authenticate(token(webhook_url="https://me:pw12@a.example/b?key=swordfish"), KEYS, signing.URL, NOW)
    assert str(refused.value) == "the token is for https://a.example:443/b, not for PUBLIC_WEBHOOK_URL"


def test_the_digest_is_of_the_raw_bytes() -> None:
    signed = authenticate(TOKEN, KEYS, signing.URL, NOW)
    assert check_body(signed, BODY) == hashlib.sha256(BODY).hexdigest()
    for other in (BODY + b"\n", BODY[:-1], b"", json.dumps(json.loads(BODY)).encode()):
        with pytest.raises(NotAuthentic) as refused:
            check_body(signed, other)
        assert refused.value.reason is Refusal.BODY


def test_a_digest_may_be_in_capitals() -> None:
    signed = authenticate(token(body_sha256=hashlib.sha256(BODY).hexdigest().upper()), KEYS, signing.URL, NOW)
    assert check_body(signed, BODY) == hashlib.sha256(BODY).hexdigest()
