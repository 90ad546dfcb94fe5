"""What the environment may say, and what of it cannot be meant."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct

from app.environment import Count, Seconds, Secret


class Settings(Struct, frozen=True, rename=str.upper):
    """One field a variable, named as in lower case; docs/gong-webhook.md explains each.

    Without REDIS_URL the queue, and without SNOWFLAKE_ACCOUNT the warehouse, are SQLite files in `data_dir`.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8080
    workers: Count = 1
    log_level: str = "INFO"
    data_dir: str = "gong-webhook-data"
    run_dir: str = ""
    release_track: str = ""

    gong_webhook_secrets: Secret = Secret("")
    public_webhook_url: str = ""
    gong_accept_bare_calls: bool = False
    webhook_timeout_seconds: Seconds = 30.0
    webhook_max_bytes: Count = 4 * 1024 * 1024

    redis_url: Secret = Secret("")
    queue_limit: Count = 20_000
    lease_seconds: Seconds = 30.0
    max_retry_attempts: Count = 5
    initial_retry_delay: Seconds = 1.0
    max_retry_delay: Seconds = 300.0
    not_ready_initial_delay: Seconds = 300.0
    not_ready_max_delay: Seconds = 4 * 3600.0
    give_up_after: Seconds = 3 * 24 * 3600.0

    gong_api_base_url: str = "https://api.gong.io"
    gong_api_key: Secret = Secret("")
    gong_api_rate_limit: Seconds = 2.5
    gong_api_burst_limit: Count = 10
    gong_api_daily_budget: Count = 10_000
    gong_api_reconcile_reserve: Annotated[int, Meta(ge=0)] = 1_000

    snowflake_account: str = ""
    snowflake_user: str = ""
    snowflake_password: Secret = Secret("")
    snowflake_warehouse: str = "COMPUTE_WH"
    snowflake_database: str = "SOPHIA_AI"
    snowflake_schema: str = "GONG_WEBHOOKS"
    snowflake_url: str = ""

    reconcile_every_seconds: Annotated[float, Meta(ge=0, le=366 * 24 * 3600.0)] = 6 * 3600.0
    reconcile_window_hours: Annotated[float, Meta(gt=0, le=366 * 24.0)] = 48.0

    slack_webhook_url: Secret = Secret("")
    quality_threshold: Annotated[float, Meta(ge=0, le=1)] = 0.8
    secrets_rotated_at: str = ""

    def __post_init__(self) -> None:
        if self.initial_retry_delay > self.max_retry_delay:
            raise ValueError("INITIAL_RETRY_DELAY must be at most MAX_RETRY_DELAY")
        if self.not_ready_initial_delay > self.not_ready_max_delay:
            raise ValueError("NOT_READY_INITIAL_DELAY must be at most NOT_READY_MAX_DELAY")
        if self.public_webhook_url and not re.fullmatch(r"https?://[^\s/?#]+/[^\s]*", self.public_webhook_url):
            raise ValueError("PUBLIC_WEBHOOK_URL must be the address as registered, such as https://host/webhooks/gong")
        if self.gong_api_reconcile_reserve >= self.gong_api_daily_budget:
            raise ValueError("GONG_API_RECONCILE_RESERVE must be less than GONG_API_DAILY_BUDGET")
        if bool(self.snowflake_account) != bool(self.snowflake_user and self.snowflake_password):
            raise ValueError("SNOWFLAKE_ACCOUNT, SNOWFLAKE_USER and SNOWFLAKE_PASSWORD belong together")
