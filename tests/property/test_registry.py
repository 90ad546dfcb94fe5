"""Both registries against a plain model, in any order of calls: of all who held a session, at most one still does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.dv_pipecat.errors import NotResumable, Stale
from app.dv_pipecat.registry import MOST_USED, TOMBSTONE_SECONDS, Held, Kept, Saved
from app.dv_pipecat.tokens import Token, issue
from tests.property.machines import AskingMachine, run, run_on_redis
from tests.servers.redis import RedisServer
from tests.servers.registries import CLAIMABLE_SECONDS, Timed, TimedMemory, TimedRedis

# sessions, of few enough that their holders meet
SESSIONS = 3
# the latest token of a session far more often than the older ones
PICKS = st.tuples(st.integers(0, SESSIONS - 1), st.integers(0, 2) | st.integers(0, 30))
STATES = st.none() | st.binary(max_size=3)
# each off by a second from where something changes, which no machine is slow enough to miss
TIMES = st.sampled_from([100.0, CLAIMABLE_SECONDS - 200.0, CLAIMABLE_SECONDS + 1.0, TOMBSTONE_SECONDS + 1.0])


class Known:
    """What the model knows of a session; times are the model's own."""

    def __init__(self, holder: Token) -> None:
        self.holder = holder
        self.used: list[Token] = []
        self.state: bytes | None = None
        self.ended = False
        self.until = 0.0

    def why_not(self, token: Token) -> Stale | None:
        if token != self.holder:
            return Stale.USED if token in self.used[-MOST_USED:] else Stale.UNKNOWN
        return Stale.ENDED if self.ended else Stale.EXPIRED if self.state is None else None


class RegistryMachine(AskingMachine):
    def __init__(self, timed: Timed, close: Callable[[], Awaitable[None]]) -> None:
        super().__init__(close)
        self.timed = timed
        self.registry = timed.registry
        self.issued = [[issue()] for _ in range(SESSIONS)]
        self.known: dict[str, Known] = {}
        self.now = 0.0

    def picked(self, pick: tuple[int, int]) -> Token:
        issued = self.issued[pick[0]]
        return issued[-1 - pick[1] % len(issued)]

    def keep(self, session: Known) -> None:
        session.until = self.now + CLAIMABLE_SECONDS

    @rule(picks=st.lists(PICKS, min_size=1, max_size=4), state=STATES)
    def save(self, picks: list[tuple[int, int]], state: bytes | None) -> None:
        expected = Saved([], [])
        tokens = [self.picked(pick) for pick in picks]
        for token in tokens:
            session = self.known.get(token.session_id, Known(token))
            if session.ended or session.holder != token:
                expected.claimed.append(token.session_id)
            elif state is None and session.state is None:
                expected.lost.append(token.session_id)
            else:
                self.known[token.session_id] = session
                session.state = session.state if state is None else state
                self.keep(session)
        batch = [Kept(token.session_id, token.digest, state) for token in tokens]
        assert self.ask(self.registry.save(batch)) == expected

    @rule(pick=PICKS)
    def claim(self, pick: tuple[int, int]) -> None:
        token = self.picked(pick)
        renewed = token.renewed()
        session = self.known.get(token.session_id)
        why = Stale.UNKNOWN if session is None else session.why_not(token)
        if session is None or why is not None:
            with pytest.raises(NotResumable) as raised:
                self.ask(self.registry.claim(token, renewed))
            assert raised.value.why is why
            return
        assert self.ask(self.registry.claim(token, renewed)) == session.state
        session.used.append(token)
        session.holder = renewed
        self.issued[pick[0]].append(renewed)
        self.keep(session)

    @rule(pick=PICKS)
    def forge(self, pick: tuple[int, int]) -> None:
        """As a token that the session may get one day."""
        self.issued[pick[0]].insert(0, self.picked(pick).renewed())

    @rule(picks=st.lists(PICKS, min_size=1, max_size=2))
    def end(self, picks: list[tuple[int, int]]) -> None:
        tokens = [self.picked(pick) for pick in picks]
        self.ask(self.registry.end([Held(token.session_id, token.digest) for token in tokens]))
        for token in tokens:
            session = self.known.setdefault(token.session_id, Known(token))
            if session.holder == token:
                session.ended, session.state = True, None
                session.until = self.now + TOMBSTONE_SECONDS

    @rule(seconds=TIMES)
    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.ask(self.timed.passes(seconds))
        for session_id, session in list(self.known.items()):
            if session.state is not None and session.until <= self.now:
                session.state = None
                session.until += TOMBSTONE_SECONDS
            if session.state is None and session.until <= self.now:
                del self.known[session_id]

    @precondition(lambda self: self.known)
    @rule()
    def look_for_holders(self) -> None:
        """A save without a state is taken from the holder alone, or from nobody."""
        for issued in self.issued:
            batch = [Kept(token.session_id, token.digest, None) for token in issued]
            saved = self.ask(self.registry.save(batch))
            session = self.known.get(issued[0].session_id)
            taken = len(batch) - len(saved.claimed) - len(saved.lost)
            assert taken == (session is not None and session.state is not None)
            if taken and session is not None:
                self.keep(session)


def test_the_registry_in_memory_is_as_its_model() -> None:
    async def nothing() -> None:
        pass

    run(lambda: RegistryMachine(TimedMemory(), nothing))


def test_the_registry_in_redis_is_as_its_model(redis_server: RedisServer) -> None:
    run_on_redis(redis_server, lambda client, close: RegistryMachine(TimedRedis(client), close))
