"""The voice service for tests that need its sockets: in a process of its own, or here with other constants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import values

from app.dv_pipecat import keeping
from app.dv_pipecat import pod as sweeping
from app.dv_pipecat.registry.memory import MemoryRegistry
from app.dv_pipecat.settings import Settings
from tests.servers.inside import Inside, eventually, inside
from tests.servers.pods import LIMIT, Pod
from tests.servers.raw import assert_serves
from tests.servers.redis import free_port
from tests.servers.registries import RESUME_SECONDS
from tests.servers.voice import VoiceProcess, running


@pytest.fixture(autouse=True)
def _own_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other service has its processes share what they count, and all of its tests before these."""
    monkeypatch.setattr(values, "ValueClass", values.MutexValue)


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Inside]]:
    """Starts the service in this process, with these settings."""
    monkeypatch.setattr(sweeping, "SWEEP_SECONDS", 0.05)
    with ExitStack() as stack:

        def started(**settings: Any) -> Inside:
            given = Settings(port=free_port(), run_dir=str(tmp_path / "run"), **settings)
            return stack.enter_context(inside(given, monkeypatch))

        yield started


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> MemoryRegistry:
    """The registry of `pod` and `other`; no test waits for a time-out."""
    monkeypatch.setattr(keeping, "RESUME_TIMEOUT", LIMIT)
    monkeypatch.setattr(keeping, "LAST_SECONDS", LIMIT)
    return MemoryRegistry(RESUME_SECONDS)


@pytest.fixture
def pod(shared: MemoryRegistry) -> Pod:
    return Pod(shared)


@pytest.fixture
def other(shared: MemoryRegistry) -> Pod:
    return Pod(shared)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoiceProcess]:
    with running(tmp_path_factory.mktemp("voice")) as voice:
        yield voice


@pytest.fixture
def voice(process: VoiceProcess) -> Iterator[VoiceProcess]:
    """After each test it holds no session, serves the next client, and has logged nothing to worry about."""
    yield process
    eventually(lambda: process.metric('dv_pipecat_sessions_active{track="stable"}') == 0)
    assert_serves(process.port)
    assert not [line for line in process.lines if line["level"] == "ERROR"]
