"""Whatever is sent to the webhook: never a 500, never a call that nobody signed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.gong_webhook import sample
from app.gong_webhook.errors import Malformed, NotAuthentic
from app.gong_webhook.events import authenticate, parse
from app.gong_webhook.keys import keys
from app.gong_webhook.storable import storable
from tests.servers import signing
from tests.servers.receiver import PATH, Receiver

BODY = sample.body("7782342274025937895")
KEYS = keys(f"{signing.public_base64()},{signing.SHARED_SECRET}")
# bytes that servers let through in a header's value
VALUES = st.binary(max_size=60).map(lambda raw: bytes(byte for byte in raw if byte >= 0x20 and byte != 0x7F))
NAMES = st.sampled_from(
    [
        b"authorization",
        b"content-length",
        b"content-encoding",
        b"content-type",
        b"transfer-encoding",
        b"expect",
        b"x-request-id",
        b"x-traceid",
        b"host",
        b"x-forwarded-for",
        b"cookie",
        b"upgrade",
    ]
)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
NAMED = st.fixed_dictionaries(
    {},
    optional={
        "callData": JSON | st.fixed_dictionaries({"metaData": JSON | st.fixed_dictionaries({"id": JSON})}),
        "metaData": JSON | st.fixed_dictionaries({"id": JSON}),
        "isTest": JSON,
    },
)
DOCUMENTS = (JSON | NAMED).map(lambda document: json.dumps(document).encode())
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "webhook_url": JSON | st.just(signing.URL) | st.text().map(lambda rest: f"https://{rest}"),
        "body_sha256": JSON | st.just(hashlib.sha256(BODY).hexdigest()),
        "exp": JSON | st.just(2_000_000_000),
        "nbf": JSON,
        "iat": JSON,
    },
)
TOKEN_HEADERS = st.dictionaries(
    st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk", "jku", "cty", "exp"]),
    JSON | st.sampled_from(["RS256", "HS256", "none", ["b64"], ["exp"]]),
    max_size=4,
)


@cache
def receiver() -> Receiver:
    return Receiver(
        Path(tempfile.mkdtemp()), secrets=f"{signing.public_base64()},{signing.SHARED_SECRET}", accept_bare=True
    )


def send(path: str, body: bytes, headers: list[tuple[bytes, bytes]], method: str = "POST") -> int:
    """The status. What the application does not catch is raised here."""

    async def answer() -> int:
        async with receiver().client() as client:
            response = await client.request(method, path, content=body, headers=headers)
            assert response.headers["x-request-id"]
            return response.status_code

    return asyncio.run(answer())


@given(headers=HEADERS, body=st.binary(max_size=200) | DOCUMENTS)
def test_no_headers_make_a_500_or_let_a_stranger_in(headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    before = len(receiver().queue.deliveries)
    assert send(PATH, body, headers) in {401, 415}
    assert len(receiver().queue.deliveries) == before


@given(
    header=TOKEN_HEADERS | st.binary(max_size=40),
    claims=CLAIMS | st.binary(max_size=40),
    signature=st.binary(max_size=300),
)
def test_no_token_without_our_signature_passes(header: object, claims: object, signature: bytes) -> None:
    token = ".".join(map(signing.segment, [header, claims, signature]))  # type: ignore[arg-type]
    assert send(PATH, BODY, [(b"authorization", token.encode())]) == 401


@given(text=st.text(max_size=300) | st.from_regex(r"(Bearer )?[\w=+/-]{0,60}(\.[\w=+/-]{0,60}){0,3}"))
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(NotAuthentic):
        authenticate(text, KEYS, signing.URL, time.time())


@given(header=TOKEN_HEADERS, claims=CLAIMS | st.binary(max_size=40))
def test_signed_claims_of_any_shape_pass_only_if_they_are_gongs(header: dict[str, object], claims: object) -> None:
    token = signing.rs256({"alg": "RS256", **header}, claims)  # type: ignore[arg-type]
    try:
        authenticate(token, KEYS, signing.URL, time.time())
    except NotAuthentic:
        return
    assert isinstance(claims, dict)
    assert {"webhook_url", "body_sha256", "exp"} <= set(claims)
    assert claims["exp"] > time.time() - 60


@given(place=st.integers(0, 10_000), change=st.integers(1, 255), data=st.data())
def test_no_byte_of_a_signed_token_or_body_can_be_changed(place: int, change: int, data: st.DataObject) -> None:
    token = bytearray(signing.headers(BODY)["authorization"].encode())
    body = bytearray(BODY)
    target = data.draw(st.sampled_from([token, body]))
    target[place % len(target)] ^= change
    headers = [(b"authorization", bytes(token))]
    try:
        authenticate(token.decode("latin-1"), KEYS, signing.URL, time.time())
    except NotAuthentic:
        assert target is token
    else:
        assert send(PATH, bytes(body), headers) == 401


@settings(max_examples=300)
@given(body=st.binary(max_size=200) | DOCUMENTS | st.integers(0, 9_000).map(lambda size: BODY[:size]))
def test_a_signed_body_is_queued_as_json_or_refused_as_malformed(body: bytes) -> None:
    queue = receiver().queue
    queue.deliveries.clear()
    status = send(PATH, body, [(name.encode(), value.encode()) for name, value in signing.headers(body).items()])
    assert status in {202, 400}
    for delivery in queue.deliveries:
        call = json.loads(storable(delivery.body))["callData"]
        assert call["metaData"]["id"] == delivery.call_id


@given(body=st.binary(max_size=100) | DOCUMENTS, place=st.integers(0, 10_000))
def test_whatever_stands_in_a_call_it_is_read_as_json_reads_it_or_refused(body: bytes, place: int) -> None:
    place %= len(BODY)
    mixed = BODY[:place] + body + BODY[place:]
    try:
        event = parse(mixed, accept_bare=False)
    except Malformed:
        return
    assert json.loads(storable(mixed))["callData"]["metaData"]["id"] == event.call_id


@given(path=st.text(max_size=30), method=st.sampled_from(["GET", "POST", "PUT", "OPTIONS", "X"]), headers=HEADERS)
def test_no_path_or_query_makes_a_500(path: str, method: str, headers: list[tuple[bytes, bytes]]) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        return
    for place in ("/", "/health", "/health?", "/metrics?"):
        status = send(
            f"http://receiver{place}" + "".join(f"%{byte:02x}" for byte in path.encode()), b"", headers, method
        )
        assert status in {200, 404, 405}
