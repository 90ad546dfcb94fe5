"""How a program that makes load is led: by lines on its input, answered with a line of JSON each.

`report` asks how it goes; any other line, or the end of the input, asks it to end.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

REPORT = "report"


def say(facts: Mapping[str, Any]) -> None:
    print(json.dumps(facts), flush=True)


def listen(over: asyncio.Event, report: Callable[[], Mapping[str, Any]]) -> None:
    """Until the program ends; from the event loop that is to be told."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            if line.strip() != REPORT:
                break
            loop.call_soon_threadsafe(lambda: say(report()))
        loop.call_soon_threadsafe(over.set)

    threading.Thread(target=read, daemon=True).start()
