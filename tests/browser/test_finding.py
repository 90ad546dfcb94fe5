"""How a tester reaches a canary, which shares its Service with all of stable's pods."""

from __future__ import annotations

from tests.browser.conftest import Start
from tests.browser.tab import Tab
from tests.servers.balancing import balancing

FIND = "Find the canary"
OPENED = 'dv_pipecat_sessions_opened_total{{resumed="false",track="{track}"}}'


def test_sessions_are_opened_one_after_the_other_until_a_canary_answers(tab: Tab, start: Start) -> None:
    stable, canary = start(), start(RELEASE_TRACK="canary", POD_NAME="yellow")
    # a browser opens connections in advance, each of which takes a turn
    with balancing([stable.port] * 9 + [canary.port]) as url:
        tab.open(url)
        tab.press(FIND)
        found = tab.shows(r"New session on canary · yellow · \S+, found in (\d+) tries$")
        tab.shows("^Connected$")
        tab.say("Hello")
        tab.shows("^canary · yellow · first piece after")
        opened = stable.metric(OPENED.format(track="stable"))
        assert int(found[1]) == opened + canary.metric(OPENED.format(track="canary"))
        assert opened > 0


def test_each_session_that_was_no_canarys_is_ended(tab: Tab, start: Start) -> None:
    stable, canary = start(MAX_SESSIONS="3"), start(RELEASE_TRACK="canary")
    with balancing([stable.port] * 9 + [canary.port]) as url:
        tab.open(url)
        tab.press(FIND)
        tab.shows("^Connected$")
        tab.press("Disconnect")
        stable.wait_until_empty()
        canary.wait_until_empty()
    assert tab.token is None


def test_no_canary_is_said_after_a_hundred_tries(tab: Tab, start: Start) -> None:
    process = start()
    tab.open(process.url)
    tab.run("const real = setTimeout; window.setTimeout = (act, ms) => real(act, ms > 1000 ? ms : 0)")
    tab.press(FIND)
    tab.shows(r"^No canary in 100 tries; the last was stable · \S+$")
    assert process.metric(OPENED.format(track="stable")) == 100


def test_looking_ends_where_nothing_can_be_reached(tab: Tab, start: Start) -> None:
    process = start()
    tab.open(process.url)
    process.kill()
    tab.press(FIND)
    tab.shows("^No canary: the service could not be reached 5 times in a row$")


def test_looking_can_be_stopped(tab: Tab, start: Start) -> None:
    tab.open(start().url)
    tab.press(FIND)
    tab.shows(r"try \d+ of 100")
    tab.press("Disconnect")
    tab.shows("^Closed: 1000, disconnected by you")
    assert tab.token is None
