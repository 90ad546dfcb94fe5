"""What the environment says, made into the parts of the service."""

from __future__ import annotations

import platform
from contextlib import AsyncExitStack

from app import redis
from app.dv_pipecat import __version__
from app.dv_pipecat.conversation import Conversation
from app.dv_pipecat.conversation.echo import Echo
from app.dv_pipecat.metrics import Metrics
from app.dv_pipecat.model import Build
from app.dv_pipecat.registry import Registry
from app.dv_pipecat.registry.memory import MemoryRegistry
from app.dv_pipecat.registry.redis import RedisRegistry
from app.dv_pipecat.serving import Rules
from app.dv_pipecat.session import Limits
from app.dv_pipecat.settings import Settings
from app.errors import ConfigError

# a client waits for it
REDIS_SECONDS = 2.0


def build(settings: Settings) -> Build:
    return Build(
        track=settings.release_track,
        version=settings.app_version or __version__,
        pod=settings.pod_name or platform.node(),
        conversation=settings.conversation,
    )


def rules(settings: Settings) -> Rules:
    limits = Limits(
        idle=settings.idle_seconds,
        length=settings.max_session_seconds,
        message_bytes=settings.max_message_bytes,
        messages_per_second=settings.max_messages_per_second,
    )
    return Rules(limits=limits, origins=settings.origins)


def registry(settings: Settings, closing: AsyncExitStack) -> Registry:
    """In Redis, or without REDIS_URL in this process. Raises ConfigError."""
    if not settings.redis_url:
        return MemoryRegistry(settings.resume_seconds)
    client = redis.connect(settings.redis_url.reveal(), REDIS_SECONDS)
    closing.push_async_callback(client.aclose)
    return RedisRegistry(client, settings.resume_seconds)


def conversation(settings: Settings, metrics: Metrics, closing: AsyncExitStack) -> Conversation:
    """Raises ConfigError."""
    if settings.conversation == "echo":
        return Echo()
    try:
        # a second to import, and not in every image
        from app.dv_pipecat.conversation.pipeline import Pipecat
    except ModuleNotFoundError as missing:
        raise ConfigError(f"CONVERSATION=pipecat needs pipecat, and this image has no {missing.name}") from None
    pipecat = Pipecat(settings)
    closing.push_async_callback(pipecat.aclose)
    metrics.expect_model_errors(pipecat.failures)
    return pipecat
