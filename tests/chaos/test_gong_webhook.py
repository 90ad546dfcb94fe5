"""A short run of what `make chaos` does at length."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.gong_webhook import chaos

CALLS = 300


@pytest.mark.parametrize("store", ["redis", "sqlite"])
def test_whatever_is_killed_each_acknowledged_call_is_one_row(store: str, require: Callable[[str], Path]) -> None:
    report = chaos(store, calls=CALLS, per_second=150, redis_server=require("redis-server"))
    assert report.redis_kills == (store == "redis")
    assert report.is_well(), report
