"""What a call is scored by: each rule, what it applies to, and where the threshold of 0.8 falls."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app.gong_webhook.enrich import assemble
from app.gong_webhook.model import Call, Participant, Sentence, Tracker, TranscriptState
from app.gong_webhook.quality import RULES, missing, score
from tests.servers import gong_calls
from tests.servers.stores import delivery

THRESHOLD = 0.8
ID = "7782342274025937895"
# one way for each rule of the table to be broken, and by nothing else
BROKEN: dict[str, dict[str, Any]] = {
    "title": {"title": " "},
    "started": {"started": None},
    "duration": {"duration_seconds": 0.0},
    "participants": {"participants": (Participant("1", speaker_id="6432345678555530067"),)},
    "internal e-mails": {"participants": (Participant("1", affiliation="Internal"), Participant("2"))},
    "primary user": {"primary_user_name": None, "primary_user_email": None},
    "details": {"details": None},
    "transcript": {"transcript": TranscriptState.ABSENT, "sentences": ()},
    "known speakers": {"sentences": (Sentence(0, "somebody else", None, 0, 1, "Hello."),)},
    "counted trackers": {"trackers": (Tracker("1", "Pricing", None, 0),)},
}
# of 15 points in all; without internals, or without sentences, a rule of one point does not apply
SCORES = {
    "title": 14 / 15,
    "started": 13 / 15,
    "duration": 13 / 15,
    "participants": 12 / 14,
    "internal e-mails": 13 / 15,  # whoever speaks is not known then either
    "primary user": 14 / 15,
    "details": 13 / 15,
    "transcript": 12 / 14,
    "known speakers": 14 / 15,
    "counted trackers": 14 / 15,
}


@pytest.fixture
def whole() -> Call:
    """As it is when everything works."""
    transcript = b'[{"speakerId": "6432345678555530067", "sentences": [{"text": "Hello."}]}]'
    event = delivery(ID, gong_calls.webhook(ID))
    return assemble(event, gong_calls.extensive(ID), transcript, {}, TranscriptState.READY)


def test_a_whole_call_lacks_nothing(whole: Call) -> None:
    assert missing(whole) == ()
    assert score(whole) == 1


def test_a_call_of_which_only_the_id_is_known_scores_nothing() -> None:
    bare = assemble(delivery(ID), None, None, {}, TranscriptState.ABSENT)
    assert score(bare) == 0
    assert "title" in missing(bare)


def test_every_rule_has_a_way_to_be_broken() -> None:
    assert list(BROKEN) == [rule.lacking for rule in RULES]


@pytest.mark.parametrize("lacking", BROKEN)
def test_each_gap_is_named_and_costs_its_weight(whole: Call, lacking: str) -> None:
    gap = replace(whole, **BROKEN[lacking])
    assert lacking in missing(gap)
    assert score(gap) == pytest.approx(SCORES[lacking])


def test_a_duration_of_more_than_a_day_is_not_believed(whole: Call) -> None:
    assert missing(replace(whole, duration_seconds=86_401.0)) == ("duration",)


def test_a_call_without_an_api_key_is_not_blamed_for_what_was_not_asked(whole: Call) -> None:
    alone = replace(whole, transcript=TranscriptState.UNASKED, details=None, sentences=())
    assert score(alone) == 1


def test_a_call_without_trackers_or_internals_is_not_blamed_for_it(whole: Call) -> None:
    externals = (Participant("1", speaker_id="6432345678555530067"), Participant("2"))
    assert score(replace(whole, trackers=(), participants=externals)) == 1


def test_a_transcript_that_is_late_stays_above_the_threshold_and_with_one_more_gap_falls_below(whole: Call) -> None:
    late = replace(whole, transcript=TranscriptState.PENDING, sentences=())
    assert missing(late) == ("transcript",)
    assert score(late) >= THRESHOLD
    others = [gap for lacking, gap in BROKEN.items() if lacking not in {"transcript", "known speakers"}]
    assert all(score(replace(late, **gap)) < THRESHOLD for gap in others)


def test_a_transcript_without_a_sentence_is_none(whole: Call) -> None:
    assert missing(replace(whole, sentences=())) == ("transcript",)
