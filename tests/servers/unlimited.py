"""The service without Gong's limit of calls a second: `python -m tests.servers.unlimited all`, as the real one.

Under the limit a run of thousands of calls takes minutes, most of them asleep.
"""

from __future__ import annotations

from app.gong_webhook import ratelimit
from app.gong_webhook.cli import main

CALLS_PER_SECOND = 100_000
ENVIRONMENT = {"GONG_API_RATE_LIMIT": "50000", "GONG_API_BURST_LIMIT": "1000", "GONG_API_DAILY_BUDGET": "100000000"}

if __name__ == "__main__":
    ratelimit.GONG_CALLS_PER_SECOND = CALLS_PER_SECOND
    main()
