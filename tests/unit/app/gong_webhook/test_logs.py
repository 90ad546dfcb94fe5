"""What is logged, and what never is. In a process of its own: logging is configured once for all."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.gong_webhook import __version__
from tests.servers import signing

ROOT = Path(__file__).parents[4]


def said(code: str, *arguments: str, level: str = "INFO") -> list[dict[str, Any]]:
    """Each line that the code logs. Nothing is on standard error, where a formatter that fails would speak."""
    start = f"import logging, sys\nfrom app.gong_webhook import logs\nlogs.configure({level!r}, 'serve', 'canary')\n"
    run = subprocess.run(
        [sys.executable, "-c", start + code, *arguments], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stderr == ""
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_a_line_says_which_role_version_and_track_it_is_of() -> None:
    [line] = said("logging.getLogger('app.gong_webhook.worker').info('stored')")
    assert (line["role"], line["version"], line["track"]) == ("serve", __version__, "canary")


def test_without_a_track_there_is_no_field_for_it() -> None:
    [line] = said("logs.configure('INFO', 'serve')\nlogging.getLogger('app.gong_webhook').info('stored')")
    assert "track" not in line


def test_the_id_of_the_request_is_in_each_line_of_it_and_a_job_may_name_its_own() -> None:
    first, second, third = said("""
log = logging.getLogger("app.gong_webhook")
token = logs.request_id.set("r1")
log.info("a")
log.info("b", extra={"request_id": "r2"})
logs.request_id.reset(token)
log.info("c")
""")
    assert (first["request_id"], second["request_id"], "request_id" in third) == ("r1", "r2", False)


def test_libraries_speak_from_warning_on_whatever_the_level_and_their_own() -> None:
    names = ["httpx2", "httpcore2.http11", "snowflake.connector", "redis"]
    code = f"""
for name in ("httpx2", "httpcore2", "snowflake", "redis"):
    logging.getLogger(name).setLevel(logging.DEBUG)
logs.configure("debug", "serve")
for name in {names}:
    logger = logging.getLogger(name)
    logger.debug("swordfish"), logger.info("swordfish"), logger.warning(name)
core = logging.getLogger("snowflake.connector._core")
core.warning("swordfish"), core.error("core")
logging.getLogger("app.gong_webhook").debug("ours")
"""
    lines = said(code, level="debug")
    assert [line["message"] for line in lines] == [*names, "core", "ours"]


def test_a_request_of_httpx2_leaves_no_line_with_its_url() -> None:
    assert (
        said(
            """
import httpx2
transport = httpx2.MockTransport(lambda request: httpx2.Response(200))
httpx2.Client(transport=transport).post("https://hooks.slack.example/services/T0/B0/swordfish")
""",
            level="DEBUG",
        )
        == []
    )


DELIVERIES = """
import asyncio, tempfile, time
from pathlib import Path
from app.gong_webhook import sample
from tests.servers import signing
from tests.servers.receiver import Receiver

body = sample.body("7782342274025937895")
stranger = sample.token(signing.private_pem(signing.private_key("stranger")), signing.URL, body, time.time())

async def deliver():
    receiver = Receiver(Path(tempfile.mkdtemp()), secrets=f"{sys.argv[1]},{sys.argv[2]}")
    trace = {"x-traceid": "abc-123"}
    await receiver.deliver(body, {"authorization": sample.token(sys.argv[3], signing.URL, body, time.time()), **trace})
    await receiver.deliver(body, {"authorization": sample.token(sys.argv[1], signing.URL, body, time.time())})
    await receiver.deliver(body, {"authorization": f"Bearer {stranger}", "x-request-id": "a b\\x7f{}"})
    await receiver.deliver(body[:-1], {"authorization": sample.token(sys.argv[3], signing.URL, body[:-1], time.time())})
    async def fail():
        raise RuntimeError("broken")
    receiver.queue.before = fail
    await receiver.deliver(body, {"authorization": sample.token(sys.argv[3], signing.URL, body, time.time())})

asyncio.run(deliver())
"""


def test_a_delivery_is_one_line_and_no_line_holds_a_token_a_secret_or_a_call() -> None:
    private = signing.private_pem()
    lines = said(DELIVERIES, signing.SHARED_SECRET, signing.public_base64(), private, level="DEBUG")
    accepted, duplicate, forged, malformed, failed, trace = lines
    assert {key: accepted[key] for key in ("level", "message", "status", "outcome", "call_id", "trace_id")} == {
        "level": "INFO",
        "message": "accepted",
        "status": 202,
        "outcome": "accepted",
        "call_id": "7782342274025937895",
        "trace_id": "abc-123",
    }
    assert accepted["duration_ms"] > 0
    assert accepted["key"] == hashlib.sha256(signing.public_der()).hexdigest()[:12]
    assert len({line["request_id"] for line in lines}) == 5
    assert (duplicate["outcome"], duplicate["key"]) == ("duplicate", "hs256-1")
    assert (forged["level"], forged["status"], forged["reason"]) == ("WARNING", 401, "signature")
    assert "trace_id" not in forged
    assert (malformed["status"], malformed["outcome"]) == (400, "malformed")
    assert trace["exception"].endswith("RuntimeError: broken")
    assert (failed["level"], failed["status"], failed["request_id"]) == ("ERROR", 500, trace["request_id"])
    everything = json.dumps(lines)
    secrets = [
        "eyJ",
        signing.SHARED_SECRET[6:],
        signing.public_base64()[40:80],
        private.splitlines()[3],
        "Bearer",
        "Northwind",
    ]
    assert [secret for secret in secrets if secret in everything] == []
