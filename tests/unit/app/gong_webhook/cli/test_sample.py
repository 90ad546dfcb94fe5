"""send-sample: what it is given wrongly is said in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from app.gong_webhook import events, sample
from app.gong_webhook.errors import Malformed
from tests.servers import signing
from tests.servers.processes import command, settings, started

CURVE = ec.generate_private_key(ec.SECP256R1())


def pem(protection: BestAvailableEncryption | NoEncryption) -> bytes:
    return CURVE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)


@pytest.mark.parametrize(
    "content",
    [b"", b"no key", b"\xff\xfe", pem(NoEncryption()), pem(BestAvailableEncryption(b"word")), b"-----BEGIN PUBLIC"],
    ids=["empty", "words", "bytes", "elliptic", "encrypted", "cut"],
)
def test_a_file_that_holds_no_key_to_sign_with_is_said(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(content)
    ended = command(settings(tmp_path), "send-sample", "--key", str(file))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"gong-webhook: --key: {file} holds no private RSA key as an unencrypted PEM\n"


def test_a_public_key_is_nothing_to_sign_with(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(signing.public_pem())
    ended = command(settings(tmp_path), "send-sample", "--key", str(file))
    assert "holds no private RSA key" in ended.stderr


def test_a_private_key_signs_what_a_service_with_its_public_key_takes(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(signing.private_pem())
    with started("all", tmp_path, GONG_WEBHOOK_SECRETS=signing.public_base64()) as process:
        sent = process.run("send-sample", "--key", str(file), "--call-id", "_")
    assert sent.returncode == 0, sent.stderr
    assert "call _: 202" in sent.stdout


@pytest.mark.parametrize("call_id", ["", "a" * 65, "a b", "ä", "\u0661", "7\n", "a:b"])
def test_an_id_that_the_service_would_not_take_is_refused(tmp_path: Path, call_id: str) -> None:
    ended = command(settings(tmp_path), "send-sample", "--call-id", call_id)
    assert ended.returncode == 2
    assert "Invalid value for '--call-id'" in ended.stderr
    with pytest.raises(Malformed):
        events.parse(sample.body(call_id), accept_bare=False)


@pytest.mark.parametrize("call_id", ["0", "a" * 64, "_", "A-z_9", "-1"])
def test_an_id_that_the_service_takes_is_sent(tmp_path: Path, call_id: str) -> None:
    assert events.parse(sample.body(call_id), accept_bare=False).call_id == call_id
    ended = command(settings(tmp_path) | {"PORT": "9"}, "send-sample", "--call-id", call_id)
    assert "does the service run there?" in ended.stderr


@pytest.mark.parametrize("url", ["foo", "", "http://", "/webhooks/gong", "ftp://host/x", "host:80", "http://h:port/x"])
def test_an_address_that_is_none_is_said(tmp_path: Path, url: str) -> None:
    ended = command(settings(tmp_path), "send-sample", "--url", url)
    assert ended.returncode == 2
    assert "Invalid value for '--url'" in ended.stderr
    assert "is no URL such as https://host/webhooks/gong" in ended.stderr


@pytest.mark.parametrize("host", ["::", "::1"])
def test_a_service_on_an_ipv6_address_is_sent_to(tmp_path: Path, host: str) -> None:
    ended = command(settings(tmp_path) | {"HOST": host, "PORT": "9"}, "send-sample")
    assert ended.stderr.startswith("gong-webhook: http://[::1]:9/webhooks/gong: no answer")
