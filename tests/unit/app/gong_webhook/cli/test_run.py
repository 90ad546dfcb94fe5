"""The roles as processes: started, used, drained, stopped."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from app.gong_webhook import sample
from tests.servers.gong import KEY, StandIn
from tests.servers.loopback import serving
from tests.servers.processes import SECRET, Process, command, settings, started


def deliver(process: Process, call_id: str) -> httpx2.Response:
    body = sample.body(call_id)
    token = sample.token(SECRET, process.environment["PUBLIC_WEBHOOK_URL"], body, time.time())
    return httpx2.post(f"{process.url}/webhooks/gong", content=body, headers={"Authorization": token})


def rows(folder: Path) -> dict[str, str]:
    with closing(sqlite3.connect(folder / "data" / "warehouse.sqlite")) as connection:
        return dict(connection.execute("SELECT call_id, transcript FROM calls").fetchall())


def eventually(condition: Callable[[], object], process: Process) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, process.text
        time.sleep(0.05)


def test_a_sample_ends_as_a_row_a_metric_and_log_lines_of_one_request(tmp_path: Path) -> None:
    with started("all", tmp_path) as process:
        sent = process.run("send-sample", "--call-id", "00012345678901234567")
        assert sent.returncode == 0, sent.stderr
        assert "call 00012345678901234567: 202" in sent.stdout
        assert "Dana Whitfield" in sent.stdout
        assert rows(tmp_path) == {"00012345678901234567": "unasked"}
        assert process.metric("gong_webhook_calls_stored_total") == 1
        told = [line for line in process.lines if line.get("call_id") == "00012345678901234567"]
        assert [line["message"] for line in told] == ["accepted", "stored"]
        assert len({line["request_id"] for line in told}) == 1
        assert told[0]["request_id"] in sent.stdout


def test_web_and_worker_share_the_work_and_several_processes_one_count(tmp_path: Path) -> None:
    with (
        serving(StandIn(daily=None)) as gong,
        started("serve", tmp_path, WORKERS="2") as web,
        started(
            "worker", tmp_path, RUN_DIR=str(tmp_path / "run-worker"), GONG_API_BASE_URL=gong, GONG_API_KEY=KEY
        ) as worker,
    ):
        assert worker.run("migrate").returncode == 0
        assert [deliver(web, str(number)).status_code for number in range(100, 120)] == [202] * 20
        eventually(lambda: web.metric("gong_webhook_queue_depth") == 0, worker)
        assert rows(tmp_path) == {str(number): "ready" for number in range(100, 120)}
        assert web.metric('gong_webhook_requests_total{status="202"}') == 20
        assert worker.metric('gong_webhook_api_calls_total{endpoint="/v2/calls/extensive",status="200"}') >= 1
        assert httpx2.post(f"{worker.url}/webhooks/gong").status_code == 404


def test_a_pod_that_is_drained_is_not_ready_and_still_takes_what_comes(tmp_path: Path) -> None:
    with started("serve", tmp_path, WORKERS="2") as process:
        assert process.run("drain").returncode == 0
        assert {httpx2.get(f"{process.url}/health?ready").status_code for _ in range(8)} == {503}
        assert httpx2.get(f"{process.url}/health").status_code == 200
        assert deliver(process, "101").status_code == 202


def test_the_mark_of_a_drain_does_not_outlive_a_restart(tmp_path: Path) -> None:
    with started("serve", tmp_path) as process:
        process.run("drain")
    with started("serve", tmp_path) as process:
        assert process.is_ready()


def test_a_second_start_that_fails_leaves_the_mark_of_a_drain(tmp_path: Path) -> None:
    with started("serve", tmp_path) as process:
        process.run("drain")
        assert process.run("serve").returncode != 0
        assert not process.is_ready()


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "1e99", "86401"])
def test_a_drain_that_would_not_end_is_refused_and_marks_nothing(tmp_path: Path, seconds: str) -> None:
    ended = command(settings(tmp_path), "drain", "--seconds", seconds)
    assert ended.returncode == 2
    assert "Invalid value for '--seconds'" in ended.stderr
    assert not (tmp_path / "run").exists()


def test_told_to_stop_it_finishes_its_batch_and_leaves_no_lease(tmp_path: Path) -> None:
    standin = StandIn(daily=None, per_second=None)
    standin.delay = 0.5
    with serving(standin) as gong:
        process = Process("all", tmp_path, {"GONG_API_BASE_URL": gong, "GONG_API_KEY": KEY})
        process.wait_until_ready()
        deliver(process, "101")
        eventually(lambda: standin.requests["/v2/calls/extensive"], process)
        process.terminate()
        process.wait()
    assert rows(tmp_path) == {"101": "ready"}
    assert process.lines[-1]["level"] == "INFO"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PORT": "http"}, "PORT"),
        ({"MAX_RETRY_DELAY": "0.5"}, "INITIAL_RETRY_DELAY must be at most MAX_RETRY_DELAY"),
        ({"GONG_WEBHOOK_SECRETS": "hs256:short"}, "entry 1 is a shared secret of fewer than 32 bytes"),
        ({"REDIS_URL": "not-a-url"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://redis:6379/xx"}, "REDIS_URL"),
        ({"RUN_DIR": "/dev/null/run"}, "RUN_DIR: /dev/null/run cannot be used"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL must be one of"),
        ({"GONG_API_KEY": "two words"}, "GONG_API_KEY must be"),
        ({"SECRETS_ROTATED_AT": "yesterday"}, "SECRETS_ROTATED_AT must be"),
        ({"PUBLIC_WEBHOOK_URL": "hooks.example"}, "PUBLIC_WEBHOOK_URL must be"),
        ({"GIVE_UP_AFTER": "inf"}, "GIVE_UP_AFTER"),
        ({"RECONCILE_WINDOW_HOURS": "11"}, "RECONCILE_WINDOW_HOURS must be at least 12"),
    ],
)
@pytest.mark.parametrize(("role", "workers"), [("all", "1"), ("serve", "2")])
def test_what_the_environment_cannot_mean_is_said_in_one_line(
    tmp_path: Path, variables: dict[str, str], words: str, role: str, workers: str
) -> None:
    ended = command(settings(tmp_path) | {"WORKERS": workers} | variables, role)
    assert ended.returncode == 2, ended
    said = ended.stderr.splitlines()[-1]
    assert said.startswith("gong-webhook: ")
    assert words in said
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with started("serve", tmp_path) as process:
        ended: subprocess.CompletedProcess[str] = process.run("serve", RUN_DIR=str(tmp_path / "other"))
    assert ended.returncode != 0
    assert "address already in use" in ended.stdout + ended.stderr
