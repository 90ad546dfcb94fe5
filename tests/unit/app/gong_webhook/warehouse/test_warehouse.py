"""What both warehouses do alike."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest
from msgspec import structs

from app.gong_webhook.errors import Rejected
from app.gong_webhook.model import Call, Participant, Sentence, Source, Tracker, TranscriptState

pytestmark = pytest.mark.anyio

AWKWARD = "nul \0, quotes ' \" \\ `, a ; -- comment, ? %s :1, é 漢 😀, \n\r\t"
COUNTS = (
    "SELECT (SELECT count(*) FROM participants), (SELECT count(*) FROM transcripts), (SELECT count(*) FROM trackers)"
)


def sentences(number: int) -> tuple[Sentence, ...]:
    return tuple(Sentence(at, "s1", "Intro", at * 1000, at * 1000 + 900, f"Sentence {at}.") for at in range(number))


def call(call_id: str = "00012345678901234567", version: float = 1_766_000_000.25, **changes: Any) -> Call:
    whole = Call(
        call_id=call_id,
        version=version,
        received_at=1_766_000_100.0,
        request_id="r-1",
        source=Source.WEBHOOK,
        payload=json.dumps({"callData": {"metaData": {"id": call_id}}, "isTest": False}).encode(),
        details=b'{"content": {}}',
        url="https://app.gong.io/call?id=1",
        title="Discovery",
        scheduled="2026-11-01T09:00:00+01:00",
        started="2026-11-01T08:00:30Z",
        duration_seconds=1800.5,
        transcript=TranscriptState.READY,
        quality=0.75,
        participants=(Participant("p1", "Ada", "ada@example.com"), Participant("p2", speaker_id="s1")),
        sentences=sentences(3),
        trackers=(Tracker("t1", "Pricing", "KEYWORD", 4),),
    )
    return structs.replace(whole, **changes)


async def test_a_call_is_found_with_all_that_belongs_to_it(opened: Any) -> None:
    await opened.warehouse.store([call()])
    assert await opened.query("SELECT call_id, version, source, title, transcript, brief FROM calls") == [
        ("00012345678901234567", 1_766_000_000_250_000, "webhook", "Discovery", "ready", None)
    ]
    assert await opened.query("SELECT duration_seconds, quality FROM calls") == [(1800.5, 0.75)]
    assert await opened.query(
        "SELECT call_id, position, participant_id, name, speaker_id FROM participants ORDER BY 2"
    ) == [
        ("00012345678901234567", 0, "p1", "Ada", None),
        ("00012345678901234567", 1, "p2", None, "s1"),
    ]
    assert await opened.query(
        "SELECT position, speaker_id, topic, start_ms, end_ms, text FROM transcripts ORDER BY 1"
    ) == [(at, "s1", "Intro", at * 1000, at * 1000 + 900, f"Sentence {at}.") for at in range(3)]
    assert await opened.query("SELECT tracker_id, name, type, count FROM trackers") == [("t1", "Pricing", "KEYWORD", 4)]


async def test_times_are_moments_whatever_offset_they_came_with(opened: Any) -> None:
    await opened.warehouse.store([call(), call("2", scheduled="soon", started=None)])
    found = await opened.query(
        "SELECT CAST(scheduled AS VARCHAR), CAST(started AS VARCHAR) FROM calls ORDER BY call_id"
    )
    assert [tuple(text and text.replace(" ", "T")[:19] for text in row) for row in found] == [
        ("2026-11-01T08:00:00", "2026-11-01T08:00:30"),
        (None, None),
    ]


@pytest.mark.parametrize("newest_first", [True, False])
async def test_the_newest_version_stays_whichever_comes_first(opened: Any, newest_first: bool) -> None:  # noqa: FBT001
    old = call(version=1.0, title="old", sentences=sentences(5))
    new = call(version=2.0, title="new", sentences=sentences(2))
    for each in (new, old) if newest_first else (old, new):
        await opened.warehouse.store([each])
    assert await opened.query("SELECT title FROM calls") == [("new",)]
    assert await opened.query(COUNTS) == [(2, 2, 1)]


async def test_the_newest_version_stays_when_two_write_at_once(opened: Any) -> None:
    async with anyio.create_task_group() as tasks:
        for version in (3, 1, 4, 2):
            writer = (opened.warehouse, opened.another)[version % 2]
            some = [call(str(at), version=version, title=f"{version}", sentences=sentences(version)) for at in range(3)]
            tasks.start_soon(writer.store, some)
    assert await opened.query("SELECT DISTINCT title FROM calls") == [("4",)]
    assert await opened.query("SELECT call_id, count(*) FROM transcripts GROUP BY call_id ORDER BY call_id") == [
        ("0", 4),
        ("1", 4),
        ("2", 4),
    ]


async def test_the_same_call_twice_changes_nothing(opened: Any) -> None:
    everything = "SELECT call_id, version, title, CAST(payload AS VARCHAR), CAST(received_at AS VARCHAR) FROM calls"
    await opened.warehouse.store([call()])
    before = (await opened.query(everything), await opened.query(COUNTS))
    await opened.warehouse.store([call()])
    assert (await opened.query(everything), await opened.query(COUNTS)) == before


async def test_children_are_replaced_and_lists_that_shrink_shrink(opened: Any) -> None:
    await opened.warehouse.store([call(), call("other")])
    await opened.warehouse.store(
        [call(participants=(), sentences=sentences(1), trackers=(Tracker("t9", None, None, 0),))]
    )
    assert await opened.query("SELECT count(*) FROM participants WHERE call_id <> 'other'") == [(0,)]
    assert await opened.query("SELECT position FROM transcripts WHERE call_id <> 'other'") == [(0,)]
    assert await opened.query("SELECT tracker_id FROM trackers WHERE call_id <> 'other'") == [("t9",)]
    assert await opened.query("SELECT count(*) FROM transcripts WHERE call_id = 'other'") == [(3,)]


async def test_of_duplicates_in_a_batch_the_latest_stays_and_of_equal_ones_the_last(opened: Any) -> None:
    await opened.warehouse.store(
        [call("1", version=2, title="late"), call("1", version=1, title="early", sentences=())]
    )
    await opened.warehouse.store([call("2", version=5, title="first"), call("2", version=5, title="second")])
    assert await opened.query("SELECT title FROM calls ORDER BY call_id") == [("late",), ("second",)]
    assert await opened.query("SELECT count(*) FROM transcripts WHERE call_id = '1'") == [(3,)]


async def test_any_text_comes_back_as_it_was(opened: Any) -> None:
    long = "long " * 200_000
    await opened.warehouse.store([call(title=AWKWARD, brief=long, sentences=(Sentence(0, None, None, 0, 1, AWKWARD),))])
    assert await opened.query("SELECT title, brief FROM calls") == [(AWKWARD, long)]
    assert await opened.query("SELECT text FROM transcripts") == [(AWKWARD,)]


async def test_ids_are_text_in_the_payload_too(opened: Any) -> None:
    await opened.warehouse.store([call()])
    [(payload,)] = await opened.query("SELECT CAST(payload AS VARCHAR) FROM calls")
    assert json.loads(payload)["callData"]["metaData"]["id"] == "00012345678901234567"


@pytest.mark.parametrize(
    "value",
    [
        {"deep": [1, -2.5, True, None, {"": []}]},
        {"text": AWKWARD},
        {"big": 12345678901234567890123456789, "small": 1e-300, "id": "00012345678901234567"},
        {"script": "<'; DROP TABLE calls; --"},
    ],
)
async def test_a_payload_comes_back_as_the_same_json_value(opened: Any, value: Any) -> None:
    await opened.warehouse.store([call(payload=json.dumps(value).encode())])
    [(payload,)] = await opened.query("SELECT CAST(payload AS VARCHAR) FROM calls")
    assert json.loads(payload) == value


@pytest.mark.parametrize(
    ("document", "kept"),
    [
        (b'{"n": 1e400, "m": -1e400}', {"n": "1e400", "m": "-1e400"}),
        (b'{"n": ' + b"9" * 400 + b"}", {"n": "9" * 400}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (rb'{"half": "\ud83d!", "whole": "\ud83d\ude00"}', {"half": "\ufffd!", "whole": "😀"}),
    ],
)
async def test_json_that_snowflake_would_refuse_is_put_right(opened: Any, document: bytes, kept: Any) -> None:
    await opened.warehouse.store([call(payload=document)])
    [(payload,)] = await opened.query("SELECT CAST(payload AS VARCHAR) FROM calls")
    assert json.loads(payload) == kept


@pytest.mark.parametrize(
    "changes",
    [
        {"payload": b"{"},
        {"payload": b'{"a": "\xff"}'},
        {"payload": b"[" * 100_000 + b"]" * 100_000},
        {"brief": "x" * (8 * 1024 * 1024)},
        {"trackers": (Tracker("t", None, None, 2**63),)},
    ],
)
async def test_a_call_that_cannot_be_stored_is_rejected_and_nothing_of_its_batch_stays(
    opened: Any, changes: dict[str, Any]
) -> None:
    with pytest.raises(Rejected, match="bad"):
        await opened.warehouse.store([call("good"), call("bad", **changes)])
    assert await opened.warehouse.known(["good", "bad"]) == set()


async def test_no_rejection_repeats_the_data(opened: Any) -> None:
    with pytest.raises(Rejected) as raised:
        await opened.warehouse.store([call(payload=b'{"said": "confidential" "', sentences=())])
    assert "confidential" not in f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r}"


async def test_an_empty_batch_is_fine(opened: Any) -> None:
    await opened.warehouse.store([])
    assert await opened.warehouse.known([]) == set()


async def test_a_transcript_of_thousands_of_sentences_is_whole(opened: Any) -> None:
    await opened.warehouse.store([call(sentences=sentences(5_000))])
    assert await opened.query("SELECT count(*), count(DISTINCT position), max(text) FROM transcripts") == [
        (5_000, 5_000, "Sentence 999.")
    ]


async def test_known_are_those_that_have_a_row(opened: Any) -> None:
    ids = [str(at) for at in range(200)]
    await opened.warehouse.store([call(call_id, sentences=()) for call_id in ids])
    assert await opened.warehouse.known([*ids, *(f"x{at}" for at in range(2_000))]) == set(ids)


async def test_a_row_can_be_read_by_a_person(opened: Any) -> None:
    await opened.warehouse.store([call("1")])
    row = await opened.warehouse.row("1")
    assert (row["call_id"], row["title"], row["quality"]) == ("1", "Discovery", "0.75")
    assert "payload" not in row
    assert "brief" not in row, "it is not known"
    assert await opened.warehouse.row("2") == {}


async def test_a_second_migration_does_nothing_and_keeps_what_is_there(opened: Any) -> None:
    await opened.warehouse.store([call()])
    assert await opened.another.migrate() == []
    assert await opened.query("SELECT version FROM schema_migrations") == [(1,)]
    assert await opened.query("SELECT count(*) FROM calls") == [(1,)]


async def test_check_says_what_it_is_connected_to(opened: Any) -> None:
    assert (await opened.warehouse.check()).endswith(", schema version 1")
