"""The service: what it is made of, how it starts, and how it stops."""

from __future__ import annotations

import asyncio
import logging
import resource
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from app.background import supervised
from app.dv_pipecat import logs, parts, rundir, web
from app.dv_pipecat.keeping import Keeper
from app.dv_pipecat.metrics import Metrics
from app.dv_pipecat.pod import Pod
from app.dv_pipecat.protocol import Door
from app.dv_pipecat.protocol.http import BoundedHttp
from app.dv_pipecat.protocol.websocket import BoundedWebSocket
from app.dv_pipecat.serving import Voice
from app.dv_pipecat.settings import Settings
from app.environment import rotated_at

if TYPE_CHECKING:
    from starlette.applications import Starlette

log = logging.getLogger(__name__)

# GKE's load balancer keeps a connection for 600 s; a server that closes first races with the next request
KEEP_ALIVE_SECONDS = 620
# a half-open socket is noticed within both
PING_SECONDS, PONG_SECONDS = 20.0, 20.0
# connections that wait to be accepted
BACKLOG = 512
# for what still runs at SIGTERM, when every session has been told to go
STOP_SECONDS = 5
KEY_BYTES = 32
# connections that are no sessions, and what a process opens for itself
FILES_BESIDE = 1_000
# of what ends sessions, and keeps them
RESTART_SECONDS = 1.0


class Service:
    """Raises ConfigError for settings that cannot be meant; connects to nothing yet.

    `on_start`: called when it listens.
    """

    def __init__(self, settings: Settings, on_start: Callable[[], None] = lambda: None) -> None:
        self._on_start = on_start
        self._closing = AsyncExitStack()
        self.settings = settings
        build = parts.build(settings)
        logs.configure(settings.log_level, settings.logger_name, build)
        self.metrics = Metrics(build, rotated_at(settings.secrets_rotated_at))
        self.pod = Pod(settings.max_sessions, settings.drain_lag_seconds, self.metrics.draining)
        self.metrics.count_sessions(lambda: len(self.pod))
        registry = parts.registry(settings, self._closing)
        if settings.redis_url:
            self.metrics.store_answers(up=True)
        self.keeper = Keeper(registry, self.metrics, settings.resume_seconds, self.pod.replaced)
        conversation = parts.conversation(settings, self.metrics, self._closing)
        voice = Voice(parts.rules(settings), build, self.pod, self.keeper, conversation, self.metrics)
        rundir.prepare(rundir.of(settings))
        self._drain_key = secrets.token_urlsafe(KEY_BYTES)
        self.app = web.create(build, self.pod, voice, self.metrics.scrape, self._drain_key, self._lifespan)

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        settings = self.settings
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if files < settings.max_sessions + FILES_BESIDE:
            log.warning("MAX_SESSIONS is %d, and the system allows %d files: ulimit -n", settings.max_sessions, files)
        door = Door(settings.max_sessions, settings.max_messages_per_second, BACKLOG, files, self.metrics.refused)
        config = uvicorn.Config(
            self.app,
            host=settings.host,
            port=settings.port,
            http=partial(BoundedHttp, door),  # type: ignore[arg-type]
            ws=partial(BoundedWebSocket, door),  # type: ignore[arg-type]
            ws_max_size=settings.max_message_bytes,
            # a quarter of a megabyte a session; what is said is short
            ws_per_message_deflate=False,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PONG_SECONDS,
            backlog=BACKLOG,
            log_config=None,
            access_log=False,
            server_header=False,
            # nobody asks who the client is, but for drain: there it must be the peer itself
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        # what SIGINT becomes when all is done
        with suppress(KeyboardInterrupt):
            _Server(config, self._started, self.pod.leave).run()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        stop = asyncio.Event()
        async with self._closing, asyncio.TaskGroup() as background:
            for run in (self.pod.sweep, self.keeper.run):
                background.create_task(supervised(run, stop, RESTART_SECONDS))
            yield
            stop.set()
        log.info("stopped")

    def _started(self) -> None:
        settings = self.settings
        # not before the port is this process's own: another one's key would be overwritten
        rundir.publish(rundir.of(settings), self._drain_key)
        extra = {"conversation": settings.conversation, "sessions_kept_in": "Redis" if settings.redis_url else "memory"}
        log.info("listening for WebSocket clients at http://%s:%d/pc/", settings.host, settings.port, extra=extra)
        self._on_start()


class _Server(uvicorn.Server):
    """Has clients told where to go before it closes their sockets: uvicorn alone gives them no token."""

    def __init__(
        self, config: uvicorn.Config, on_start: Callable[[], None], leave: Callable[[], Awaitable[object]]
    ) -> None:
        super().__init__(config)
        self._on_start = on_start
        self._leave = leave

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._leave()
        await super().shutdown(sockets)
