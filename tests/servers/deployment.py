"""Pods of the voice service that come and go behind a Service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from tests.servers.balancing import balancing
from tests.servers.endpoints import Endpoints
from tests.servers.voice import VoiceProcess


class Deployment:
    """`pods`: all there ever were; `url`: the Service's, for websockets."""

    def __init__(self, folder: Path, stack: AsyncExitStack, **settings: str) -> None:
        self.pods: list[VoiceProcess] = []
        self.endpoints = Endpoints()
        self.url = stack.enter_context(balancing(self.endpoints)).replace("http:", "ws:") + "/pc/v1/ws"
        self._folder = folder
        self._stack = stack
        self._settings = settings

    async def start(self, version: str) -> VoiceProcess:
        """A pod more, which is led clients when this returns."""
        about = {"POD_NAME": f"pod-{len(self.pods)}", "APP_VERSION": version}
        pod = VoiceProcess(self._folder, self._settings | about)
        self.pods.append(pod)
        self._stack.callback(pod.kill)
        await self.endpoints.add(pod)
        return pod

    async def end(self, pod: VoiceProcess, drain_seconds: float) -> None:
        """As Kubernetes does: preStop, then SIGTERM."""
        drained = await asyncio.to_thread(pod.run, "drain", "--timeout", f"{drain_seconds:g}")
        assert drained.returncode == 0, drained.stderr
        pod.terminate()
        await asyncio.to_thread(pod.wait)
        self.endpoints.remove(pod)

    def sessions(self) -> int:
        return sum(pod.health()["sessions"] for pod in self.pods)


@asynccontextmanager
async def deployment(folder: Path, **settings: str) -> AsyncIterator[Deployment]:
    """Without a pod at first; gone with all of them when the block is over."""
    async with AsyncExitStack() as stack:
        made = Deployment(folder, stack, **settings)
        watching = asyncio.create_task(made.endpoints.watch())
        try:
            yield made
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
