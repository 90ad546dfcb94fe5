"""What is said of releases and clusters beside what differs: who has set what, and what was not looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from chartgen.report.style import short_path
from chartgen.results import Comparison, Drift

PATHS = 4
"""That are named of what somebody has set in one object; more are counted."""


def by(drift: Drift) -> str:
    """Who has set something, in words."""
    if not drift.manager:
        return "by an unknown hand"
    way = f" ({drift.subresource})" if drift.subresource else ""
    return f"by {drift.manager}{way}, {drift.time}" if drift.time else f"by {drift.manager}{way}"


def lines(found: Comparison) -> Iterator[str]:
    """What others have set and a deployment leaves alone; what could not be looked at, by reason; notes."""
    for kept in found.kept:
        named = ", ".join(short_path(path, kept.object) for path in kept.paths[:PATHS])
        more = f" and {len(kept.paths) - PATHS} more" if len(kept.paths) > PATHS else ""
        yield f"Kept, set {by(kept.drift)}: {kept.object} {named}{more}"
    unseen: dict[str, list[str]] = defaultdict(list)
    for left in found.left:
        if left.because:
            unseen[left.because].append(str(left.object))
    for because, objects in unseen.items():
        yield f"Not compared with the cluster, as {because}: {', '.join(objects)}"
    yield from found.notes
