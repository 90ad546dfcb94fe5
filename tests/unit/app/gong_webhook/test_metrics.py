"""Numbers of all processes, on one page."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from app.errors import Unavailable
from app.gong_webhook import __version__, slots
from app.gong_webhook.errors import Refusal
from app.gong_webhook.metrics import Build, Metrics, Scrape
from app.gong_webhook.model import Delivery, Depth
from app.gong_webhook.queue.sqlite import SqliteQueue
from app.gong_webhook.ratelimit import Limits
from app.gong_webhook.ratelimit.sqlite import SqliteLimiter
from app.gong_webhook.sqlite import Database

pytestmark = pytest.mark.anyio
CHART = Path(__file__).parents[4] / "charts" / "gong-webhook"
LIMITS = Limits(per_second=2.5, burst=1, daily=10_000, reserve=1_000)
# counts as it is told, line by line, and says when it has
COUNTER = """
import sys
from pathlib import Path
from app.gong_webhook.metrics import Metrics
metrics = Metrics(Path(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    metrics.answered(202, "accepted", float(line))
    metrics.background_tasks.inc()
    metrics.quality.set(float(line))
    print("counted", flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    slots.prepare(tmp_path / "metrics")
    return tmp_path / "metrics"


class Child(NamedTuple):
    process: subprocess.Popen[str]

    def answer(self, seconds: float) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(seconds, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "counted\n"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def child(folder: Path) -> Iterator[Child]:
    command = [sys.executable, "-c", COUNTER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Child(process)
        process.kill()


def series(page: bytes) -> dict[str, float]:
    """By name and labels; each name is described once."""
    text = page.decode()
    described = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert len(described) == len(set(described))
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    found = {name: float(value) for name, _, value in lines}
    assert len(found) == len(lines), "a series is there twice"
    return found


def counters(folder: Path) -> int:
    return len(list(folder.glob("counter_*.db")))


async def test_all_processes_are_summed_by_whichever_answers(folder: Path) -> None:
    metrics = Metrics(folder)
    with child(folder) as one, child(folder) as two:
        one.answer(0.002)
        two.answer(0.02)
        two.answer(7)
        metrics.answered(503, "full", 0.2)
        found = series(await Scrape(metrics, Build("serve"))())
    assert found['gong_webhook_requests_total{status="202"}'] == 3
    assert found['gong_webhook_requests_total{status="503"}'] == 1
    assert found['gong_webhook_deliveries_total{outcome="accepted"}'] == 3
    assert found["gong_webhook_request_seconds_count"] == 4
    assert found['gong_webhook_request_seconds_bucket{le="0.0025"}'] == 1
    assert found['gong_webhook_request_seconds_bucket{le="10.0"}'] == 4
    assert found["gong_webhook_background_tasks"] == 3
    assert found["gong_webhook_data_quality_score"] == 7


async def test_the_gauges_of_a_killed_process_go_and_its_counters_stay_and_are_carried_on(folder: Path) -> None:
    metrics = Metrics(folder)
    scrape = Scrape(metrics, Build("serve"))
    for _ in range(4):
        with child(folder) as one:
            one.answer(0.01)
            one.kill()
        found = series(await scrape())
        assert found["gong_webhook_background_tasks"] == 0
        assert "gong_webhook_data_quality_score" not in found
    assert found['gong_webhook_requests_total{status="202"}'] == 4
    assert counters(folder) == 2, "files grow with every start"


async def test_a_score_that_nobody_has_yet_is_absent_so_that_no_alert_fires(folder: Path) -> None:
    metrics = Metrics(folder)
    assert "gong_webhook_data_quality_score" not in series(await Scrape(metrics, Build("worker"))())
    metrics.quality.set(0.5)
    assert series(await Scrape(metrics, Build("worker"))())["gong_webhook_data_quality_score"] == 0.5


async def test_the_queue_and_the_budget_are_asked_at_each_scrape(folder: Path, database: Database) -> None:
    queue, limiter = SqliteQueue(database, limit=100), SqliteLimiter(database, LIMITS)
    scrape = Scrape(Metrics(folder), Build("all"), queue, limiter)
    await queue.put([Delivery(str(call), b"{}", str(call), time.time() - 60, "r") for call in range(3)])
    await queue.bury(await queue.take(1, 60), "broken")
    found = series(await scrape())
    assert found["gong_webhook_queue_depth"] == 2
    assert 60 <= found["gong_webhook_queue_oldest_seconds"] < 120
    assert found["gong_webhook_dead_letters"] == 1
    assert found["gong_webhook_api_budget_remaining"] == 10_000
    assert found['gong_webhook_store_up{store="queue"}'] == found['gong_webhook_store_up{store="limits"}'] == 1


class Broken(SqliteQueue):
    async def depth(self) -> Depth:
        raise Unavailable("SQLite", "is locked")


class Hanging(SqliteLimiter):
    async def remaining(self) -> int:
        await asyncio.Event().wait()
        return 0


async def test_a_store_that_does_not_answer_takes_only_its_own_numbers_away(
    folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.gong_webhook.metrics.STORE_SECONDS", 0.05)
    metrics = Metrics(folder)
    metrics.stored.inc(5)
    found = series(await Scrape(metrics, Build("all"), Broken(database, 1), Hanging(database, LIMITS))())
    assert found['gong_webhook_store_up{store="queue"}'] == found['gong_webhook_store_up{store="limits"}'] == 0
    assert not any(
        name.startswith(("gong_webhook_queue", "gong_webhook_dead_letters", "gong_webhook_api_b")) for name in found
    )
    assert found["gong_webhook_calls_stored_total"] == 5


async def test_an_empty_queue_is_a_zero_and_not_an_absence(folder: Path, database: Database) -> None:
    found = series(await Scrape(Metrics(folder), Build("serve"), SqliteQueue(database, 1))())
    assert found["gong_webhook_queue_depth"] == found["gong_webhook_queue_oldest_seconds"] == 0
    assert 'gong_webhook_store_up{store="limits"}' not in found


async def test_the_age_of_the_secrets_is_there_only_if_known(folder: Path) -> None:
    metrics = Metrics(folder)
    assert "gong_webhook_secret_age_seconds" not in series(await Scrape(metrics, Build("serve"))())
    found = series(await Scrape(metrics, Build("serve"), rotated_at=time.time() - 86400)())
    assert found["gong_webhook_secret_age_seconds"] == pytest.approx(86400, abs=60)


async def test_every_reason_to_refuse_is_there_from_the_start_so_that_the_first_is_an_increase(folder: Path) -> None:
    found = series(await Scrape(Metrics(folder), Build("serve"))())
    assert {name: value for name, value in found.items() if name.startswith("gong_webhook_refused_total")} == {
        f'gong_webhook_refused_total{{reason="{reason}"}}': 0 for reason in Refusal
    }


async def test_what_runs_is_named(folder: Path) -> None:
    found = series(await Scrape(Metrics(folder), Build("worker", "canary"))())
    assert found[f'gong_webhook_build_info{{role="worker",track="canary",version="{__version__}"}}'] == 1


async def test_every_name_that_the_chart_asks_for_is_served(folder: Path, database: Database) -> None:
    metrics = Metrics(folder)
    metrics.answered(202, "accepted", 0.1)
    metrics.called("calls/extensive", 200)
    metrics.waited(0.4)
    metrics.retried("failed", 1)
    metrics.refused("signature")
    metrics.signed("abc")
    metrics.quality.set(1)
    queue, limiter = SqliteQueue(database, 100), SqliteLimiter(database, LIMITS)
    served = {name.partition("{")[0] for name in series(await Scrape(metrics, Build("all"), queue, limiter, 0.0)())}
    dashboard = json.dumps(json.loads((CHART / "dashboards" / "gong-webhook.json").read_text()))
    rules = (CHART / "templates" / "prometheusrule.yaml").read_text()
    asked = set(re.findall(r"\bgong_webhook_[a-z_]+", dashboard + rules))
    assert len(asked) > 10
    assert asked <= served
