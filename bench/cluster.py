"""How long until there is a cluster to test on, beside an API server alone, which is what envtest starts."""

from __future__ import annotations

import ssl
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from bench.measure import Row, Timing
from bench.peers import ROOT
from tests.cluster import local
from tests.cluster.local import pki
from tests.servers.redis import free_port

ROUNDS = 5
BINARIES = ROOT / ".tools" / "cluster" / "bin"
LIMIT_SECONDS = 120.0


def rows() -> Iterator[Row]:
    if reason := local.lacking():
        print(f"cluster: {reason}")
        return
    local.build(BINARIES)
    ours: list[float] = []
    peer: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        for turn in range(ROUNDS):
            ours.append(_cluster(Path(name) / f"ours-{turn}"))
            peer.append(_api_server(Path(name) / f"peer-{turn}"))
    note = "etcd and kube-apiserver alone"
    what = "from nothing to a Ready node, names, metrics, storage and a registry"
    yield Row(what, Timing(tuple(sorted(ours))), Timing(tuple(sorted(peer))), note)


def _cluster(folder: Path) -> float:
    start = time.perf_counter()
    running = local.up(folder, BINARIES, name="bench")
    seconds = time.perf_counter() - start
    running.down()
    return seconds


def _api_server(folder: Path) -> float:
    folder.mkdir()
    store, peers, port = (free_port() for _ in range(3))
    key = folder / "service-accounts.key"
    pki.pem(key, ec.generate_private_key(ec.SECP256R1()))
    url = f"http://127.0.0.1:{store}"
    etcd = [
        str(BINARIES / "etcd"),
        f"--data-dir={folder}/etcd",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls=http://127.0.0.1:{peers}",
        "--unsafe-no-fsync",
    ]
    server = [
        str(BINARIES / "kube-apiserver"),
        f"--etcd-servers={url}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--service-account-issuer=https://localhost",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
    ]
    start = time.perf_counter()
    with ExitStack() as stack:
        for command in (etcd, server):
            stack.enter_context(_running(command))
        while not _is_ready(f"https://127.0.0.1:{port}/readyz"):
            assert time.perf_counter() - start < LIMIT_SECONDS, "the API server does not answer"
            time.sleep(0.02)
        return time.perf_counter() - start


@contextmanager
def _running(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _is_ready(url: str) -> bool:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(url, context=context, timeout=5) as answer:  # noqa: S310  our own server
            return bool(answer.status == 200)
    except OSError:
        return False
