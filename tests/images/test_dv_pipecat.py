"""The image of the voice session service: a session, the chart's preStop hook and smoke test, and its larger lock."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.images.building import ROOT
from tests.images.conftest import HEALTH, Start

VOICE, PIPECAT = "dv-pipecat voice.txt", "dv-pipecat pipecat.txt"
both = pytest.mark.parametrize("image", [VOICE, PIPECAT], indirect=True)
# a client of the network's other end: it says what the arguments say, and prints each message's type until the last
TALK = """
import json, sys
from websockets.sync.client import connect
with connect("ws://127.0.0.1:8765/pc/v1/ws", open_timeout=60) as socket:
    def send(kind, **data):
        socket.send(json.dumps({"label": "rtvi-ai", "type": kind, "id": "1", "data": data}))
    def hear(last):
        while True:
            message = json.loads(socket.recv(timeout=60))
            print(json.dumps(message), flush=True)
            if message["type"] == last:
                return
    hear("server-message")
    send("client-ready", version="1.0.0", about={"library": "test"})
    hear("bot-ready")
    for words in sys.argv[1:]:
        send("send-text", content=words, options={"run_immediately": True, "audio_response": False})
        hear("bot-llm-stopped")
"""


def rendered(kind: str) -> dict[str, object]:
    """The container of the chart's Deployment, or of its smoke test, a Pod."""
    text = (ROOT / "tests" / "golden" / "dv-pipecat" / "prod.yaml").read_text()
    (found,) = [each for each in yaml.safe_load_all(text) if each["kind"] == kind]
    spec = found["spec"]["template"]["spec"] if kind == "Deployment" else found["spec"]
    container: dict[str, object] = spec["containers"][0]
    return container


@both
def test_a_session_echoes_what_it_hears(start: Start) -> None:
    heard = [json.loads(line) for line in start().python(TALK, "hello", "again").splitlines()]
    assert [message["data"]["text"] for message in heard if message["type"] == "bot-llm-text"] == ["hello", "again"]


@both
@pytest.mark.parametrize("folder", ["/", "/app", "/tmp"])  # noqa: S108
def test_the_charts_pre_stop_hook_drains_it_from_any_folder_with_the_credentials_mounted(
    folder: str, start: Start
) -> None:
    container = start()
    hook = rendered("Deployment")["lifecycle"]["preStop"]["exec"]["command"]  # type: ignore[index]
    drained = container.run(*hook, folder=folder)
    assert drained.returncode == 0, drained.stderr + container.log
    assert drained.stdout.startswith("drained in ")
    assert container.terminate() == 0


@both
def test_the_charts_smoke_test_passes_with_the_images_own_python(start: Start) -> None:
    container = start()
    ran = container.run(*rendered("Pod")["command"], HOST="127.0.0.1", PORT="8765")  # type: ignore[misc]
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"GET {HEALTH['dv-pipecat']}\n200 " in ran.stdout


@both
def test_a_session_that_is_open_at_sigterm_does_not_hold_it_up(start: Start) -> None:
    container = start()
    begin = TALK.replace("for words in sys.argv[1:]:", "hear('never')\n    for words in []:")
    with container.beside("python", "-c", begin) as client:
        assert client.stdout is not None
        assert "bot-ready" in [json.loads(client.stdout.readline())["type"] for _ in range(2)]
        assert container.terminate() == 0


@pytest.mark.parametrize("image", [PIPECAT], indirect=True)
def test_pipecat_starts_without_a_network_and_leaves_nothing_in_tmp_that_could_report_home(start: Start) -> None:
    container = start(CONVERSATION="pipecat", OPENAI_API_KEY="none", SPEECH="openai")
    heard = [json.loads(line) for line in container.python(TALK).splitlines()]
    assert heard[-1]["type"] == "bot-ready"
    assert container.run("ls", "-A", "/tmp").stdout.split() == ["dv-pipecat"]  # noqa: S108


@pytest.mark.parametrize("image", [VOICE], indirect=True)
def test_the_small_image_says_that_it_has_no_pipecat(start: Start, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        start(CONVERSATION="pipecat", OPENAI_API_KEY="none")
    assert "CONVERSATION=pipecat needs pipecat" in (tmp_path / "container.log").read_text()
