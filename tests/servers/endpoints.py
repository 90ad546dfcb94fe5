"""Where a Service leads: to those pods whose readiness probe has said yes, one connection after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from http import HTTPStatus

import httpx2

from tests.servers.voice import VoiceProcess
from tests.servers.websocket import PATIENCE

# so often as Kubernetes may: in between, clients are led to pods that are about to go
PROBE_SECONDS = 1.0
LOOK_SECONDS = 0.02
# where nobody listens: what a client gets while no pod is ready
NOBODY = 1


class Endpoints:
    """An endless round for `balancing`. What has lost its readiness keeps the connections that it has."""

    def __init__(self) -> None:
        self._pods: list[VoiceProcess] = []
        self._ready: list[VoiceProcess] = []
        self._turn = 0

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        ready = self._ready
        self._turn += 1
        return ready[self._turn % len(ready)].port if ready else NOBODY

    async def add(self, pod: VoiceProcess) -> None:
        """Returns when clients are led there."""
        self._pods.append(pod)
        async with asyncio.timeout(PATIENCE):
            while pod not in self._ready:  # noqa: ASYNC110  there is no event: it is somebody else's round
                await asyncio.sleep(LOOK_SECONDS)

    def remove(self, pod: VoiceProcess) -> None:
        self._pods.remove(pod)

    async def watch(self) -> None:
        """Until it is cancelled."""
        async with httpx2.AsyncClient(timeout=PATIENCE, headers={"X-Probe": "readiness"}) as client:
            while True:
                self._ready = [pod for pod in tuple(self._pods) if await _is_ready(client, pod)]
                await asyncio.sleep(PROBE_SECONDS)


async def _is_ready(client: httpx2.AsyncClient, pod: VoiceProcess) -> bool:
    try:
        return (await client.get(f"{pod.url}/pc/v1/healthcheck")).status_code == HTTPStatus.OK
    except httpx2.HTTPError:
        return False
