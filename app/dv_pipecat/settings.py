"""The variables of the environment: docs/dv-pipecat.md explains each."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.environment import Count, Seconds, Secret


class Settings(Struct, frozen=True, rename=str.upper):
    """One field a variable, named as in lower case."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8765
    logger_name: str = "pipecat"
    log_level: str = "INFO"
    run_dir: str = ""
    environment: Literal["", "stage", "prod"] = ""
    release_track: Literal["stable", "canary"] = "stable"
    app_version: str = ""
    pod_name: str = ""
    secrets_rotated_at: str = ""

    max_sessions: Count = 20
    idle_seconds: Seconds = 300.0
    # below what the chart's load balancer gives a websocket: the client is told why
    max_session_seconds: Seconds = 3540.0
    max_message_bytes: Annotated[int, Meta(ge=1024, le=16 * 1024 * 1024)] = 65_536
    max_messages_per_second: Count = 100
    allowed_origins: str = ""

    redis_url: Secret = Secret("")
    resume_seconds: Seconds = 60.0
    drain_lag_seconds: Annotated[float, Meta(ge=0, le=600.0)] = 5.0

    conversation: Literal["echo", "pipecat"] = "echo"
    openai_api_key: Secret = Secret("")
    openai_base_url: str = "https://api.openai.com/v1"
    openai_model: str = "gpt-4.1-mini"
    model_seconds: Seconds = 30.0
    system_prompt: str = "You are a voice assistant. Answer briefly, in plain sentences."
    speech: Literal["", "openai", "google"] = ""
    google_application_credentials: str = ""

    def __post_init__(self) -> None:
        for origin in self.origins:
            if not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]+)?|https?://\[[0-9a-f:]+\](:[0-9]+)?", origin):
                raise ValueError("ALLOWED_ORIGINS must be as https://app.ringg.ai, without a path; empty allows any")
        if self.speech and self.conversation != "pipecat":
            raise ValueError("SPEECH needs CONVERSATION=pipecat")

    @property
    def origins(self) -> frozenset[str]:
        return frozenset(self.allowed_origins.lower().replace(",", " ").split())
