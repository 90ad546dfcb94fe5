"""What is measured: the Gong webhook service without the limits of Gong, and the least that Starlette can do."""

from __future__ import annotations

import sys

SERVICE = [sys.executable, "-m", "tests.servers.unlimited"]
HELLO = [sys.executable, "-m", "bench.gong.hello"]
# answers when either is ready
READY = "/health?ready"
