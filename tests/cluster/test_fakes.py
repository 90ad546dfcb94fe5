"""The fake nodes are there as long as somebody needs them, and leave with the last one, however it ends."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.cluster import fakes
from tests.cluster.handle import Cluster
from tests.cluster.waiting import eventually
from tests.running import command_lines

ROOT = Path(__file__).parents[2]
COUNT = 2
GONE_SECONDS = 60
USER = f"""
import sys
from tests.cluster import fakes
from tests.cluster.handle import Cluster
with fakes.standing(Cluster.read(sys.argv[1]), sys.argv[2], {COUNT}):
    print("up", flush=True)
    sys.stdin.read()
"""


@contextmanager
def user(cluster: Cluster, kind: str) -> Iterator[subprocess.Popen[str]]:
    """Another process, once it has them."""
    command = [sys.executable, "-c", USER, cluster.written(), kind]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process


def nodes(cluster: Cluster, kind: str) -> list[str]:
    """By uid."""
    return [node["metadata"]["uid"] for node in cluster.json("nodes", selector=f"type={kind}")["items"]]


def processes(kind: str) -> list[str]:
    """Those that keep the nodes, and kwok."""
    return [line for line in command_lines() if kind in line]


def test_fake_nodes_are_shared_and_leave_with_the_last_process_that_needs_them_be_it_killed(
    cluster: Cluster, tmp_path: Path
) -> None:
    fakes.provide(cluster)
    kind = f"test-{secrets.token_hex(4)}"
    own = replace(cluster, state=tmp_path)
    with user(own, kind) as first, user(own, kind) as second:
        there = nodes(cluster, kind)
        first.communicate("")
        assert first.returncode == 0
        assert nodes(cluster, kind) == there
        assert len(there) == COUNT
        second.kill()
    eventually(lambda: not nodes(cluster, kind), "no fake node is left", GONE_SECONDS)
    eventually(lambda: not processes(kind), "no process of theirs is left", GONE_SECONDS)
