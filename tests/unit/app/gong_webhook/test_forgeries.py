"""What attackers are known to send in the place of Gong's token (RFC 8725, and what libraries once fell for)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from app.gong_webhook import sample
from app.gong_webhook.errors import NotAuthentic, Refusal
from app.gong_webhook.events import authenticate
from app.gong_webhook.keys import keys
from tests.servers import signing
from tests.servers.receiver import PATH, Receiver

BODY = sample.body("7782342274025937895")
CLAIMS = {
    "webhook_url": signing.URL,
    "body_sha256": hashlib.sha256(BODY).hexdigest(),
    # made once, for a run of the tests that may take its time
    "exp": int(time.time()) + 24 * 3600,
}
GOOD = signing.rs256({"alg": "RS256", "typ": "JWT"}, CLAIMS)
HEADER, PAYLOAD, SIGNATURE = GOOD.split(".")
STRANGER = signing.private_key("stranger")


def unsigned(algorithm: str) -> str:
    return f"{signing.segment({'alg': algorithm})}.{PAYLOAD}."


def hs256(secret: bytes, **header: Any) -> str:
    content = f"{signing.segment({'alg': 'HS256', **header})}.{PAYLOAD}"
    return f"{content}.{signing.segment(hmac.digest(secret, content.encode(), 'sha256'))}"


def stranger(header: bytes | Mapping[str, Any]) -> str:
    """Signed, but with a key of the attacker's own."""
    return signing.rs256(header, CLAIMS, STRANGER)


def ours_by(algorithm: str, scheme: padding.AsymmetricPadding, digest: hashes.HashAlgorithm) -> str:
    """By the right key, in a way that Gong does not use."""
    content = f"{signing.segment({'alg': algorithm})}.{PAYLOAD}"
    return f"{content}.{signing.segment(signing.private_key().sign(content.encode(), scheme, digest))}"


