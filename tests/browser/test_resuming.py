"""A session that outlives its connection, its pod and a reload of the page, and what the page says when it does not."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from redis import Redis
from websockets.sync.client import connect

from tests.browser.conftest import Start
from tests.browser.tab import PATIENCE_SECONDS, Tab
from tests.servers.balancing import balancing
from tests.servers.voice import VoiceProcess

OVER = "Start a new session.$"
NORMAL, GOING_AWAY = 1000, 1001
NEVER_GIVEN = "A" * 16 + "." + "B" * 32


def first_message(process: VoiceProcess, code: int, resume: str = "") -> dict[str, Any]:
    """What a client is told that connects, says nothing and closes with `code`."""
    with connect(process.websocket_url + (f"?resume={resume}" if resume else "")) as client:
        session: dict[str, Any] = json.loads(client.recv())["data"]["session"]
        client.close(code)
    return session


def wait_until_kept(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not redis.dbsize():
            assert time.monotonic() < deadline, "nothing is kept"
            time.sleep(0.02)


def test_a_session_goes_on_where_another_pod_took_over_from_one_that_was_killed(
    tab: Tab, start: Start, redis_url: str
) -> None:
    one = start(REDIS_URL=redis_url, POD_NAME="one")
    tab.connect(one.url)
    session = tab.read("session")
    tab.say("Hello")
    tab.shows("first piece after")
    wait_until_kept(redis_url)
    one.kill()
    tab.shows(r"^Reconnecting, try \d+ of")
    start(REDIS_URL=redis_url, POD_NAME="two", RELEASE_TRACK="canary", PORT=str(one.port))
    tab.shows("^Resumed on canary · two")
    tab.shows("^Connected$")
    assert tab.read("session") == session
    tab.say("Still there?")
    tab.shows("^canary · two · first piece after")


def test_a_session_moves_to_another_pod_when_its_own_is_drained(tab: Tab, start: Start, redis_url: str) -> None:
    pods = {name: start(REDIS_URL=redis_url, POD_NAME=name) for name in ("one", "two")}
    with balancing([process.port for process in pods.values()]) as url:
        tab.connect(url)
        tab.say("Hello")
        tab.shows("first piece after")
        first = tab.read("pod")
        assert pods[first].run("drain", "--timeout", "0").returncode == 0
        tab.shows("^Connection closed: 1012, this pod stops")
        second = tab.shows(r"^Resumed on stable · (\w+)")[1]
        assert {first, second} == set(pods)
        tab.shows("^Resumed after 1 turn$")
        # the token that the reason ends with
        assert "resume=" not in tab.text


def test_a_pod_that_has_no_room_is_asked_again(tab: Tab, start: Start, redis_url: str) -> None:
    one = start(REDIS_URL=redis_url, POD_NAME="one")
    tab.connect(one.url)
    wait_until_kept(redis_url)
    tab.run("window.held = []; window.real = setTimeout; window.setTimeout = act => held.push(act)")
    one.kill()
    tab.shows("^Reconnecting, try 1 of")
    two = start(REDIS_URL=redis_url, POD_NAME="two", PORT=str(one.port), MAX_SESSIONS="1")
    with connect(two.websocket_url) as other:
        other.recv()
        tab.run("window.setTimeout = real; held.forEach(act => act())")
        tab.shows("^Reconnecting, try .*1013, this pod is full, MAX_SESSIONS is 1")
    tab.shows("^Resumed on stable · two")


def test_a_reload_of_the_page_goes_on_with_the_session(tab: Tab, start: Start) -> None:
    tab.connect(start().url)
    session = tab.read("session")
    tab.say("Hello")
    tab.shows("first piece after")
    tab.driver.refresh()
    tab.shows("^Connected$")
    assert (tab.read("session"), tab.read("begun")) == (session, "Resumed after 1 turn")


def test_after_disconnecting_a_reload_goes_on_with_nothing(tab: Tab, start: Start) -> None:
    process = start()
    tab.connect(process.url)
    tab.press("Disconnect")
    tab.shows("^Closed: 1000, disconnected by you")
    tab.driver.refresh()
    tab.shows("^Not connected$")
    process.wait_until_logged("WebSocket closed")
    assert process.metric('dv_pipecat_sessions_closed_total{reason="client",track="stable"}') == 1


@pytest.mark.parametrize("why", ["unknown", "used", "ended"])
def test_a_token_that_opens_nothing_is_explained_and_a_new_session_offered(tab: Tab, start: Start, why: str) -> None:
    process = start()
    token = str(first_message(process, GOING_AWAY if why == "used" else NORMAL)["resume"])
    process.wait_until_empty()
    if why == "used":
        first_message(process, GOING_AWAY, token)
    tab.open(process.url, token if why != "unknown" else NEVER_GIVEN)
    tab.shows(f"^This session cannot be resumed: the resume token is {why}. {OVER}")
    assert tab.read("state").startswith("Closed: 4005")
    assert tab.token is None
    tab.press("New session")
    tab.shows("^Connected$")


def test_a_tab_from_which_another_took_the_session_over_does_not_take_it_back(tab: Tab, start: Start) -> None:
    process = start()
    tab.connect(process.url)
    assert first_message(process, GOING_AWAY, str(tab.token))["resumed"]
    tab.shows("^Closed: 4004")
    assert tab.token is None


def test_a_service_that_does_not_come_back_is_given_up_with_clear_words(tab: Tab, start: Start) -> None:
    process = start()
    tab.connect(process.url)
    tab.run("const real = setTimeout; window.setTimeout = (act, ms) => real(act, ms / 100)")
    process.kill()
    tab.shows(f"^The session is lost: the service did not take it back in 12 tries. {OVER}")
    assert tab.token is None
    assert tab.driver.switch_to.active_element.is_enabled()


def test_a_service_that_cannot_be_reached_is_no_endless_wait(tab: Tab, start: Start) -> None:
    process = start()
    tab.open(process.url)
    process.kill()
    tab.press("New session")
    tab.shows("^Closed: 1006, the service cannot be reached")


def test_reconnecting_can_be_stopped(tab: Tab, start: Start) -> None:
    process = start()
    tab.connect(process.url)
    process.kill()
    tab.shows(r"^Reconnecting, try \d+ of")
    tab.press("Disconnect")
    tab.shows("^Closed: 1000, disconnected by you")
    assert tab.token is None
