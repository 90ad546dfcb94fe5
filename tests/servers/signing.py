"""What Gong would send: keys, tokens, and any token that an attacker could think of."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.gong_webhook import sample

URL = "https://hooks.sophia.example/webhooks/gong"
SHARED_SECRET = "hs256:" + "a shared secret of Gong's and ours in 2026"
PUBLIC_EXPONENT = 65537


@cache
def private_key(name: str = "gong", bits: int = 2048) -> rsa.RSAPrivateKey:
    """The same for the same name."""
    assert name
    return rsa.generate_private_key(PUBLIC_EXPONENT, bits)


def private_pem(key: rsa.RSAPrivateKey | None = None) -> str:
    chosen = key or private_key()
    return chosen.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey | None = None) -> str:
    return (key or private_key()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def public_der(key: rsa.RSAPrivateKey | None = None) -> bytes:
    return (key or private_key()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def public_base64(key: rsa.RSAPrivateKey | None = None) -> str:
    """As Gong shows it: no PEM around it."""
    return base64.b64encode(public_der(key)).decode()


def headers(body: bytes, *, url: str = URL, now: float | None = None) -> dict[str, str]:
    """Those of a delivery, signed with the key named `gong`; from the key itself, as reading a PEM takes longest."""
    claims = sample.claims(url, body, time.time() if now is None else now)
    return {"authorization": rs256({"alg": "RS256", "typ": "JWT"}, claims), "content-type": "application/json"}


def segment(data: bytes | Mapping[str, Any]) -> str:
    """Base64 as tokens have it; a mapping becomes JSON."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def rs256(
    header: bytes | Mapping[str, Any], claims: bytes | Mapping[str, Any], key: rsa.RSAPrivateKey | None = None
) -> str:
    """Any header and claims, rightly signed."""
    content = f"{segment(header)}.{segment(claims)}"
    signature = (key or private_key()).sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{content}.{segment(signature)}"
