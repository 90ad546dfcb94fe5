"""From the start of the process to its first yes on /health?ready, beside a bare Starlette."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence

from bench.gong.programs import HELLO, READY, SERVICE
from bench.measure import Row, Timing
from bench.servers import running
from tests.servers import signing

ROUNDS = 7


def rows() -> Iterator[Row]:
    runs: dict[str, list[float]] = {"hello": [], "serve": [], "worker": [], "all": []}
    for _ in range(ROUNDS):
        for role, seconds in runs.items():
            with tempfile.TemporaryDirectory() as folder:
                variables = {"DATA_DIR": folder, "GONG_WEBHOOK_SECRETS": signing.public_base64()}
                command = HELLO if role == "hello" else [*SERVICE, role]
                seconds.append(_seconds(command, variables))
    bare = Timing(tuple(sorted(runs.pop("hello"))))
    for role, seconds in runs.items():
        yield Row(f"cold start to ready: {role}, SQLite", Timing(tuple(sorted(seconds))), bare, "hello of Starlette")


def _seconds(command: Sequence[str], variables: Mapping[str, str]) -> float:
    start = time.perf_counter()
    with running(command, variables, READY):
        return time.perf_counter() - start
