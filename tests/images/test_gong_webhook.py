"""The image of the Gong webhook service: a delivery from end to end, and what its guide does in a pod."""

from __future__ import annotations

import json

import pytest

from tests.images.conftest import HEALTH, Start

pytestmark = pytest.mark.parametrize("image", ["gong-webhook"], indirect=True)


def test_a_call_is_taken_in_and_stored_on_the_volume(start: Start) -> None:
    container = start()
    sent = container.run("python", "-m", "app.gong_webhook", "send-sample")
    assert sent.returncode == 0, sent.stderr + container.log
    assert 'gong_webhook_deliveries_total{outcome="accepted"} 1.0' in sent.stdout
    assert "gong_webhook_calls_stored_total 1.0" in sent.stdout
    assert "queue.sqlite" in container.run("ls", "/data").stdout.split()


def test_several_processes_serve_and_all_of_them_end_at_sigterm(start: Start) -> None:
    container = start("serve", WORKERS="2")
    assert container.terminate() == 0
    assert container.log.count('"message": "stopped"') == 2


def test_a_shell_and_curl_are_there_for_whoever_looks_into_a_pod(start: Start) -> None:
    looked = start().run("bash", "-c", f"curl --silent --fail '{HEALTH['gong-webhook']}?ready'")
    assert json.loads(looked.stdout)["status"] == "ok"


def test_after_drain_it_is_not_ready_and_still_lives(start: Start) -> None:
    container = start()
    assert container.run("python", "-m", "app.gong_webhook", "drain", "--seconds", "0").returncode == 0
    shown = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
    assert container.run(*shown, f"{HEALTH['gong-webhook']}?ready").stdout == "503"
    assert container.run(*shown, HEALTH["gong-webhook"]).stdout == "200"
