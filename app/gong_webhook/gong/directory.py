"""Who is known to be who, for a while: a user's name seldom changes, and a call of the day's budget is dear."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from app.gong_webhook.model import User

KNOWN_SECONDS = 3600.0
# somebody new is asked for again before long
UNKNOWN_SECONDS = 600.0
MOST_USERS = 10_000


class _Entry(NamedTuple):
    until: float
    user: User | None


class Directory:
    """`clock`: seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: dict[str, _Entry] = {}

    def missing(self, user_ids: Collection[str]) -> list[str]:
        """Those of whom nothing is known, not even that Gong does not know them."""
        now = self._clock()
        return [
            each for each in dict.fromkeys(user_ids) if each not in self._entries or self._entries[each].until < now
        ]

    def learn(self, asked: Collection[str], found: Mapping[str, User]) -> None:
        now = self._clock()
        for user_id in asked:
            user = found.get(user_id)
            self._entries.pop(user_id, None)
            self._entries[user_id] = _Entry(now + (KNOWN_SECONDS if user else UNKNOWN_SECONDS), user)
        for oldest in list(self._entries)[: max(0, len(self._entries) - MOST_USERS)]:
            del self._entries[oldest]

    def users(self, user_ids: Collection[str]) -> dict[str, User]:
        entries = {each: self._entries[each].user for each in user_ids if each in self._entries}
        return {user_id: user for user_id, user in entries.items() if user}
