"""The voice service in a thread of the test's process, where its constants may be other ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.dv_pipecat import logs, service
from app.dv_pipecat.protocol.websocket import BoundedWebSocket
from app.dv_pipecat.service import Service
from app.dv_pipecat.settings import Settings
from tests.servers.counted import counted
from tests.servers.raw import PATIENCE

if TYPE_CHECKING:
    import pytest


class Inside:
    """`connections`: uvicorn's protocols, for tests that look at what they hold."""

    def __init__(self, settings: Settings) -> None:
        self.port = settings.port
        self.service = Service(settings)
        self.server: Any = None

    def started(self, server: Any) -> None:
        self.server = server

    def metric(self, series: str) -> float:
        return counted(self.service.metrics.scrape().decode())[series]

    def closed(self, reason: str) -> float:
        return self.metric(f'dv_pipecat_sessions_closed_total{{reason="{reason}",track="stable"}}')

    @property
    def connections(self) -> list[Any]:
        return list(self.server.server_state.connections)

    @property
    def websocket(self) -> BoundedWebSocket:
        (found,) = (each for each in self.connections if isinstance(each, BoundedWebSocket))
        return found


def eventually(true: Callable[[], Any]) -> None:
    """Waits until it is."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it does not become true"
        time.sleep(0.005)


@contextmanager
def inside(settings: Settings, patch: pytest.MonkeyPatch) -> Iterator[Inside]:
    patch.setattr(logs, "configure", lambda *_: None)
    voice = Inside(settings)

    class Server(service._Server):  # noqa: SLF001  to learn which one is run
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            voice.started(self)

    patch.setattr(service, "_Server", Server)
    thread = threading.Thread(target=voice.service.run, daemon=True)
    thread.start()
    eventually(lambda: voice.server is not None and voice.server.started)
    try:
        yield voice
    finally:
        voice.server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive(), "it does not end"
