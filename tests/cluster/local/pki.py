"""The certificates of a cluster, and the kubeconfigs that carry them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .layout import DNS_DOMAIN, Layout

LIFE = timedelta(days=365)
# clocks of containers may be set wrong on purpose
EARLIER = timedelta(days=1)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def write(layout: Layout) -> None:
    """All that the components name, in `layout.pki`, and the kubeconfigs beside it."""
    layout.pki.mkdir(parents=True, mode=0o700)
    cluster, front = authority("kubernetes"), authority("front-proxy")
    (layout.pki / "ca.crt").write_bytes(cluster.pem())
    (layout.pki / "front-proxy-ca.crt").write_bytes(front.pem())
    service = f"kubernetes.default.svc.{DNS_DOMAIN}".split(".")
    names = [".".join(service[:length]) for length in (1, 2, 3, len(service))]
    issue(
        layout.pki / "apiserver", cluster, "kube-apiserver", [*names, "localhost", layout.address, layout.api_service]
    )
    issue(layout.pki / "apiserver-kubelet", cluster, "kube-apiserver-kubelet", groups="system:masters")
    issue(layout.pki / "front-proxy", front, "front-proxy")
    pem(layout.pki / "service-accounts.key", ec.generate_private_key(ec.SECP256R1()))
    users = {"admin": "system:masters", "system:kube-controller-manager": "", "system:kube-scheduler": ""}
    users |= {"system:kube-proxy": "", "coredns": "", "metrics-server": "", "local-path": ""}
    for user, group in users.items():
        issue(layout.pki / user.removeprefix("system:"), cluster, user, groups=group)
    for index in range(layout.nodes):
        name = layout.node_name(index)
        addresses = [name, layout.node_address(index)]
        issue(layout.pki / name, cluster, f"system:node:{name}", addresses, groups="system:nodes")
    for user in [*users, *map(layout.node_name, range(layout.nodes))]:
        kubeconfig(layout, user.removeprefix("system:"))


def authority(name: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return Authority(_builder(subject, subject, key, signs=True).sign(key, hashes.SHA256()), key)


def issue(path: Path, by: Authority, name: str, addresses: Sequence[str] = (), groups: str = "") -> None:
    """`path`.crt and `path`.key. `addresses`: host names and IP addresses that a server answers under."""
    key = ec.generate_private_key(ec.SECP256R1())
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    parts += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, groups)] if groups else []
    identifier = by.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _builder(x509.Name(parts), by.certificate.subject, key, signs=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.ExtendedKeyUsage([CLIENT, SERVER]), critical=False)
    )
    if addresses:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(map(_alternative, addresses))), critical=False)
    path.with_name(f"{path.name}.crt").write_bytes(
        builder.sign(by.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    pem(path.with_name(f"{path.name}.key"), key)


def pem(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    path.touch(mode=0o600)
    path.write_bytes(encoded)


def kubeconfig(layout: Layout, user: str) -> None:
    """JSON, which is YAML; the keys are in it, so that it can be copied."""

    def text(name: str) -> str:
        return b64encode((layout.pki / name).read_bytes()).decode()

    name = f"local-{layout.name}"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        "clusters": [{"name": name, "cluster": {"server": layout.api, "certificate-authority-data": text("ca.crt")}}],
        "users": [
            {
                "name": user,
                "user": {"client-certificate-data": text(f"{user}.crt"), "client-key-data": text(f"{user}.key")},
            }
        ],
    }
    path = layout.state / f"{user}.conf"
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=1))


def _alternative(address: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, signs: bool
) -> x509.CertificateBuilder:
    """With what RFC 5280 (4.2.1) asks of every certificate, which Python checks from 3.13 on. `signs`: an authority."""
    usage = {"digital_signature": True, "key_cert_sign": signs, "crl_sign": signs}
    usage |= dict.fromkeys(["content_commitment", "key_encipherment", "data_encipherment", "key_agreement"], False)
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(ca=signs, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage, encipher_only=False, decipher_only=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
