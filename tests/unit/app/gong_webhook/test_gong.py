"""What is asked of Gong, and what is made of its answers: batches, pages, lag, users, unreadable entries."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from app.errors import Unavailable
from app.gong_webhook.gong import Listed
from app.gong_webhook.model import User
from app.gong_webhook.ratelimit import Purpose
from tests.servers import gong as standin_program
from tests.servers import gong_calls
from tests.servers.gong import spread
from tests.servers.gong_client import Connected, Open, Told, client, connected

pytestmark = pytest.mark.anyio
EXTENSIVE, TRANSCRIPT, USERS = "/v2/calls/extensive", "/v2/calls/transcript", "/v2/users/extensive"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
IDS = [str(7_000_000_000_000_000_000 + number) for number in range(250)]


@pytest.fixture
async def there() -> AsyncIterator[Connected]:
    async with connected() as connection:
        yield connection


async def listed(there: Connected, since: datetime, until: datetime) -> list[Listed]:
    return [call async for page in there.gong.calls(since, until) for call in page]


async def test_one_request_enriches_a_hundred_calls(there: Connected) -> None:
    found = await there.gong.extensive(IDS, Purpose.ENRICH)
    assert list(found) == IDS
    assert all(json.loads(found[each])["metaData"]["id"] == each for each in IDS)
    assert there.standin.requests == {EXTENSIVE: 3}
    assert [len(asked["filter"]["callIds"]) for _, asked in there.standin.asked] == [100, 100, 50]


async def test_an_empty_list_is_not_asked_for_gong_would_refuse_it(there: Connected) -> None:
    assert await there.gong.extensive([], Purpose.ENRICH) == {}
    assert await there.gong.transcripts([], Purpose.ENRICH) == {}
    assert await there.gong.users([]) == {}
    assert there.standin.requests.total() == 0


async def test_what_is_stored_is_asked_for_and_media_is_not(there: Connected) -> None:
    await there.gong.extensive(IDS[:1], Purpose.ENRICH)
    selector = there.standin.asked[0][1]["contentSelector"]
    exposed = selector["exposedFields"]
    assert selector["context"] == "Extended"
    assert "media" not in exposed
    assert exposed["parties"]
    assert {"trackers", "topics", "brief", "keyPoints", "callOutcome"} <= set(exposed["content"])


async def test_pages_are_followed_to_the_last_with_the_same_request(there: Connected) -> None:
    there.standin.page = 7
    assert list(await there.gong.extensive(IDS[:20], Purpose.ENRICH)) == IDS[:20]
    asked = [body for _, body in there.standin.asked]
    assert [body.pop("cursor", None) for body in asked] == [None, "page-7", "page-14"]
    assert asked[0] == asked[1] == asked[2]


async def test_a_list_of_calls_is_followed_over_its_pages_too(there: Connected) -> None:
    there.standin.listing = spread(IDS, NOW, timedelta(minutes=1))
    found = await listed(there, NOW - timedelta(days=1), NOW)
    assert [call.call_id for call in found] == IDS
    assert json.loads(found[3].metadata)["id"] == IDS[3]
    assert there.standin.requests == {"/v2/calls": 3}
    assert set(there.limiter.purposes) == {Purpose.RECONCILE}
    assert there.standin.asked[0][1]["fromDateTime"] == "2026-11-21T12:00:00Z"


async def test_a_window_without_calls_is_empty(there: Connected) -> None:
    assert await listed(there, NOW - timedelta(days=1), NOW) == []


async def test_a_cursor_that_comes_again_ends_the_asking(there: Connected) -> None:
    there.standin.endless_cursor = "again"
    with pytest.raises(Unavailable, match="pages that do not end"):
        await there.gong.extensive(IDS[:1], Purpose.ENRICH)
    assert there.standin.requests.total() == 2


async def test_calls_that_gong_has_not_processed_are_absent_until_it_has(there: Connected) -> None:
    there.standin.lag_requests = 1
    assert await there.gong.transcripts(IDS[:2], Purpose.ENRICH) == {}
    assert list(await there.gong.transcripts(IDS[:2], Purpose.ENRICH)) == IDS[:2]
    assert there.told.calls == [(TRANSCRIPT, "404"), (TRANSCRIPT, "200")]


async def test_an_empty_transcript_is_one_that_is_not_ready(there: Connected) -> None:
    there.standin.silent.add(IDS[0])
    assert list(await there.gong.transcripts(IDS[:2], Purpose.ENRICH)) == IDS[1:2]


async def test_an_entry_that_cannot_be_read_does_not_spoil_the_page(
    there: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    there.standin.unreadable.add(IDS[1])
    assert list(await there.gong.extensive(IDS[:3], Purpose.ENRICH)) == [IDS[0], IDS[2]]
    assert list(await there.gong.transcripts(IDS[:3], Purpose.ENRICH)) == [IDS[0], IDS[2]]
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert vars(caplog.records[1])["call_id"] == IDS[1]


async def test_half_a_character_in_one_transcript_does_not_spoil_the_page(there: Connected) -> None:
    sentences = rb'[{"sentences": [{"start": 1, "end": 2, "text": "a\ud83d\u0000b"}]}]'
    there.standin.overrides[TRANSCRIPT, IDS[0]] = b'{"callId": "%s", "transcript": %s}' % (IDS[0].encode(), sentences)
    found = await there.gong.transcripts(IDS[:2], Purpose.ENRICH)
    assert list(found) == IDS[:2]
    assert json.loads(found[IDS[0]])[0]["sentences"][0]["text"] == "a��b"


async def test_an_answer_for_a_call_that_was_not_asked_for_is_left_aside(there: Connected) -> None:
    there.standin.overrides[EXTENSIVE, IDS[0]] = b'{"metaData": {"id": "666"}}'
    assert list(await there.gong.extensive(IDS[:2], Purpose.ENRICH)) == IDS[1:2]


async def test_an_id_that_comes_as_a_number_keeps_all_its_digits(there: Connected) -> None:
    there.standin.overrides[EXTENSIVE, "77823422740259378957"] = b'{"metaData": {"id": 77823422740259378957}}'
    assert list(await there.gong.extensive(["77823422740259378957"], Purpose.ENRICH)) == ["77823422740259378957"]


async def test_users_are_asked_for_once_and_unknown_ones_too(there: Connected) -> None:
    ids = [gong_calls.user_id(0), gong_calls.user_id(1), "404404"]
    first, second = await asyncio.gather(there.gong.users(ids), there.gong.users(ids))
    assert first == second == await there.gong.users(ids[:2])
    assert first[ids[1]] == User(ids[1], "Seller Number1", "seller1@example.com")
    assert "404404" not in first
    assert there.standin.requests == {USERS: 1}


async def test_a_user_whose_name_is_no_text_is_known_without_one(there: Connected) -> None:
    there.standin.users["9"] = {"id": "9", "firstName": ["x"], "lastName": None, "emailAddress": 7}
    assert await there.gong.users(["9"]) == {"9": User("9")}


async def test_the_check_costs_one_call_and_says_that_the_key_works(there: Connected) -> None:
    assert await there.gong.check() == "answers, and accepts the API key"
    assert there.standin.requests.total() == 1


@pytest.fixture
def by_hand() -> Iterator[str]:
    program = [sys.executable, standin_program.__file__, "--calls", "3", "--per-second", "0"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=Path(sys.executable).parent) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.kill()


async def test_the_stand_in_runs_by_hand_and_tells_what_was_asked(by_hand: str) -> None:
    async with client(by_hand, Open(), Told([], [])) as gong:
        found = [page async for page in gong.calls(datetime.now(UTC) - timedelta(days=1), datetime.now(UTC))]
    async with httpx2.AsyncClient() as http:
        stats = (await http.get(by_hand + "/_stats")).json()
    assert len(found[0]) == 3
    assert stats["requests"] == {"/v2/calls": 1}
