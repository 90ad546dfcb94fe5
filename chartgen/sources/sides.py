"""What stands on one side of a comparison: `ENV`, `ENV@live`, `ENV@release` or `ENV@release:N`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from chartgen.errors import UsageError

LIVE = "live"
RELEASE = "release"
STATE = re.compile(r"(?P<live>live)|release(?::(?P<revision>[1-9][0-9]{0,8}))?")


class SideName(NamedTuple):
    """An environment as its files have it, or in a `state`: live, or as Helm recorded it in a `revision`.

    Revision 0 is the one that is deployed.
    """

    environment: str
    state: str = ""
    revision: int = 0


def side_name(text: str, environments: Collection[str]) -> SideName:
    """Read one side, as the command line names it. Raises UsageError."""
    name, at, state = text.rpartition("@")
    if text in environments or not at:
        return SideName(text)
    found = STATE.fullmatch(state)
    if found is None:
        raise UsageError(
            f"`{text}` is no side of a comparison",
            hint=f"such as {name}, {name}@live, {name}@release or {name}@release:3",
        )
    return SideName(name, LIVE if found["live"] else RELEASE, int(found["revision"] or 0))
