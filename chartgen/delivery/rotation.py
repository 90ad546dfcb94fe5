"""When the values of a Secret were last set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from chartgen.kube.ownership import managers
from chartgen.model import NOTHING, Tree
from chartgen.outcomes import Rotation

ROTATED_AT = "secrets/rotated-at"
ROTATION_DAYS = "secrets/rotation-days"
DAYS = re.compile(r"[0-9]{1,4}")
FORM = "%Y-%m-%dT%H:%M:%SZ"


def rotated_at(live: Mapping[str, Tree] | None, data: Mapping[str, str], now: datetime) -> str:
    """In UTC, as RFC 3339 has it: what is set anew is so `now`, what is not says what it has said.

    A Secret that does not say it was set when somebody last wrote a key of it.
    """
    held = (live or NOTHING).get("data") or NOTHING
    if live is None or any(held.get(key) != value for key, value in data.items()):
        return now.astimezone(UTC).strftime(FORM)
    said = _annotation(live, ROTATED_AT)
    if moment(said):
        return said
    times = [each.time for each in managers(live) if each.fields.get("f:data") and moment(each.time)]
    return max(times, default=str(live["metadata"]["creationTimestamp"]))


def rotation(live: Mapping[str, Tree], days: int, now: datetime) -> Rotation:
    """`days` holds where the Secret does not say how often its values are to be set."""
    said, own = _annotation(live, ROTATED_AT), _annotation(live, ROTATION_DAYS)
    days = int(own) if DAYS.fullmatch(own) else days
    when = moment(said)
    return Rotation(said, (now - when).days, days) if when else Rotation("", None, days)


def moment(text: str) -> datetime | None:
    """Of a time with its zone, as RFC 3339 has it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _annotation(live: Mapping[str, Tree], name: str) -> str:
    return str((live["metadata"].get("annotations") or NOTHING).get(name, ""))
