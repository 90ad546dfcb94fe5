"""A call put together: which source wins, what is made of gaps and of wrong types, and that nothing is ever raised."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gong_webhook.enrich import assemble, primary_user
from app.gong_webhook.model import Call, Delivery, Sentence, Source, Tracker, TranscriptState, User
from tests.servers import gong_calls
from tests.servers.stores import delivery

ID = "7782342274025937895"
SELLER = gong_calls.user_id(3)


def call_of(
    data: Any = None, details: Any = None, monologues: Any = None, users: dict[str, User] | None = None
) -> Call:
    """From what would be JSON."""
    body = gong_calls.webhook(ID) if data is None else json.dumps({"callData": data, "isTest": False}).encode()
    known = None if details is None else json.dumps(details).encode()
    spoken = None if monologues is None else json.dumps(monologues).encode()
    return assemble(delivery(ID, body), known, spoken, users or {}, TranscriptState.READY)


def test_a_whole_call_is_told_from_the_webhook_alone() -> None:
    call = call_of()
    variant = int(call.title.split()[-1]) if call.title else -1
    assert call.call_id == ID
    assert call.url == f"https://app.gong.io/call?id={ID}"
    assert call.started == gong_calls.metadata(variant)["started"]
    assert call.duration_seconds == gong_calls.metadata(variant)["duration"]
    assert call.direction == "Conference"
    assert call.workspace_id == "623457276584334"
    assert call.brief == "They agreed on a pilot with one team."
    assert [each.affiliation for each in call.participants] == ["Internal", "External"]
    assert [each.name for each in call.trackers] == list(gong_calls.TRACKERS)
    assert call.version == 1_700_000_000
    assert call.details is None


def test_the_apis_value_wins_and_the_webhooks_fills_its_gaps() -> None:
    call = call_of(
        {"metaData": {"id": ID, "title": "old", "url": "https://u", "language": "eng"}, "parties": [{"id": "1"}]},
        {"metaData": {"id": ID, "title": "new", "url": None, "language": 7}, "parties": [{"id": "2"}, {"id": "3"}]},
    )
    assert (call.title, call.url, call.language) == ("new", "https://u", "eng")
    assert [each.participant_id for each in call.participants] == ["2", "3"]


def test_an_api_that_names_no_parties_leaves_the_webhooks() -> None:
    call = call_of({"parties": [{"id": "1"}]}, {"metaData": {"id": ID}, "parties": []})
    assert [each.participant_id for each in call.participants] == ["1"]


def test_both_jsons_are_kept_whole_with_what_has_no_column() -> None:
    call = call_of({"context": [{"x": 1.5}], "unknown": None}, {"metaData": {"id": ID}, "interaction": {"deep": [1]}})
    assert json.loads(call.payload) == {"callData": {"context": [{"x": 1.5}], "unknown": None}, "isTest": False}
    assert json.loads(call.details or b"") == {"metaData": {"id": ID}, "interaction": {"deep": [1]}}


def test_sentences_are_counted_through_in_order_with_speaker_and_topic() -> None:
    call = call_of(
        {},
        monologues=[
            {"speakerId": "s1", "topic": "Pricing", "sentences": [{"start": 0, "end": 90, "text": "One."}]},
            {"speakerId": 12345678901234567890, "sentences": [{"start": 95.6, "text": "Two."}, {"text": "Three."}]},
        ],
    )
    assert call.sentences == (
        Sentence(0, "s1", "Pricing", 0, 90, "One."),
        Sentence(1, "12345678901234567890", None, 95, 0, "Two."),
        Sentence(2, "12345678901234567890", None, 0, 0, "Three."),
    )


def test_a_sentence_without_words_is_none_and_leaves_no_gap() -> None:
    odd = [7, None, {"sentences": 3}, {"sentences": [{"text": None}, "x", {"text": "Said."}]}]
    assert call_of({}, monologues=odd).sentences == (Sentence(0, None, None, 0, 0, "Said."),)


def test_somebody_without_an_id_gets_the_same_one_each_time_wherever_they_stand() -> None:
    anna, ben = {"emailAddress": "anna@x.example"}, {"phoneNumber": "+1 555", "name": "Ben"}
    one = {each.email or each.name: each.participant_id for each in call_of({"parties": [anna, ben]}).participants}
    two = {each.email or each.name: each.participant_id for each in call_of({"parties": [ben, anna]}).participants}
    assert one == two
    assert len(set(one.values())) == 2


def test_two_of_whom_nothing_is_known_stay_two() -> None:
    assert len(call_of({"parties": [{}, {"name": None}]}).participants) == 2


def test_the_same_id_twice_is_one_row() -> None:
    call = call_of(
        {
            "parties": [{"id": "1", "name": "first"}, {"id": 1, "name": "second"}],
            "content": {"trackers": [{"id": "t", "count": 2}, {"id": "t", "count": 5}]},
        }
    )
    assert [each.name for each in call.participants] == ["first"]
    assert call.trackers == (Tracker("t", None, None, 2),)


def test_a_tracker_without_an_id_goes_by_its_name_and_without_either_is_left_out() -> None:
    call = call_of({"content": {"trackers": [{"name": "Pricing", "count": True}, {"count": 3}, "x"]}})
    assert call.trackers == (Tracker("Pricing", "Pricing", None, 0),)


def test_the_primary_user_is_who_gongs_users_say() -> None:
    data = {"metaData": {"primaryUserId": SELLER}, "parties": [{"id": "1", "userId": SELLER, "name": "Old name"}]}
    call = call_of(data, users={SELLER: User(SELLER, "New name", "new@example.com")})
    assert (call.primary_user_id, call.primary_user_name) == (SELLER, "New name")
    assert call.primary_user_email == "new@example.com"


def test_the_primary_user_that_gong_does_not_name_is_looked_for_in_the_call() -> None:
    data = {"metaData": {"primaryUserId": SELLER}, "parties": [{"id": "1", "userId": SELLER, "name": "From the call"}]}
    assert call_of(data).primary_user_name == "From the call"


def test_a_party_without_a_user_id_is_not_the_user_of_a_call_without_one() -> None:
    assert call_of({"parties": [{"id": "1", "name": "External"}]}).primary_user_name is None


def test_the_primary_user_can_be_asked_for_beforehand() -> None:
    known = json.dumps({"metaData": {"primaryUserId": 12345678901234567890}}).encode()
    assert primary_user(delivery(ID, gong_calls.webhook(ID)), known) == "12345678901234567890"
    assert primary_user(delivery(ID, b"{}"), None) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", 5),
        ("title", ""),
        ("url", ["https://u"]),
        ("duration", "1800"),
        ("duration", -1),
        ("duration", True),
        ("duration", 1e300),
        ("duration", 10**400),
        ("primaryUserId", 1.5),
        ("primaryUserId", False),
        ("workspaceId", {}),
        ("started", 1700000000),
        ("started", "yesterday"),
        ("started", "2026-11-22T10:00:00"),
        ("started", "2026-02-31T10:00:00Z"),
        ("started", "2026-W47-7"),
    ],
)
def test_a_value_of_another_kind_is_none_and_stays_in_the_json(key: str, value: Any) -> None:
    call = call_of({"metaData": {key: value, "language": "eng"}})
    columns = msgspec.structs.asdict(call)
    assert call.language == "eng"
    assert (
        columns[
            {"duration": "duration_seconds", "primaryUserId": "primary_user_id", "workspaceId": "workspace_id"}.get(
                key, key
            )
        ]
        is None
    )
    assert json.loads(call.payload)["callData"]["metaData"][key] == value


@pytest.mark.parametrize("moment", ["2026-11-22T10:00:00Z", "2026-11-22T10:00:00.123-07:00", "2026-11-22T10:00+0100"])
def test_a_start_stays_as_gong_writes_it(moment: str) -> None:
    assert call_of({"metaData": {"started": moment}}).started == moment


def test_what_no_store_takes_is_replaced_in_columns_and_json() -> None:
    body = rb'{"callData": {"metaData": {"title": "a\ud83d\u0000b"}}}'
    call = assemble(delivery(ID, body), None, None, {}, TranscriptState.PENDING)
    assert call.title == "a��b"
    assert json.loads(call.payload) == {"callData": {"metaData": {"title": "a��b"}}}


@pytest.mark.parametrize("body", [b'{"callData": ' + b"[" * 100_000, b'{"callData": {"x": 1e999}}', b"\xff not json"])
def test_json_that_no_decoder_takes_is_kept_as_text(body: bytes) -> None:
    call = assemble(delivery(ID, body), body, body, {}, TranscriptState.READY)
    assert call.title is None
    assert json.loads(call.payload) == body.decode(errors="replace")


def test_a_reconciled_call_is_older_than_any_webhook_of_it() -> None:
    body = json.dumps({"callData": {"metaData": {"started": "2026-11-22T10:00:00Z"}}}).encode()
    late = Delivery(ID, body, "digest", 1_900_000_000.0, "reconcile-1", Source.RECONCILE)
    assert assemble(late, None, None, {}, TranscriptState.READY).version == 1_795_341_600
    unknown = msgspec.structs.replace(late, body=b"{}")
    assert assemble(unknown, None, None, {}, TranscriptState.READY).version == 0


WORDS = """
callData metaData id title started duration primaryUserId parties userId content trackers count name
sentences speakerId text start end
"""
KEYS = st.sampled_from(WORDS.split())
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=30)


@given(TREES, TREES, TREES)
def test_no_json_makes_it_fail_and_its_rows_can_be_stored(event: Any, details: Any, monologues: Any) -> None:
    bodies = [json.dumps(each).encode() for each in (event, details, monologues)]
    call = assemble(delivery(ID, bodies[0]), bodies[1], bodies[2], {}, TranscriptState.READY)
    assert call.call_id == ID
    assert msgspec.json.encode(call)
    assert len({each.participant_id for each in call.participants}) == len(call.participants)
    assert [each.position for each in call.sentences] == list(range(len(call.sentences)))


@given(st.binary())
def test_no_bytes_make_it_fail(body: bytes) -> None:
    call = assemble(delivery(ID, body), body, body, {}, TranscriptState.READY)
    msgspec.json.decode(call.payload)
