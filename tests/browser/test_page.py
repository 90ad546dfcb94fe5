"""The page in a real browser, with the real service: a conversation, what it tells of the pod, what it lets happen."""

from __future__ import annotations

from ssl import SSLContext

import pytest
from selenium.common.exceptions import JavascriptException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from websockets.sync.client import connect

from tests.browser.conftest import Start
from tests.browser.tab import Tab
from tests.servers.balancing import balancing
from tests.servers.loopback import serving
from tests.servers.openai import KEY, StandIn
from tests.servers.openai_faults import Fault

MARKUP = '<img src=x onerror="window.wasRun = true"><script>window.wasRun = true</script>'


def test_a_conversation_streams_and_tells_how_long_the_first_piece_took(tab: Tab, start: Start) -> None:
    tab.connect(start().url)
    tab.say("Is anybody there?")
    tab.shows(r"^stable · \S+ · first piece after \d+ ms$")
    tab.say("Good")
    tab.shows(r"(?s)first piece after.*first piece after")
    assert tab.replies == ["Is anybody there?", "Good"]


def test_the_browser_has_nothing_to_complain_about(tab: Tab, start: Start) -> None:
    tab.connect(start().url)
    tab.say("Hello")
    tab.shows("first piece after")
    tab.press("Disconnect")
    tab.shows("^Closed")
    assert tab.console() == []


def test_a_conversation_with_a_model_knows_its_turns(tab: Tab, start: Start) -> None:
    with serving(StandIn()) as model:
        tab.connect(start(CONVERSATION="pipecat", OPENAI_BASE_URL=f"{model}/v1", OPENAI_API_KEY=KEY).url)
        tab.say("Hello")
        tab.shows("first piece after")
        tab.say("Good")
        tab.shows(r"(?s)first piece after.*first piece after")
    assert tab.replies == ["Turn 1: you said Hello.", "Turn 2: you said Good."]
    assert tab.read("conversation") == "pipecat"


def test_a_reply_is_shown_piece_by_piece_and_what_breaks_it_off_below(tab: Tab, start: Start) -> None:
    model = StandIn()
    model.faults.append(Fault.STALLED)
    with serving(model) as url:
        process = start(CONVERSATION="pipecat", OPENAI_BASE_URL=f"{url}/v1", OPENAI_API_KEY=KEY, MODEL_SECONDS="5")
        tab.connect(process.url)
        tab.say("Hello")
        tab.shows("^Turn$")
        tab.shows(r"(?s)^Turn$.*first piece after.*^Error: ")
        tab.say("Once more")
        tab.shows("you said Once more.$")


@pytest.mark.parametrize("track", ["stable", "canary"])
def test_track_pod_and_version_that_answer_can_be_seen(tab: Tab, start: Start, track: str) -> None:
    process = start(RELEASE_TRACK=track, POD_NAME="pod-7", APP_VERSION="1.42.0")
    tab.connect(process.url)
    shown = {name: tab.read(name) for name in ("track", "pod", "version", "conversation", "begun")}
    assert shown == {
        "track": track,
        "pod": "pod-7",
        "version": "1.42.0",
        "conversation": "echo",
        "begun": "New session",
    }
    assert tab.driver.title == f"{track} · pod-7"
    process.wait_until_logged("WebSocket opened")
    opened = next(line for line in process.lines if line["message"] == "WebSocket opened")
    assert tab.read("session") == opened["session_id"]


def test_a_canary_looks_unlike_stable(tab: Tab, start: Start) -> None:
    grounds = []
    for track in ("stable", "canary"):
        tab.connect(start(RELEASE_TRACK=track).url)
        badge = tab.driver.find_element(By.ID, "badge")
        tab.run("document.getElementById('badge').style.transition = 'none'")
        grounds.append(badge.value_of_css_property("background-color"))
    assert grounds[0] != grounds[1]


def test_why_a_full_pod_refuses_can_be_read(tab: Tab, start: Start) -> None:
    process = start(MAX_SESSIONS="1")
    with connect(process.websocket_url) as other:
        other.recv()
        tab.open(process.url)
        tab.press("New session")
        tab.shows("^Closed: 1013, this pod is full, MAX_SESSIONS is 1")


def test_why_a_page_of_another_origin_is_refused_can_be_read(tab: Tab, start: Start) -> None:
    tab.open(start(ALLOWED_ORIGINS="https://elsewhere.example").url)
    tab.press("New session")
    tab.shows("^Closed: 1008, pages of this origin may not connect")


