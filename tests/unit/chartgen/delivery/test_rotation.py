"""When values were last set: as a Secret says it, and otherwise as the API server does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from chartgen.delivery.rotation import rotated_at, rotation

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MADE, WRITTEN, LABELLED = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"


MANAGED = [
    {"manager": "kubectl-create", "time": WRITTEN, "fieldsV1": {"f:data": {"f:KEY": {}}}},
    {"manager": "kubectl-label", "time": LABELLED, "fieldsV1": {"f:metadata": {"f:labels": {"f:a": {}}}}},
]


def live(data: dict[str, str], **annotations: str) -> dict[str, Any]:
    metadata = {"creationTimestamp": MADE, "annotations": annotations, "managedFields": MANAGED}
    return {"metadata": metadata, "data": data}


def said(time: str) -> dict[str, str]:
    return {"secrets/rotated-at": time}


def test_what_is_new_or_another_value_is_set_now_in_utc() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    for held in (None, live({"KEY": "YQ=="}, **said(MADE)), live({}, **said(MADE)), {**live({}), "data": None}):
        assert rotated_at(held, {"KEY": "Yg=="}, east) == "2026-05-01T12:00:00Z"


def test_what_is_so_already_was_set_when_it_says() -> None:
    assert rotated_at(live({"KEY": "YQ==", "MORE": "Yg=="}, **said(MADE)), {"KEY": "YQ=="}, NOW) == MADE


@pytest.mark.parametrize("annotations", [{}, said(""), said("yesterday"), said("2026-01-01T00:00:00")])
def test_what_does_not_say_was_set_when_a_key_of_it_was_last_written(annotations: dict[str, str]) -> None:
    assert rotated_at(live({"KEY": "YQ=="}, **annotations), {"KEY": "YQ=="}, NOW) == WRITTEN
    found = live({"KEY": "YQ=="}, **annotations)
    del found["metadata"]["managedFields"]
    assert rotated_at(found, {"KEY": "YQ=="}, NOW) == MADE


@pytest.mark.parametrize(
    ("annotations", "age", "days", "due"),
    [
        ({"secrets/rotated-at": "2026-04-01T12:00:00Z", "secrets/rotation-days": "30"}, 30, 30, False),
        ({"secrets/rotated-at": "2026-03-31T12:00:00Z", "secrets/rotation-days": "30"}, 31, 30, True),
        ({"secrets/rotated-at": "2026-03-31T17:30:00+05:30"}, 31, 90, False),
        ({"secrets/rotated-at": "2025-01-01T12:00:00Z", "secrets/rotation-days": "9" * 5000}, 485, 90, True),
        ({"secrets/rotated-at": "2025-01-01T12:00:00Z", "secrets/rotation-days": "-1"}, 485, 90, True),
        ({"secrets/rotated-at": "no time"}, None, 90, False),
        ({}, None, 90, False),
    ],
)
def test_a_rotation_is_due_when_its_days_are_over(
    annotations: dict[str, str],
    age: int | None,
    days: int,
    due: bool,  # noqa: FBT001
) -> None:
    found = rotation(live({}, **annotations), 90, NOW)
    assert (found.age_days, found.days, found.is_due) == (age, days, due)
