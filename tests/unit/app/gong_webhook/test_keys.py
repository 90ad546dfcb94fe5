"""Which keys are taken, in which spellings, and what is said of those that are not."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from app.errors import ConfigError
from app.gong_webhook.keys import keys
from tests.servers import signing

PEM = signing.public_pem()
BARE = signing.public_base64()
PKCS1 = signing.private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()


@pytest.mark.parametrize(
    "spelling",
    [
        BARE,
        f"  {BARE}\n",
        "\n".join(BARE[start : start + 64] for start in range(0, len(BARE), 64)),
        PEM,
        PEM.replace("\n", "\\n"),
        PEM.replace("\n", "\\r\\n"),
        PEM.replace("\n", " "),
        PKCS1,
    ],
    ids=["bare", "spaces", "folded", "pem", "escaped", "escaped-crlf", "newlines-lost", "pkcs1"],
)
def test_a_public_key_is_the_same_in_every_spelling(spelling: str) -> None:
    assert [key.id for key in keys(spelling)] == [keys(BARE)[0].id]


def test_several_keys_hold_at_once_in_the_order_given() -> None:
    other = signing.public_base64(signing.private_key("other"))
    found = keys(f"{PEM}, {signing.SHARED_SECRET} ,{other}")
    assert [key.id for key in found] == [keys(BARE)[0].id, "hs256-2", keys(other)[0].id]


def test_no_text_is_no_key() -> None:
    assert keys(" \n") == ()


def test_a_key_shows_its_id_alone() -> None:
    shared = keys(signing.SHARED_SECRET)[0]
    assert repr(shared) == "Key(hs256-1)"
    assert "secret of Gong" not in f"{shared} {shared!r} {keys(signing.SHARED_SECRET)}"


def private(encoding: Encoding, password: bytes | None = None) -> bytes:
    encryption = NoEncryption() if password is None else BestAvailableEncryption(password)
    return signing.private_key().private_bytes(encoding, PrivateFormat.PKCS8, encryption)


def elliptic() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (private(Encoding.PEM).decode(), "is a private key"),
        (private(Encoding.PEM, b"password").decode(), "is a private key"),
        (base64.b64encode(private(Encoding.DER)).decode(), "is a private key"),
        (base64.b64encode(private(Encoding.DER, b"password")).decode(), "is a private key"),
        (signing.public_base64(signing.private_key("weak", 1024)), "1024 bits; at least 2048"),
        (elliptic(), "no RSA key"),
        (BARE[:-8], "holds no public key"),
        (BARE[:-3], "is neither base64"),
        ("-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----", "is neither base64"),
        ("swordfish!", "is neither base64"),
        ("", "is empty"),
        ("hs256:swordfish", "fewer than 32 bytes"),
        (f"hs256:{PEM}", "a public key"),
        (f"hs256:{signing.public_base64()}", "a public key"),
    ],
    ids=[
        *("private-pem", "private-pem-encrypted", "private-der", "private-der-encrypted", "weak", "elliptic", "cut"),
        *("cut-base64", "certificate", "word", "empty", "short-secret", "pem-as-secret", "base64-as-secret"),
    ],
)
def test_what_is_no_good_key_is_refused_by_its_number_and_never_quoted(entry: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        keys(f"{BARE},{entry}")
    said = str(refused.value)
    assert said.startswith("GONG_WEBHOOK_SECRETS: entry ")
    secret = entry.removeprefix("hs256:")
    assert not secret or secret not in said
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_entries_are_counted_from_one() -> None:
    with pytest.raises(ConfigError, match="entry 3 is empty"):
        keys(f"{BARE},{BARE},")
