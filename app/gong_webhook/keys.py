"""The keys that deliveries are signed with. What a key is decides how a token is verified, never the token."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OctKey, RSAKey

from app.errors import ConfigError
from app.gong_webhook.errors import NotAuthentic, Refusal

SHARED = "hs256:"
LEAST_RSA_BITS = 2048
LEAST_SECRET_BYTES = 32
ID_DIGITS = 12
# they would change what the signature is over (RFC 7515, 4.1.11; RFC 7797)
UNKNOWN_RULES = {"crit", "b64"}


class Key:
    """Shows its id and nothing else; the id names it in metrics and logs."""

    def __init__(self, key_id: str, algorithm: str, key: RSAKey | OctKey) -> None:
        self.id = key_id
        self._key = key
        # other members of a header than those of the RFC are none of ours; `events` bounds the length of the whole
        self._registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        self._registry.max_header_length = self._registry.max_payload_length

    def __repr__(self) -> str:
        return f"Key({self.id})"

    def payload(self, token: str) -> bytes:
        """What this key has signed. Raises NotAuthentic, without a word of the token."""
        try:
            signed = jws.deserialize_compact(token, self._key, registry=self._registry)
        except BadSignatureError:
            raise NotAuthentic(Refusal.SIGNATURE, "no configured key has signed the token") from None
        except UnsupportedAlgorithmError:
            raise NotAuthentic(Refusal.ALGORITHM, "the token's algorithm is not that of a configured key") from None
        except (JoseError, ValueError, TypeError, RecursionError):
            raise NotAuthentic(Refusal.MALFORMED, "the Authorization header holds no signed JWT") from None
        if UNKNOWN_RULES & signed.protected.keys():
            raise NotAuthentic(Refusal.MALFORMED, "the token asks for rules that Gong's do not have")
        return signed.payload


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
    return Key(hashlib.sha256(der).hexdigest()[:ID_DIGITS], "RS256", RSAKey.import_key(der))


def _shared_secret(number: int, secret: str) -> OctKey:
    if len(secret.encode()) < LEAST_SECRET_BYTES:
        raise _wrong(number, f"is a shared secret of fewer than {LEAST_SECRET_BYTES} bytes")
    if _is_public(number, secret):
        raise _wrong(number, f"is a public key behind {SHARED}, which anybody may know")
    return OctKey.import_key(secret)


def _is_public(number: int, secret: str) -> bool:
    if secret.startswith(("-----", "ssh-")):
        return True
    try:
        _public_key(number, _der(number, secret))
    except ConfigError:
        return False
    return True


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
