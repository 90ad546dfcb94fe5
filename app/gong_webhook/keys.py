"""The keys that deliveries are signed with. What a key is decides how a token is verified, never the token."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from jwt.algorithms import HMACAlgorithm

from app.gong_webhook.errors import ConfigError, NotAuthentic, Refusal

SHARED = "hs256:"
LEAST_RSA_BITS = 2048
LEAST_SECRET_BYTES = 32
ID_DIGITS = 12


class Key:
    """Shows its id and nothing else; the id names it in metrics and logs."""

    def __init__(self, key_id: str, algorithm: str, material: RSAPublicKey | bytes) -> None:
        self.id = key_id
        self._algorithms = [algorithm]
        self._jws = jwt.PyJWS(algorithms=self._algorithms)
        self._material = material

    def __repr__(self) -> str:
        return f"Key({self.id})"

    def payload(self, token: str) -> bytes:
        """What this key has signed. Raises NotAuthentic, without a word of the token."""
        try:
            payload: bytes = self._jws.decode(token, self._material, algorithms=self._algorithms)
        except jwt.InvalidSignatureError:
            raise NotAuthentic(Refusal.SIGNATURE, "no configured key has signed the token") from None
        except jwt.InvalidAlgorithmError:
            raise NotAuthentic(Refusal.ALGORITHM, "the token's algorithm is not that of a configured key") from None
        except jwt.PyJWTError:
            raise NotAuthentic(Refusal.MALFORMED, "the Authorization header holds no signed JWT") from None
        return payload


def keys(text: str) -> tuple[Key, ...]:
    """Comma-separated, each as Gong shows it (base64 of DER), a PEM, or `hs256:` and a shared secret.

    Newlines of a PEM may be real, escaped, or lost. Raises ConfigError, which counts the entries from 1.
    """
    if not text.strip():
        return ()
    return tuple(_key(number, entry.strip()) for number, entry in enumerate(text.split(","), 1))


def _key(number: int, entry: str) -> Key:
    if entry.startswith(SHARED):
        return Key(f"hs256-{number}", "HS256", _shared_secret(number, entry[len(SHARED) :].strip()))
    public = _public_key(number, _der(number, entry))
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Key(hashlib.sha256(der).hexdigest()[:ID_DIGITS], "RS256", public)


def _shared_secret(number: int, secret: str) -> bytes:
    if len(secret.encode()) < LEAST_SECRET_BYTES:
        raise _wrong(number, f"is a shared secret of fewer than {LEAST_SECRET_BYTES} bytes")
    try:
        # refuses a public key, which anybody may know
        return HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
    except jwt.InvalidKeyError:
        raise _wrong(number, f"is a key of another kind behind {SHARED}") from None


def _der(number: int, entry: str) -> bytes:
    if "PRIVATE KEY-----" in entry:
        raise _private(number)
    body = re.sub(r"-----(BEGIN|END) (RSA )?PUBLIC KEY-----|\\r|\\n|\s", "", entry)
    if not body:
        raise _wrong(number, "is empty")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise _wrong(number, f"is neither base64, nor a PEM of a public key, nor {SHARED}…") from None


def _public_key(number: int, der: bytes) -> RSAPublicKey:
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise _private(number) if _is_private(der) else _wrong(number, "holds no public key") from None
    if not isinstance(key, RSAPublicKey):
        raise _wrong(number, "is no RSA key; Gong signs with RS256")
    if key.key_size < LEAST_RSA_BITS:
        raise _wrong(number, f"is an RSA key of {key.key_size} bits; at least {LEAST_RSA_BITS} are needed")
    return key


def _is_private(der: bytes) -> bool:
    try:
        load_der_private_key(der, password=None)
    except (ValueError, UnsupportedAlgorithm):
        return False
    except TypeError:  # it wants a password
        return True
    return True


def _private(number: int) -> ConfigError:
    return _wrong(number, "is a private key, which only the sender may have; give the public one")


def _wrong(number: int, words: str) -> ConfigError:
    return ConfigError(f"GONG_WEBHOOK_SECRETS: entry {number} {words}")
