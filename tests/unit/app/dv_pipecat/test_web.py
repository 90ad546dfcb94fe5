"""The service over HTTP, against a process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx2
import pytest

from tests.servers import voice
from tests.servers.program import ended
from tests.servers.redis import free_port
from tests.servers.voice import VoiceProcess


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoiceProcess]:
    settings = {"SECRETS_ROTATED_AT": "2026-01-31T12:00:00Z", "POD_NAME": "pod-a", "MAX_SESSIONS": "7"}
    with voice.running(tmp_path_factory.mktemp("voice"), **settings) as process:
        yield process


def test_health_says_what_answers(service: VoiceProcess) -> None:
    answer = httpx2.get(f"{service.url}/pc/v1/healthcheck")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "status": "ok",
        "track": "stable",
        "version": "0.1.0",
        "pod": "pod-a",
        "conversation": "echo",
        "sessions": 0,
        "max_sessions": 7,
    }


def test_metrics_are_what_prometheus_reads_and_carry_the_track(service: VoiceProcess) -> None:
    answer = httpx2.get(f"{service.url}/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    series = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert series
    assert [line for line in series if 'track="stable"' not in line] == []
    assert service.metric('dv_pipecat_secret_age_seconds{track="stable"}') > 0
    assert service.metric('dv_pipecat_build_info{conversation="echo",track="stable",version="0.1.0"}') == 1


def test_reasons_are_there_before_the_first_of_their_kind(service: VoiceProcess) -> None:
    text = httpx2.get(f"{service.url}/metrics").text
    assert 'dv_pipecat_sessions_closed_total{reason="drained",track="stable"} 0.0' in text
    assert 'dv_pipecat_connections_refused_total{reason="full",track="stable"} 0.0' in text


def test_the_way_to_the_page_is_short(service: VoiceProcess) -> None:
    answer = httpx2.get(f"{service.url}/", follow_redirects=True)
    assert answer.url.path == "/pc/"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert httpx2.get(f"{service.url}/pc", follow_redirects=True).url.path == "/pc/"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/pc/v1/nothing", HTTPStatus.NOT_FOUND),
        ("GET", "/pc/v1/drain", HTTPStatus.METHOD_NOT_ALLOWED),
        ("POST", "/pc/v1/healthcheck", HTTPStatus.METHOD_NOT_ALLOWED),
        ("GET", "/pc/v1/ws", HTTPStatus.UPGRADE_REQUIRED),
        ("HEAD", "/pc/v1/healthcheck", HTTPStatus.OK),
    ],
)
def test_other_requests_get_what_http_has_for_them(
    service: VoiceProcess, method: str, path: str, expected: HTTPStatus
) -> None:
    assert httpx2.request(method, service.url + path).status_code == expected


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"MAX_SESSIONS": "0"}, "MAX_SESSIONS"),
        ({"PORT": "http"}, "PORT"),
        ({"CONVERSATION": "talk"}, "CONVERSATION"),
        ({"CONVERSATION": "pipecat"}, "OPENAI_API_KEY"),
        ({"CONVERSATION": "echo", "SPEECH": "openai"}, "SPEECH needs CONVERSATION=pipecat"),
        ({"RELEASE_TRACK": "beta"}, "RELEASE_TRACK"),
        ({"MAX_MESSAGE_BYTES": "1"}, "MAX_MESSAGE_BYTES"),
        ({"ALLOWED_ORIGINS": "*"}, "ALLOWED_ORIGINS"),
        ({"ALLOWED_ORIGINS": "https://app.ringg.ai/"}, "ALLOWED_ORIGINS"),
        ({"ALLOWED_ORIGINS": "app.ringg.ai"}, "ALLOWED_ORIGINS"),
        ({"REDIS_URL": "swordfish"}, "REDIS_URL"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"SECRETS_ROTATED_AT": "yesterday"}, "SECRETS_ROTATED_AT"),
        ({"RUN_DIR": "/proc/nowhere"}, "RUN_DIR"),
    ],
    ids=lambda value: " ".join("=".join(each) for each in value.items()) if isinstance(value, dict) else "",
)
def test_a_setting_that_cannot_be_meant_stops_the_start_and_is_named(
    service: VoiceProcess, tmp_path: Path, variables: dict[str, str], words: str
) -> None:
    environment = service.environment | {"PORT": str(free_port()), "RUN_DIR": str(tmp_path)} | variables
    done = ended(voice.MODULE, environment, "serve")
    assert done.returncode == 2
    told = done.stderr.splitlines()[-1]
    assert told.startswith("dv-pipecat: ")
    assert words in told
    assert "Traceback" not in done.stdout + done.stderr
    assert "swordfish" not in done.stdout + done.stderr


def test_the_log_is_json_to_the_last_line(tmp_path: Path) -> None:
    with voice.running(tmp_path) as process:
        process.terminate()
        process.wait()
        lines = [json.loads(line) for line in process.text.splitlines()]
    assert [line["message"].split(" at ")[0] for line in lines] == ["listening for WebSocket clients", "stopped"]
