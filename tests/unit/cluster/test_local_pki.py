"""The certificates of a local cluster pass OpenSSL's strictest checks, which Python makes from 3.13 on."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.cluster.local import pki
from tests.cluster.local.layout import Layout

# a server, the authority by which it knows users, and one of those
MEETINGS = [
    ("apiserver", "ca", "admin"),
    ("apiserver", "ca", "node-0"),
    ("apiserver", "front-proxy-ca", "front-proxy"),
    ("node-0", "ca", "apiserver-kubelet"),
]


@pytest.mark.parametrize(("server", "authority", "user"), MEETINGS)
def test_a_server_and_a_user_take_each_other_for_who_they_are(
    tmp_path: Path, server: str, authority: str, user: str
) -> None:
    layout = Layout("default", tmp_path, tmp_path, tmp_path, tmp_path, network=100, nodes=1)
    pki.write(layout)
    answers = strict(ssl.PROTOCOL_TLS_SERVER, layout.pki / f"{authority}.crt", layout.pki / server)
    asks = strict(ssl.PROTOCOL_TLS_CLIENT, layout.pki / "ca.crt", layout.pki / user)
    shake_hands(asks, answers, layout.address if server == "apiserver" else layout.node_address(0))


def strict(protocol: int, authority: Path, own: Path) -> ssl.SSLContext:
    """`own`: a certificate and its key, without their suffixes."""
    context = ssl.SSLContext(protocol)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(authority)
    context.load_cert_chain(own.with_name(f"{own.name}.crt"), own.with_name(f"{own.name}.key"))
    return context


def shake_hands(asks: ssl.SSLContext, answers: ssl.SSLContext, address: str) -> None:
    """Raises ssl.SSLError."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asks.wrap_bio(back, there, server_hostname=address)
    server = answers.wrap_bio(there, back, server_side=True)
    waiting = [client, server]
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)