def own_jwk() -> dict[str, str]:
    numbers = STRANGER.public_key().public_numbers()
    parts = {"n": numbers.n, "e": numbers.e}
    return {"kty": "RSA"} | {
        name: signing.segment(value.to_bytes((value.bit_length() + 7) // 8, "big")) for name, value in parts.items()
    }


HUGE_NUMBER = b'{"alg":%b}' % (b"9" * 5000)
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
FORGERIES: dict[str, tuple[Callable[[], str], Refusal]] = {
    **{
        f"alg {name or 'empty'}": (lambda name=name: unsigned(name), Refusal.ALGORITHM)  # type: ignore[misc]
        for name in ("none", "None", "NONE", "nOnE", "", "rs256", "RS256 ", "HS256", "ES256", "EdDSA", "../../etc")
    },
    "alg none with the signature": (
        lambda: f"{signing.segment({'alg': 'none'})}.{PAYLOAD}.{SIGNATURE}",
        Refusal.ALGORITHM,
    ),
    "alg a list": (lambda: f"{signing.segment({'alg': ['RS256']})}.{PAYLOAD}.{SIGNATURE}", Refusal.MALFORMED),
    "alg an object": (lambda: f"{signing.segment({'alg': {'a': 1}})}.{PAYLOAD}.{SIGNATURE}", Refusal.MALFORMED),
    "alg missing": (lambda: f"{signing.segment({})}.{PAYLOAD}.{SIGNATURE}", Refusal.MALFORMED),
    "HS256 by the public PEM": (lambda: hs256(signing.public_pem().encode()), Refusal.ALGORITHM),
    "HS256 by the public PEM, stripped": (lambda: hs256(signing.public_pem().strip().encode()), Refusal.ALGORITHM),
    "HS256 by the public DER": (lambda: hs256(signing.public_der()), Refusal.ALGORITHM),
    "HS256 by the public base64": (lambda: hs256(signing.public_base64().encode()), Refusal.ALGORITHM),
    "HS256 by nothing": (lambda: hs256(b""), Refusal.ALGORITHM),
    "another key": (lambda: stranger({"alg": "RS256"}), Refusal.SIGNATURE),
    "another key by our kid": (
        lambda: stranger({"alg": "RS256", "kid": keys(signing.public_base64())[0].id}),
        Refusal.SIGNATURE,
    ),
    "kid a path": (lambda: stranger({"alg": "RS256", "kid": "../../../dev/null"}), Refusal.SIGNATURE),
    "kid a statement": (lambda: stranger({"alg": "RS256", "kid": "' OR 1=1 --"}), Refusal.SIGNATURE),
    "kid a number": (lambda: stranger({"alg": "RS256", "kid": 1}), Refusal.MALFORMED),
    "embedded jwk": (lambda: stranger({"alg": "RS256", "jwk": own_jwk()}), Refusal.SIGNATURE),
    "jku": (lambda: stranger({"alg": "RS256", "jku": "https://evil.example/keys"}), Refusal.SIGNATURE),
    "x5u": (lambda: stranger({"alg": "RS256", "x5u": "https://evil.example/chain"}), Refusal.SIGNATURE),
    "x5c": (lambda: stranger({"alg": "RS256", "x5c": [signing.public_base64(STRANGER)]}), Refusal.SIGNATURE),
    "alg twice, none last": (lambda: stranger(b'{"alg":"RS256","alg":"none"}'), Refusal.ALGORITHM),
    "alg twice, none first": (lambda: stranger(b'{"alg":"none","alg":"RS256"}'), Refusal.SIGNATURE),
    "crit unknown, by our key": (
        lambda: signing.rs256({"alg": "RS256", "crit": ["exp"], "exp": 1}, CLAIMS),
        Refusal.MALFORMED,
    ),
    "crit empty, by our key": (lambda: signing.rs256({"alg": "RS256", "crit": []}, CLAIMS), Refusal.MALFORMED),
    "b64 false, by our key": (
        lambda: signing.rs256({"alg": "RS256", "b64": False, "crit": ["b64"]}, CLAIMS),
        Refusal.MALFORMED,
    ),
    "PS256 by our key": (lambda: ours_by("PS256", PSS, hashes.SHA256()), Refusal.ALGORITHM),
    "PS256 called RS256": (lambda: ours_by("RS256", PSS, hashes.SHA256()), Refusal.SIGNATURE),
    "RS512 by our key": (lambda: ours_by("RS512", padding.PKCS1v15(), hashes.SHA512()), Refusal.ALGORITHM),
    "RS512 called RS256": (lambda: ours_by("RS256", padding.PKCS1v15(), hashes.SHA512()), Refusal.SIGNATURE),
    "expired": (lambda: sample.token(signing.private_pem(), signing.URL, BODY, time.time() - 3600), Refusal.EXPIRED),
    "another URL": (
        lambda: sample.token(signing.private_pem(), "https://other.example/", BODY, time.time()),
        Refusal.URL,
    ),
    "claims within claims": (
        lambda: signing.rs256({"alg": "RS256", "cty": "JWT"}, GOOD.encode()),
        Refusal.CLAIMS,
    ),
    "header only": (lambda: HEADER, Refusal.MALFORMED),
    "two segments": (lambda: f"{HEADER}.{PAYLOAD}", Refusal.MALFORMED),
    "four segments": (lambda: f"{GOOD}.{SIGNATURE}", Refusal.MALFORMED),
    "dots": (lambda: "..", Refusal.MALFORMED),
    "one dot": (lambda: ".", Refusal.MALFORMED),
    "no signature": (lambda: f"{HEADER}.{PAYLOAD}.", Refusal.SIGNATURE),
    "a zero for a signature": (lambda: f"{HEADER}.{PAYLOAD}.{signing.segment(bytes(256))}", Refusal.SIGNATURE),
    "truncated by one": (lambda: GOOD[:-1], Refusal.SIGNATURE),
    "truncated by two": (lambda: GOOD[:-2], Refusal.SIGNATURE),
    "another token's signature": (
        lambda: f"{HEADER}.{PAYLOAD}.{signing.rs256({'alg': 'RS256'}, {}).rpartition('.')[2]}",
        Refusal.SIGNATURE,
    ),
    "other claims under our signature": (
        lambda: f"{HEADER}.{signing.segment({**CLAIMS, 'exp': 2_000_000_000})}.{SIGNATURE}",
        Refusal.SIGNATURE,
    ),
    "another alphabet": (lambda: f"{HEADER}.{PAYLOAD}.+{SIGNATURE[1:]}", Refusal.SIGNATURE),
    "unicode": (lambda: f"{GOOD}\N{FULLWIDTH LATIN SMALL LETTER A}", Refusal.SIGNATURE),
    "white space": (lambda: f"{HEADER}. {PAYLOAD}.{SIGNATURE}", Refusal.MALFORMED),
    "Bearer twice": (lambda: f"Bearer Bearer {GOOD}", Refusal.MALFORMED),
    "Basic": (lambda: f"Basic {base64.b64encode(b'gong:gong').decode()}", Refusal.MALFORMED),
    "the header twice": (lambda: f"{GOOD}, {GOOD}", Refusal.MALFORMED),
    "a header nested deeply": (lambda: f"{signing.segment(b'[' * 3000)}.{PAYLOAD}.{SIGNATURE}", Refusal.MALFORMED),
    "a header with a huge number": (
        lambda: f"{signing.segment(HUGE_NUMBER)}.{PAYLOAD}.{SIGNATURE}",
        Refusal.MALFORMED,
    ),
    "a header that is no object": (lambda: f"{signing.segment(b'[]')}.{PAYLOAD}.{SIGNATURE}", Refusal.MALFORMED),
    "huge": (lambda: f"{HEADER}.{PAYLOAD}{'A' * 100_000}.{SIGNATURE}", Refusal.OVERSIZED),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_refused_for_what_is_wrong_with_it(name: str) -> None:
    forged, reason = FORGERIES[name]
    with pytest.raises(NotAuthentic) as refused:
        authenticate(forged(), keys(signing.public_base64()), signing.URL, time.time())
    assert refused.value.reason is reason


@pytest.mark.parametrize("name", FORGERIES)
def test_no_forged_token_passes_where_a_shared_secret_is_configured_as_well(name: str) -> None:
    both = keys(f"{signing.SHARED_SECRET},{signing.public_base64()}")
    with pytest.raises(NotAuthentic):
        authenticate(FORGERIES[name][0](), both, signing.URL, time.time())


def test_a_token_of_the_right_rsa_key_is_nothing_to_a_shared_secret() -> None:
    with pytest.raises(NotAuthentic):
        authenticate(GOOD, keys(signing.SHARED_SECRET), signing.URL, time.time())


def test_the_table_breaks_a_token_that_would_pass() -> None:
    assert authenticate(GOOD, keys(signing.public_base64()), signing.URL, time.time())
    secret = signing.SHARED_SECRET.removeprefix("hs256:").encode()
    assert authenticate(hs256(secret), keys(signing.SHARED_SECRET), signing.URL, time.time())


@pytest.mark.anyio
async def test_over_http_every_forgery_is_a_401_that_does_not_say_why_and_nothing_is_queued(tmp_path: Path) -> None:
    receiver = Receiver(tmp_path)
    answers = set()
    async with receiver.client() as client:
        for forged, _ in FORGERIES.values():
            answer = await client.post(PATH, content=BODY, headers={b"authorization": forged().encode()})
            answers.add((answer.status_code, answer.json()["error"]))
        genuine = await client.post(PATH, content=BODY, headers={"authorization": GOOD})
    assert answers == {(401, "The request is not authenticated as Gong's; the service's log says why.")}
    assert (genuine.status_code, len(receiver.queue.deliveries)) == (202, 1)
