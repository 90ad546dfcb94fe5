"""How complete and plausible a stored call is, from 0 to 1, and what it lacks. Pure.

The table is the definition. A rule that does not apply to a call counts neither for nor against it. Weights are such
that a transcript that is merely not ready yet leaves a sound call above 0.8, and any further gap does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.gong_webhook.model import Call, TranscriptState

LONGEST_CALL_SECONDS = 24 * 3600.0
FEWEST_PARTICIPANTS = 2
INTERNAL = "Internal"


class Rule(NamedTuple):
    """`holds` is None for a call that the rule does not apply to."""

    lacking: str
    weight: int
    holds: Callable[[Call], bool | None]


def _duration(call: Call) -> bool:
    return call.duration_seconds is not None and 0 < call.duration_seconds <= LONGEST_CALL_SECONDS


def _internal_emails(call: Call) -> bool | None:
    emails = [each.email for each in call.participants if each.affiliation == INTERNAL]
    return all(emails) if emails else None


def _details(call: Call) -> bool | None:
    return None if call.transcript is TranscriptState.UNASKED else call.details is not None


def _transcript(call: Call) -> bool | None:
    if call.transcript is TranscriptState.UNASKED:
        return None
    return call.transcript is TranscriptState.READY and bool(call.sentences)


def _speakers(call: Call) -> bool | None:
    known = {each.speaker_id for each in call.participants} - {None}
    return {each.speaker_id for each in call.sentences} <= known if call.sentences else None


def _trackers(call: Call) -> bool | None:
    return all(each.name and each.count > 0 for each in call.trackers) if call.trackers else None


RULES = (
    Rule("title", 1, lambda call: bool(call.title and call.title.strip())),
    Rule("started", 2, lambda call: call.started is not None),
    Rule("duration", 2, _duration),
    Rule("participants", 2, lambda call: len(call.participants) >= FEWEST_PARTICIPANTS),
    Rule("internal e-mails", 1, _internal_emails),
    Rule("primary user", 1, lambda call: bool(call.primary_user_email or call.primary_user_name)),
    Rule("details", 2, _details),
    Rule("transcript", 2, _transcript),
    Rule("known speakers", 1, _speakers),
    Rule("counted trackers", 1, _trackers),
)


def score(call: Call) -> float:
    """The weight of the rules that hold, as a share of those that apply."""
    verdicts = [(rule.weight, rule.holds(call)) for rule in RULES]
    applying = sum(weight for weight, holds in verdicts if holds is not None)
    return sum(weight for weight, holds in verdicts if holds) / applying


def missing(call: Call) -> tuple[str, ...]:
    """What the call lacks, in the words of the table."""
    return tuple(rule.lacking for rule in RULES if rule.holds(call) is False)
