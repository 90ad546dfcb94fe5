"""What Slack is told and how often, against a server that answers as Slack does; and that its URL stays a secret."""

from __future__ import annotations

import logging
import traceback
from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, NamedTuple

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.errors import ConfigError, Unavailable
from app.gong_webhook.claims import Claims
from app.gong_webhook.notify import Slack, budget_low, dead_letters, quality_low
from app.gong_webhook.sqlite import Database
from tests.servers.loopback import serving
from tests.servers.stores import SqliteStores
from tests.unit.app.clock import Clock

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

pytestmark = pytest.mark.anyio
PATH = "services/T00000000/B00000000/XXXXsecretXXXX"
DAY = 24 * 3600.0


class SlackStandIn:
    """Answers `ok`, or `no_text` for nothing said, or the next of `answers`."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.answers: deque[Response] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        message = await request.json()
        if self.answers:
            response = self.answers.popleft()
        elif scope["path"] != f"/{PATH}":
            response = PlainTextResponse("no_service", 404)
        elif "text" not in message:
            response = PlainTextResponse("no_text", 400)
        else:
            self.said.append(message["text"])
            response = PlainTextResponse("ok")
        await response(scope, receive, send)


class There(NamedTuple):
    url: str
    claims: Claims
    standin: SlackStandIn
    slack: Slack
    clock: Clock


@pytest.fixture
async def there(database: Database) -> AsyncIterator[There]:
    claims, standin, clock = SqliteStores(database).claims(), SlackStandIn(), Clock()
    with serving(standin) as url:
        slack = Slack(f"{url}/{PATH}", claims, clock)
        yield There(url, claims, standin, slack, clock)
        await slack.close()


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """By the service and what it uses; the server that plays Slack logs its own."""
    return "\n".join(each.getMessage() for each in caplog.records if not each.name.startswith("uvicorn"))


async def test_a_message_is_posted_with_what_slack_would_interpret_escaped(there: There) -> None:
    assert await there.slack.tell("dead", "5 < 6 & <!channel>", DAY)
    assert there.standin.said == ["5 &lt; 6 &amp; &lt;!channel&gt;"]


async def test_a_kind_is_told_once_over_all_replicas_and_another_kind_beside_it(there: There) -> None:
    replica = Slack(f"{there.url}/{PATH}", there.claims)
    assert await there.slack.tell("dead", "first", DAY)
    assert not await there.slack.tell("dead", "again", DAY)
    assert not await replica.tell("dead", "again", DAY)
    assert await replica.tell("budget", "other", DAY)
    assert there.standin.said == ["first", "other"]
    await replica.close()


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("rate_limited", 429, {"Retry-After": "30"}),
        PlainTextResponse("rollup_error", 500),
        PlainTextResponse("no_service", 404),
        PlainTextResponse("<html>a proxy's page</html>", 502),
        Response(b"ok", headers={"Content-Length": "999"}),
    ],
)
async def test_what_slack_does_not_take_is_logged_and_said_later_by_who_has_the_claim(
    there: There, answer: Response, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    replica = Slack(f"{there.url}/{PATH}", there.claims)
    there.standin.answers.append(answer)
    assert not await there.slack.tell("dead", "1 call", DAY)
    assert not await there.slack.tell("dead", "too soon", DAY)
    assert not await replica.tell("dead", "not mine", DAY)
    there.clock.now += 60
    assert await there.slack.tell("dead", "2 calls", DAY)
    assert not await there.slack.tell("dead", "said", DAY)
    assert there.standin.said == ["2 calls"]
    assert len([record for record in caplog.records if record.name.startswith("app.")]) == 1
    assert "secret" not in logged(caplog)
    assert "a proxy" not in logged(caplog)
    await replica.close()


async def test_a_429_of_minutes_is_waited_for(there: There) -> None:
    there.standin.answers.append(PlainTextResponse("rate_limited", 429, {"Retry-After": "600"}))
    await there.slack.tell("dead", "first", DAY)
    there.clock.now += 599
    assert not await there.slack.tell("dead", "second", DAY)
    there.clock.now += 1
    assert await there.slack.tell("dead", "third", DAY)


async def test_a_claim_that_is_over_is_not_held_on_to(there: There) -> None:
    there.standin.answers.append(PlainTextResponse("rollup_error", 500))
    await there.slack.tell("dead", "first", DAY)
    there.clock.now += DAY
    assert not await there.slack.tell("dead", "second", DAY)  # the store's clock says that it is claimed


async def test_nobody_there_is_logged_without_the_url(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    slack = Slack(f"http://127.0.0.1:9/{PATH}", SqliteStores(database).claims())
    assert not await slack.tell("dead", "text", DAY)
    with pytest.raises(Unavailable, match="ConnectError") as gone:
        await slack.check()
    await slack.close()
    assert "ConnectError" in caplog.text
    assert "secret" not in caplog.text + "".join(traceback.format_exception(gone.value))


async def test_a_store_of_claims_that_does_not_answer_is_no_reason_to_fail(
    there: There, caplog: pytest.LogCaptureFixture
) -> None:
    class Down:
        async def claim(self, name: str, seconds: float) -> bool:
            raise Unavailable("Redis", f"no answer for {name} in {seconds}")

    slack = Slack(f"{there.url}/{PATH}", Down())
    assert not await slack.tell("dead", "text", DAY)
    assert "Slack is not told of dead: Redis: no answer" in caplog.text
    await slack.close()


async def test_the_check_posts_nothing_and_tells_a_valid_webhook(there: There) -> None:
    assert await there.slack.check() == "accepts messages"
    assert there.standin.said == []


@pytest.mark.parametrize("word", ["invalid_payload", "missing_text_or_fallback_or_attachments"])
@pytest.mark.parametrize("status", [400, 500])
async def test_slacks_other_words_for_nothing_said_tell_a_valid_webhook_too(
    there: There, word: str, status: int
) -> None:
    there.standin.answers.append(PlainTextResponse(word, status))
    assert await there.slack.check() == "accepts messages"


async def test_the_check_tells_a_webhook_that_slack_does_not_know(there: There) -> None:
    slack = Slack(f"{there.url}/services/T0/B0/gone", there.claims)
    with pytest.raises(Unavailable, match="404 no_service"):
        await slack.check()
    await slack.close()


@pytest.mark.parametrize("url", ["hooks.slack.com/services/x", "ftp://x/secret", "https://", "https://h:99999/secret"])
def test_a_url_that_cannot_be_meant_is_named_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError, match="SLACK_WEBHOOK_URL") as wrong:
        Slack(url, claims=None)  # type: ignore[arg-type]  # not asked before the URL is right
    assert "secret" not in "".join(traceback.format_exception(wrong.value))


def test_dead_letters_are_told_with_the_reason_and_the_way_back() -> None:
    text = dead_letters(3, "Gong refuses\nthe `request` " + "x" * 1_000)
    assert text.startswith("*Gong webhook: 3 calls were given up and wait as dead letters.*\n")
    assert "Gong refuses the 'request' xxx" in text
    assert "`python -m app.gong_webhook dead-letters list`" in text
    assert len(text) < 700


def test_one_dead_letter_is_one_call() -> None:
    assert "1 call was given up and waits" in dead_letters(1, "why")


def test_low_quality_is_told_with_what_is_missing_most() -> None:
    text = quality_low(0.6543, 0.8, 50, ["transcript", "title"])
    assert "the last 50 calls scores 0.65, below 0.80" in text
    assert "Missing most often: transcript, title" in text


def test_a_low_budget_is_told_with_what_it_means() -> None:
    text = budget_low(1_000, 10_000)
    assert "1000 of today's 10000 Gong API calls are left" in text
    assert "Nothing is lost" in text
