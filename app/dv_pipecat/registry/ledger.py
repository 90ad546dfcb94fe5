"""The sessions that this pod holds, and what of them the registry does not know yet: asks nobody, waits for nothing.

Times are seconds of one clock that only goes forward; whoever calls says what time it is.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from itertools import islice

from msgspec import Struct

from app.dv_pipecat.model import Message
from app.dv_pipecat.registry import CLAIMABLE_FOR, SAVED_EVERY, Held, Kept, Saved, states
from app.dv_pipecat.tokens import Token

BATCH_SESSIONS = 100
# Redis serves nobody else while it takes a batch
BATCH_BYTES = 1024 * 1024
# that wait for a registry which does not answer; the oldest are left to expire
MOST_RELEASED = 1_000
MOST_ENDED = 10_000


class _Session(Struct, eq=False):
    """`saved_at`: when its last save began; `changed`: whether the registry has an older state, or none."""

    token: Token
    digest: str
    started_at: float
    history: Sequence[Message]
    saved_at: float
    changed: bool
    state: bytes | None = None

    def encoded(self) -> bytes:
        return states.encode(self.started_at, self.history) if self.state is None else self.state


class Ledger:
    """Who has a session's token holds it; what somebody does with one that was replaced since changes nothing."""

    def __init__(self, resume_seconds: float) -> None:
        self._every = resume_seconds * SAVED_EVERY
        self._claimable = resume_seconds * CLAIMABLE_FOR
        # by when each was saved, the oldest first
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        # a session is in it until a save of all that is new has returned
        self._due: dict[str, None] = {}
        # when its client went, of each that is saved once more
        self._released: dict[str, float] = {}
        self._ended: dict[str, str] = {}

    @property
    def is_settled(self) -> bool:
        return not self._due and not self._ended

    def is_due(self, session_id: str) -> bool:
        return session_id in self._due

    @property
    def due(self) -> deque[str]:
        """Ids, those first that have waited longest."""
        return deque(self._due)

    @property
    def ended(self) -> list[Held]:
        """As many as one write takes."""
        return [Held(*ended) for ended in islice(self._ended.items(), BATCH_SESSIONS)]

    def begin(self, token: Token, started_at: float, history: Sequence[Message], now: float) -> None:
        self._sessions[token.session_id] = _Session(token, token.digest, started_at, history, now, changed=True)
        self._due[token.session_id] = None

    def resumed(self, token: Token, started_at: float, history: Sequence[Message], now: float) -> None:
        """`now`: before it was claimed."""
        self._sessions[token.session_id] = _Session(token, token.digest, started_at, history, now, changed=False)

    def remember(self, token: Token, history: Sequence[Message]) -> None:
        """The history is only looked at when it is saved."""
        session = self._held(token)
        if session is not None:
            session.history, session.changed = history, True
            self._due[token.session_id] = None

    def release(self, token: Token, now: float) -> None:
        session = self._held(token)
        if session is not None:
            # of a bounded size, however long it waits
            session.state, session.history = session.encoded(), ()
            self._due[token.session_id] = None
            self._released[token.session_id] = now
            if len(self._released) > MOST_RELEASED:
                self._forget(next(iter(self._released)))

    def end(self, token: Token) -> None:
        if self._held(token) is not None:
            self._forget(token.session_id)
            self._ended[token.session_id] = token.digest
            if len(self._ended) > MOST_ENDED:
                del self._ended[next(iter(self._ended))]

    def has_ended(self, token: Token) -> bool:
        """And the registry does not know it yet."""
        return self._ended.get(token.session_id) == token.digest

    def mark(self, token: Token) -> bool:
        """Whether it is this pod's, or was last: then all of it is due."""
        session = self._sessions.get(token.session_id)
        # what a stranger shows is compared by its digest: Token.digest says why
        if session is None or session.digest != token.digest:
            return False
        session.changed = True
        self._due[token.session_id] = None
        return True

    def replace(self, session_id: str) -> bool:
        """It is another holder's now: whether somebody held it here."""
        was_held = session_id in self._sessions and session_id not in self._released
        self._forget(session_id)
        return was_held

    def next_look(self, now: float) -> float:
        """Seconds until a session is due that has not changed."""
        oldest = next(iter(self._sessions.values()), None)
        return self._every if oldest is None else oldest.saved_at + self._every - now

    def look(self, now: float) -> None:
        """Makes due what was not saved for long; forgets what waits for a save that would come too late."""
        for session_id, session in self._sessions.items():
            if session.saved_at + self._every > now:
                break
            self._due[session_id] = None
        for session_id in [each for each, since in self._released.items() if since + self._claimable <= now]:
            self._forget(session_id)

    def batch(self, due: deque[str]) -> list[Kept]:
        """Takes from `due` as many as one write takes; `saved` or `failed` is to follow."""
        batch: list[Kept] = []
        size = 0
        while due and len(batch) < BATCH_SESSIONS and size < BATCH_BYTES:
            session_id = due.popleft()
            if session_id in self._due:
                session = self._sessions[session_id]
                state = session.encoded() if session.changed else None
                session.changed = False
                batch.append(Kept(session_id, session.digest, state))
                size += len(state or b"")
        return batch

    def failed(self, batch: Sequence[Kept]) -> None:
        for kept in batch:
            session = self._current(kept)
            if session is not None and kept.state is not None:
                session.changed = True

    def saved(self, batch: Sequence[Kept], saved: Saved, now: float) -> list[str]:
        """`now`: before it was. Ids of those that were held here and are another pod's."""
        claimed, lost = set(saved.claimed), set(saved.lost)
        replaced = []
        for kept in batch:
            session = self._current(kept)
            if session is None:
                continue
            if kept.session_id not in claimed:
                session.changed = session.changed or kept.session_id in lost
                self._saved(kept.session_id, session, now)
            elif self.replace(kept.session_id):
                replaced.append(kept.session_id)
        return replaced

    def done(self, ended: Sequence[Held]) -> None:
        for session_id, _ in ended:
            self._ended.pop(session_id, None)

    def _saved(self, session_id: str, session: _Session, now: float) -> None:
        session.saved_at = now
        self._sessions.move_to_end(session_id)
        if session.changed:
            return
        if session_id in self._released:
            self._forget(session_id)
        else:
            del self._due[session_id]

    def _held(self, token: Token) -> _Session | None:
        session = self._sessions.get(token.session_id)
        return None if session is None or session.token != token or token.session_id in self._released else session

    def _current(self, kept: Kept) -> _Session | None:
        """The session, unless it has another token by now: what is answered to the old one is not about it."""
        session = self._sessions.get(kept.session_id)
        return session if session is not None and session.digest == kept.digest else None

    def _forget(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)
        self._due.pop(session_id, None)
        self._released.pop(session_id, None)
