"""Sessions kept by the process itself: a client that has lost its connection can go on while this pod lives."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from msgspec import Struct

from app.dv_pipecat.errors import NotResumable, Stale
from app.dv_pipecat.registry import CLAIMABLE_FOR, MOST_USED, TOMBSTONE_SECONDS, Held, Kept, Saved
from app.dv_pipecat.tokens import Token

# that can be claimed, and as many again that no longer can; the oldest is forgotten first
MOST_SESSIONS = 5_000


class _Known(Struct):
    """`until`: when it changes from claimable to expired, or is forgotten; `state`: None if it cannot be claimed."""

    digest: str
    until: float
    state: bytes | None = None
    ended: bool = False
    used: tuple[str, ...] = ()


class MemoryRegistry:
    """`clock`: seconds that only go forward."""

    def __init__(self, resume_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._claimable = resume_seconds * CLAIMABLE_FOR
        self._clock = clock
        # each in the order in which their times will be over
        self._live: OrderedDict[str, _Known] = OrderedDict()
        self._gone: OrderedDict[str, _Known] = OrderedDict()

    async def save(self, batch: Sequence[Kept]) -> Saved:
        now = self._now()
        saved = Saved([], [])
        for session_id, digest, state in batch:
            known = self._known(session_id) or _Known(digest, now)
            if known.ended or known.digest != digest:
                saved.claimed.append(session_id)
                continue
            known.state = known.state if state is None else state
            if known.state is None:
                saved.lost.append(session_id)
            else:
                self._keep(session_id, known, now)
        return saved

    async def claim(self, token: Token, renewed: Token) -> bytes:
        now = self._now()
        known, given = self._known(token.session_id), token.digest
        if known is None:
            raise NotResumable(Stale.UNKNOWN)
        if known.digest != given:
            raise NotResumable(Stale.USED if given in known.used else Stale.UNKNOWN)
        if known.ended or known.state is None:
            raise NotResumable(Stale.ENDED if known.ended else Stale.EXPIRED)
        known.used = (given, *known.used)[:MOST_USED]
        known.digest = renewed.digest
        self._keep(token.session_id, known, now)
        return known.state

    async def end(self, batch: Sequence[Held]) -> None:
        now = self._now()
        for session_id, digest in batch:
            known = self._known(session_id) or _Known(digest, now)
            if known.digest == digest:
                known.ended = True
                self._bury(session_id, known, now)

    def _now(self) -> float:
        """With all done that is due by then: what people said is not kept for as long as it happens to be."""
        now = self._clock()
        while (oldest := next(iter(self._live.items()), None)) and oldest[1].until <= now:
            self._bury(*oldest, oldest[1].until)
        while (oldest := next(iter(self._gone.items()), None)) and oldest[1].until <= now:
            del self._gone[oldest[0]]
        return now

    def _known(self, session_id: str) -> _Known | None:
        return self._live.get(session_id) or self._gone.get(session_id)

    def _keep(self, session_id: str, known: _Known, now: float) -> None:
        known.until = now + self._claimable
        self._gone.pop(session_id, None)
        _append(self._live, session_id, known)

    def _bury(self, session_id: str, known: _Known, now: float) -> None:
        known.until, known.state = now + TOMBSTONE_SECONDS, None
        self._live.pop(session_id, None)
        _append(self._gone, session_id, known)


def _append(sessions: OrderedDict[str, _Known], session_id: str, known: _Known) -> None:
    sessions[session_id] = known
    sessions.move_to_end(session_id)
    if len(sessions) > MOST_SESSIONS:
        sessions.popitem(last=False)
