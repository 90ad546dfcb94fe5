"""Who delivers, and which call: header, bytes and keys in, values out; no I/O, no clock."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from app.gong_webhook.errors import Malformed, NotAuthentic, Refusal
from app.gong_webhook.keys import Key
from app.gong_webhook.storable import storable

T = TypeVar("T")

# clocks of sender and receiver
LEEWAY_SECONDS = 60.0
# characters; Gong's tokens have about 600
LONGEST_HEADER = 8 * 1024
LONGEST_SHOWN_URL = 200
DEFAULT_PORTS = {"http": 80, "https": 443}
# the year 10000: a later time is a mistake, such as one in milliseconds
_Time = Annotated[float, Meta(ge=0, lt=253_402_300_800)]
# Gong's have up to 20 digits
CALL_ID = r"\A[0-9A-Za-z_-]{1,64}\Z"
_CallId = Annotated[str, Meta(pattern=CALL_ID)]


class Signed(NamedTuple):
    """What a token vouches for, and the id of the key that says so."""

    key: str
    body_sha256: str


class Event(NamedTuple):
    """`body`: the JSON in the form that Gong sends, with the call in `callData`."""

    call_id: str
    is_test: bool
    body: bytes


class _Claims(Struct):
    webhook_url: str
    body_sha256: Annotated[str, Meta(pattern=r"\A[0-9A-Fa-f]{64}\Z")]
    exp: _Time
    nbf: _Time | None = None
    iat: _Time | None = None


class _MetaData(Struct):
    id: _CallId


class _CallData(Struct, rename="camel"):
    meta_data: _MetaData


class _Document(Struct, rename="camel"):
    call_data: _CallData | UnsetType = UNSET
    meta_data: Raw | UnsetType = UNSET
    is_test: Any = False


_claims = msgspec.json.Decoder(_Claims)
_document = msgspec.json.Decoder(_Document)
_meta_data = msgspec.json.Decoder(_MetaData)


def authenticate(authorization: str, keys: Sequence[Key], public_url: str, now: float) -> Signed:
    """From the header alone, so that a stranger's body is not read. `now`: Unix seconds.

    Without a `public_url` the token may be for any. Raises NotAuthentic.
    """
    if len(authorization) > LONGEST_HEADER:
        raise NotAuthentic(Refusal.OVERSIZED, f"the Authorization header is longer than {LONGEST_HEADER} characters")
    scheme, _, rest = authorization.strip().partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else authorization.strip()
    if not token:
        raise NotAuthentic(Refusal.MISSING, "there is no token in the Authorization header")
    key, payload = _verified(token, keys)
    try:
        claims = _decoded(_claims, payload)
    except ValueError as error:
        raise NotAuthentic(Refusal.CLAIMS, f"the token's claims are not Gong's: {error}") from None
    _check_times(claims, now)
    _check_url(claims.webhook_url, public_url)
    return Signed(key.id, claims.body_sha256.lower())


def check_body(signed: Signed, body: bytes) -> str:
    """The body's SHA-256 in hex. Raises NotAuthentic where the token is for another body."""
    digest = hashlib.sha256(body).hexdigest()
    if not hmac.compare_digest(digest, signed.body_sha256):
        raise NotAuthentic(Refusal.BODY, "the token was made for another body")
    return digest


def parse(body: bytes, *, accept_bare: bool) -> Event:
    """`accept_bare`: whether the inside of `callData` will do, as in the sample on Gong's help page.

    Only the id is read; the rest is JSON that `storable` makes sound. A name given twice is not looked for: the last
    one counts, as for every later reader. Raises Malformed.
    """
    try:
        document = _lenient(body)
        if not isinstance(document.call_data, UnsetType):
            return Event(document.call_data.meta_data.id, document.is_test is True, body)
        if isinstance(document.meta_data, UnsetType):
            raise Malformed("the body is no call event: callData is missing")
        if not accept_bare:
            raise Malformed("the call is not inside callData; GONG_ACCEPT_BARE_CALLS=true takes it as it is")
        call_id = _decoded(_meta_data, bytes(document.meta_data)).id
    except ValueError as error:
        raise Malformed(_advice(str(error))) from None
    return Event(call_id, document.is_test is True, b'{"callData":%b,"isTest":false}' % body)


def _lenient(body: bytes) -> _Document:
    """An authentic call is not lost for half of a character."""
    try:
        return _decoded(_document, body)
    except ValueError:
        mended = storable(body)
        if mended == body:
            raise
        return _decoded(_document, mended)


def _decoded(decoder: msgspec.json.Decoder[T], data: bytes) -> T:
    """Raises ValueError. What the decoder skips it does not decode: bytes that are not UTF-8 would pass it."""
    try:
        data.decode()
        return decoder.decode(data)
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _advice(error: str) -> str:
    if error.endswith(("etaData.id`", "`$.id`")):
        return "the call's id must be a string of 1 to 64 digits or letters: as a number it would lose digits"
    return f"the body is no call event: {error}"


def _verified(token: str, keys: Sequence[Key]) -> tuple[Key, bytes]:
    refused = [NotAuthentic(Refusal.NO_KEY, "GONG_WEBHOOK_SECRETS is empty")]
    for key in keys:
        try:
            return key, key.payload(token)
        except NotAuthentic as error:
            refused.append(error)
    # a key of the other kind says nothing of interest
    telling = [error for error in refused if error.reason is not Refusal.ALGORITHM]
    raise (telling if len(telling) > 1 else refused)[-1]


def _check_times(claims: _Claims, now: float) -> None:
    if claims.exp <= now - LEEWAY_SECONDS:
        raise NotAuthentic(Refusal.EXPIRED, f"the token expired {now - claims.exp:.0f} s ago")
    begins = max(claims.nbf or 0.0, claims.iat or 0.0)
    if begins > now + LEEWAY_SECONDS:
        raise NotAuthentic(Refusal.EARLY, f"the token is valid only in {begins - now:.0f} s: compare the clocks")


def _check_url(claimed: str, public_url: str) -> None:
    if not public_url or claimed == public_url:
        return
    place = _place(claimed)
    if place is None or place != _place(public_url):
        raise NotAuthentic(Refusal.URL, f"the token is for {_shown(place)}, not for PUBLIC_WEBHOOK_URL")


def _place(url: str) -> tuple[str, str, int | None, str] | None:
    """The query is left out: Gong's rule may put a key into it, which is no part of the configured URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, parts.hostname or "", port, parts.path.rstrip("/")


def _shown(place: tuple[str, str, int | None, str] | None) -> str:
    if place is None:
        return "what is no URL"
    scheme, host, port, path = place
    return f"{scheme}://{host}:{port}{path}"[:LONGEST_SHOWN_URL]