def test_errors_of_the_service_stand_in_the_conversation(tab: Tab, start: Start) -> None:
    tab.connect(start().url)
    tab.run("send('no-such-message', {})")
    tab.shows("^Refused: not supported here")
    tab.say("And on")
    tab.shows("first piece after")


def test_a_session_that_the_service_ends_is_over_and_says_why(tab: Tab, start: Start) -> None:
    tab.connect(start(MAX_MESSAGE_BYTES="1024").url)
    tab.say("long " * 300)
    tab.shows("^Closed: 1009")
    assert tab.token is None


def test_markup_in_a_reply_is_text(tab: Tab, start: Start) -> None:
    tab.connect(start().url)
    tab.say(MARKUP)
    tab.shows("first piece after")
    assert tab.replies == [MARKUP]
    assert tab.run("return document.querySelectorAll('#log img, #log script').length") == 0
    assert tab.run("return window.wasRun === undefined")


@pytest.mark.parametrize(
    "script",
    [
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.wasRun = true\">')",
        "const own = document.createElement('script'); own.append('window.wasRun = true'); document.body.append(own)",
        "document.body.setAttribute('onclick', 'window.wasRun = true'); document.body.click()",
        "location.href = 'javascript:window.wasRun = true'",
    ],
)
def test_a_script_that_got_into_the_page_would_not_run(tab: Tab, start: Start, script: str) -> None:
    tab.open(start().url)
    complaints = []
    try:
        tab.run(script)
    except JavascriptException as error:
        complaints.append(str(error.msg))
    complaints += tab.console()
    assert tab.run("return window.wasRun === undefined")
    assert any("Content Security Policy" in line or "requires 'Trusted" in line for line in complaints), complaints


def test_behind_tls_the_websocket_is_encrypted_too(tab: Tab, start: Start, tls: SSLContext) -> None:
    with balancing([start().port], tls) as url:
        tab.connect(url)
        tab.say("Hello")
        tab.shows("first piece after")
        assert tab.run("return [location.protocol, socket.url.slice(0, 4)]") == ["https:", "wss:"]
    assert not any("Content Security Policy" in line for line in tab.console())


def test_the_page_talks_to_nobody_but_its_own_service(tab: Tab, start: Start) -> None:
    tab.open(start().url)
    tab.run(f"new WebSocket('{start().websocket_url}')")
    assert any("Content Security Policy" in line for line in tab.console())


def test_everything_can_be_done_with_the_keyboard(tab: Tab, start: Start) -> None:
    tab.open(start().url)
    tab.type(Keys.ENTER)
    tab.shows("^Connected$")
    tab.type("Hello", Keys.ENTER)
    tab.shows("first piece after")
    assert tab.replies == ["Hello"]
    # over what has been said
    tab.step_back(2)
    tab.type(Keys.ENTER)
    tab.shows("^Closed: 1000, disconnected by you")
    tab.type(Keys.ENTER)
    tab.shows("^Connected$")


def test_readers_of_screens_are_told_what_is_what_and_what_is_new(tab: Tab, start: Start) -> None:
    tab.connect(start().url)
    named = {tab.driver.find_element(By.ID, name).accessible_name for name in ("words", "log", "badge")}
    assert named == {"Message", "Conversation", "What answers"}
    roles = [tab.driver.find_element(By.ID, name).aria_role for name in ("state", "log")]
    assert roles == ["status", "log"]
    tab.say("Hello")
    tab.shows("first piece after")
    assert tab.run("return document.querySelectorAll('[aria-busy]').length") == 0


def test_it_fits_a_phone(tab: Tab, start: Start) -> None:
    screen = {"width": 320, "height": 560, "deviceScaleFactor": 2, "mobile": True}
    tab.command("Emulation.setDeviceMetricsOverride", screen)
    tab.connect(start(POD_NAME="dv-pipecat-canary-7d5f9c6b8-mn4tz" * 3).url)
    tab.say("long" * 200)
    tab.shows("first piece after")
    assert tab.run("return document.documentElement.scrollWidth") == 320
    assert tab.run("const main = document.querySelector('main'); return main.scrollWidth - main.clientWidth") == 0
    assert tab.driver.find_element(By.ID, "send").rect["y"] < 560
