"""Acknowledged webhooks a second, and how long one waits, beside a bare Starlette on the same core.

The server has one core to itself; wrk, and Redis, have the other. Each request is a delivery of its own, signed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from app.gong_webhook import sample
from bench.gong.programs import HELLO, READY, SERVICE
from bench.measure import Row, Timing
from bench.servers import LOAD_CORE, pinned, redis, running
from tests.servers import signing
from tests.servers.unlimited import ENVIRONMENT

CONNECTIONS = 32
SECONDS = 4
ROUNDS = 5
# more than the fastest round acknowledges in its seconds
DELIVERIES = 40_000
SCRIPT = Path(__file__).with_name("deliveries.lua")
KEYS = {"GONG_WEBHOOK_SECRETS": signing.public_base64(), "PUBLIC_WEBHOOK_URL": signing.URL, "QUEUE_LIMIT": "1000000"}


class Load(NamedTuple):
    """What wrk saw: seconds a request takes of the server's core; milliseconds of the slowest hundredth."""

    seconds: float
    p99: float


def rows() -> Iterator[Row]:
    if not shutil.which("wrk") or not shutil.which("redis-server"):
        print("bench: acknowledge needs wrk and redis-server (apt-get install wrk redis-server)", file=sys.stderr)
        return
    loads: dict[str, list[Load]] = {"hello": [], "Redis": [], "SQLite": []}
    with tempfile.TemporaryDirectory() as scratch:
        requests = Path(scratch, "requests")
        requests.write_bytes(b"".join(_deliveries()))
        for _ in range(ROUNDS):
            loads["hello"].append(_hello())
            for store in ("Redis", "SQLite"):
                loads[store].append(_acknowledged(store, requests))
    bare = _timing(loads["hello"])
    for store in ("Redis", "SQLite"):
        p99 = ", ".join(f"{load.p99:.1f}" for load in loads[store])
        note = f"hello of Starlette; p99 of each round {p99} ms at {CONNECTIONS} connections"
        yield Row(f"acknowledge a webhook of 9.5 KB, {store}: time a request", _timing(loads[store]), bare, note)


def _deliveries() -> Iterator[bytes]:
    """Whole requests, each after its length in eight digits."""
    for number in range(DELIVERIES):
        body = sample.body(str(10**18 + number))
        head = {"Host": "bench", "Content-Length": str(len(body)), **signing.headers(body)}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        request = f"POST /webhooks/gong HTTP/1.1\r\n{lines}\r\n".encode() + body
        yield b"%08d" % len(request) + request


def _hello() -> Load:
    with running(HELLO, {}, READY) as server:
        return _loaded(server.url, [])


def _acknowledged(store: str, requests: Path) -> Load:
    with ExitStack() as parts:
        folder = parts.enter_context(tempfile.TemporaryDirectory())
        where = {"REDIS_URL": parts.enter_context(redis(Path(folder)))} if store == "Redis" else {"DATA_DIR": folder}
        server = parts.enter_context(running([*SERVICE, "serve"], ENVIRONMENT | KEYS | where, READY))
        load = _loaded(server.url, ["--script", str(SCRIPT), "--", str(requests)])
        accepted = server.metric('gong_webhook_deliveries_total{outcome="accepted"}')
        queued = server.metric("gong_webhook_queue_depth")
        if not accepted or accepted != queued:
            raise RuntimeError(f"{accepted} acknowledged, and {queued} in the queue")
        return load


def _loaded(url: str, options: Sequence[str]) -> Load:
    load = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{SECONDS}s", "--latency"]
    script, arguments = options[:2], options[2:]
    command = pinned(LOAD_CORE, [*load, *script, url, *arguments])
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(told)
    per_second = float(_found(r"Requests/sec:\s+([\d.]+)", told)[0])
    value, unit = _found(r"99%\s+([\d.]+)(us|ms|s)", told)
    return Load(1 / per_second, float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit])


def _found(pattern: str, text: str) -> tuple[str, ...]:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(text)
    return found.groups()


def _timing(loads: Sequence[Load]) -> Timing:
    return Timing(tuple(sorted(load.seconds for load in loads)))
