"""Each way in which Gong, or the way to it, does not answer, over real HTTP; and Gong's limits by Gong's own count."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from app.errors import ConfigError, Unavailable
from app.gong_webhook.errors import BudgetSpent, Rejected
from app.gong_webhook.gong.transport import TIMEOUTS, Transport
from app.gong_webhook.ratelimit import Limits, Purpose
from app.gong_webhook.ratelimit.sqlite import SqliteLimiter
from app.gong_webhook.sqlite import Database
from tests.servers.gong import KEY, StandIn
from tests.servers.gong_client import Connected, Open, Told, client, connected, unlimited
from tests.servers.gong_faults import Fault
from tests.servers.loopback import serving

pytestmark = pytest.mark.anyio
EXTENSIVE = "/v2/calls/extensive"
CALL = "7782342274025937895"


@pytest.fixture
async def there() -> AsyncIterator[Connected]:
    async with connected() as connection:
        yield connection


async def refusal(there: Connected) -> Unavailable:
    with pytest.raises(Unavailable) as refused:
        await there.gong.extensive([CALL], Purpose.ENRICH)
    return refused.value


@pytest.mark.parametrize("key", [KEY, "an-oauth-token.of_one-day"])
async def test_a_key_with_a_secret_is_sent_as_basic_and_a_token_as_bearer(key: str) -> None:
    standin = StandIn(key=key)
    async with connected(standin, key) as there:
        assert set(await there.gong.extensive([CALL], Purpose.ENRICH)) == {CALL}


async def test_a_wrong_key_is_said_to_be_wrong_and_not_shown() -> None:
    async with connected(key="ACCESSKEY:mistyped-secret") as there:
        refused = await refusal(there)
    assert str(refused) == "Gong: refuses the API key (401): is GONG_API_KEY right, and still valid?"
    assert "mistyped" not in "".join(traceback.format_exception(refused))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.BROKEN, "answers 500"),
        (Fault.BUSY, "answers 503"),
        (Fault.FORBIDDEN, "trusted IPs"),
        (Fault.NO_SUCH_PATH, "is GONG_API_BASE_URL right"),
        (Fault.REDIRECT, "answers 307: is GONG_API_BASE_URL right"),
        (Fault.TRUNCATED, "something else than the JSON"),
        (Fault.HTML, "something else than the JSON"),
        (Fault.OTHER_TYPE, "something else than the JSON"),
        (Fault.DEEP, "something else than the JSON"),
        (Fault.CUT, "no whole answer (RemoteProtocolError)"),
        (Fault.BAD_GZIP, "no whole answer (DecodingError)"),
        (Fault.SLOW, "no whole answer (ReadTimeout)"),
        (Fault.DRIP, "answers too slowly"),
    ],
)
async def test_an_answer_that_is_none_makes_calls_wait_and_the_next_one_is_taken(
    there: Connected, fault: Fault, words: str
) -> None:
    there.standin.faults.append(fault)
    assert words in str(await refusal(there))
    assert set(await there.gong.extensive([CALL], Purpose.ENRICH)) == {CALL}


async def test_an_answer_that_would_fill_the_memory_makes_calls_wait_too() -> None:
    # to pack and unpack that much may take longer than the others' time-outs
    async with connected(timeouts=TIMEOUTS) as there:
        there.standin.faults.append(Fault.BOMB)
        assert "more than 64 MiB" in str(await refusal(there))
        assert set(await there.gong.extensive([CALL], Purpose.ENRICH)) == {CALL}


async def test_nobody_there_makes_calls_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with client(f"http://127.0.0.1:{port}", Open(), told := Told([], [])) as gong:
        with pytest.raises(Unavailable, match="ConnectError"):
            await gong.extensive([CALL], Purpose.ENRICH)
    assert told.calls == [(EXTENSIVE, "none")]


async def test_a_redirect_is_not_followed_for_it_would_carry_the_key(there: Connected) -> None:
    there.standin.faults.append(Fault.REDIRECT)
    await refusal(there)
    assert there.standin.requests.total() == 1


async def test_what_gong_does_not_have_is_no_error(there: Connected) -> None:
    there.standin.absent.add(CALL)
    assert await there.gong.extensive([CALL], Purpose.ENRICH) == {}
    assert there.told.calls == [(EXTENSIVE, "404")]


async def test_a_refused_request_says_why_in_gongs_words_cut_short_and_on_one_line(there: Connected) -> None:
    with pytest.raises(Rejected) as refused:
        await there.gong.extensive(["not-a-number"], Purpose.ENRICH)
    words = str(refused.value)
    assert words.startswith("Gong refuses the request (400): filter.callIds: an id is not a number [31m")
    assert words.isprintable()
    assert len(words) < 400


async def test_after_429_everybody_pauses_as_long_as_gong_says_and_the_call_is_tried_again(there: Connected) -> None:
    there.standin.retry_after = "7"
    there.standin.faults += [Fault.LIMITED, Fault.LIMITED]
    assert set(await there.gong.extensive([CALL], Purpose.ENRICH)) == {CALL}
    assert there.limiter.pauses == [7, 7]
    assert [status for _, status in there.told.calls] == ["429", "429", "200"]
    assert len(there.limiter.purposes) == 3  # each try costs a call of the day's budget


async def test_a_429_that_does_not_end_is_handed_on_with_gongs_time(there: Connected) -> None:
    there.standin.retry_after = "2"
    there.standin.faults += [Fault.LIMITED] * 10
    assert (await refusal(there)).retry_after == 2
    assert there.standin.requests.total() == 3


async def test_a_429_of_hours_is_not_waited_for_with_the_calls_in_hand(there: Connected) -> None:
    there.standin.retry_after = "7200"
    there.standin.faults += [Fault.LIMITED] * 10
    assert (await refusal(there)).retry_after == 7200
    assert there.limiter.pauses == [60]
    assert there.standin.requests.total() == 1


@pytest.mark.parametrize(
    ("retry_after", "low", "high"),
    [
        (format_datetime(datetime.now(UTC) + timedelta(seconds=4000), usegmt=True), 400, 4000),
        ("Mon, 01 Jan 2024 00:00:00 -0000", 1, 1),
        ("99999999999999999999", 1, 1),
        ("999999999", 86400, 86400),
        ("-5", 1, 1),
        ("nan", 1, 1),
        ("soon", 1, 1),
        ("0", 1, 1),
    ],
    ids=["date", "date-past", "huge", "days", "negative", "nan", "words", "zero"],
)
async def test_a_retry_after_may_be_a_date_and_nonsense_is_a_second(
    there: Connected, retry_after: str, low: float, high: float
) -> None:
    there.standin.retry_after = retry_after
    there.standin.faults += [Fault.LIMITED] * 3
    assert low <= ((await refusal(there)).retry_after or 0) <= high


async def test_a_503_hands_on_its_retry_after(there: Connected) -> None:
    there.standin.retry_after = "30"
    there.standin.faults.append(Fault.BUSY)
    assert (await refusal(there)).retry_after == 30


async def test_nothing_of_key_or_body_is_logged(there: Connected, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    there.standin.unreadable.add("2")
    for fault in (Fault.BROKEN, Fault.CUT, Fault.TRUNCATED):
        there.standin.faults.append(fault)
        await refusal(there)
    await there.gong.extensive([CALL, "2"], Purpose.ENRICH)
    await there.gong.transcripts([CALL, "2"], Purpose.ENRICH)
    assert "cannot be read" in caplog.text
    for secret in ("very-secret-part", "QUNDRVNTS0VZ", "rollout", "Seller", "buyer"):
        assert secret not in caplog.text


async def test_cancelled_requests_leave_the_connections_usable(there: Connected) -> None:
    """Cancelled while they connect, send, and wait: httpx 0.28 then has no connection left, for ever."""
    there.standin.every = (1, Fault.SLOW)
    for seconds in (0.0, 0.005, 0.1):
        asking = [asyncio.create_task(there.gong.extensive([CALL], Purpose.ENRICH)) for _ in range(120)]
        await asyncio.wait(asking, timeout=seconds)
        for task in asking:
            task.cancel()
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert any(isinstance(each, asyncio.CancelledError) for each in outcomes)
    there.standin.every = None
    assert set(await there.gong.extensive([CALL], Purpose.ENRICH)) == {CALL}


@pytest.mark.parametrize(
    "url",
    ["api.gong.io", "ftp://api.gong.io", "https://", "https://user:word@api.gong.io", "https://h:99999", "https://h\0"],
)
def test_a_base_url_that_cannot_be_meant_is_named(url: str) -> None:
    with pytest.raises(ConfigError, match="GONG_API_BASE_URL") as wrong:
        Transport(url, KEY, Open(), on_call=lambda *_: None, on_wait=lambda _: None)
    assert "word" not in str(wrong.value)


@pytest.mark.parametrize("key", ["key:sec\nret", "tök", "two words"])
def test_a_key_that_no_header_can_hold_is_named_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigError, match="GONG_API_KEY") as wrong:
        Transport("https://api.gong.io", key, Open(), on_call=lambda *_: None, on_wait=lambda _: None)
    assert key not in "".join(traceback.format_exception(wrong.value))


@pytest.mark.parametrize("suffix", ["/", "/v2", "/v2/"])
async def test_a_base_url_may_end_as_gong_shows_it(suffix: str) -> None:
    with serving(unlimited()) as url:
        async with client(url + suffix, Open(), Told([], [])) as gong:
            assert set(await gong.extensive([CALL], Purpose.ENRICH)) == {CALL}


async def test_users_of_one_limiter_together_never_exceed_what_gong_allows(tmp_path: Path) -> None:
    """A burst of 10 is configured, as in the guide; Gong's window binds."""
    standin, told, database = StandIn(), Told([], []), Database(tmp_path / "limits.db")
    limits = Limits(per_second=10.0, burst=10, daily=10, reserve=2)
    with serving(standin) as url:
        async with client(url, SqliteLimiter(database, limits), told, timeouts=TIMEOUTS) as gong:
            other = Database(database.path)
            async with client(url, SqliteLimiter(other, limits), told, timeouts=TIMEOUTS) as second:
                asked = [each.extensive([CALL], Purpose.ENRICH) for each in (gong, second) * 6]
                outcomes = await asyncio.gather(*asked, return_exceptions=True)
                with pytest.raises(BudgetSpent):
                    await gong.extensive([CALL], Purpose.ENRICH)
                await gong.extensive([CALL], Purpose.RECONCILE)
            await other.close()
    await database.close()
    assert [type(each).__name__ for each in outcomes if isinstance(each, Exception)] == ["BudgetSpent"] * 4
    assert standin.requests.total() == 9
    assert standin.worst_second <= 3
    assert standin.refused == 0
    assert len(told.waits) == 9
    assert max(told.waits) > 1
