"""What is known of sessions beyond their pod, so that a client can go on with its session on another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from app.dv_pipecat.tokens import Token

# Shares of the resume time. A pod saves a session again so often, changed or not; what was saved can be claimed so
# long. When a pod vanishes just before it would have saved again, all of the resume time is left, and a sixth more for
# a write that takes its time
SAVED_EVERY = 1 / 3
CLAIMABLE_FOR = 1.5
# after which a session is no longer known to have existed: what is told of a token stays the truth that long
TOMBSTONE_SECONDS = 600.0
# digests of tokens that were used, for each session
MOST_USED = 16


class Held(NamedTuple):
    """`digest`: of the token's secret."""

    session_id: str
    digest: str


class Kept(NamedTuple):
    """`state`: what another pod needs to go on, None where it has not changed."""

    session_id: str
    digest: str
    state: bytes | None


class Saved(NamedTuple):
    """Ids of those that were not kept: another pod's now, or over; or gone, which only their state would mend."""

    claimed: list[str]
    lost: list[str]


class Registry(Protocol):
    """Of all who ever held a session, one holds it: the last to claim it. What others save or end changes nothing.

    All raise Unavailable.
    """

    async def save(self, batch: Sequence[Kept]) -> Saved:
        """Keeps each, so that it can be claimed for CLAIMABLE_FOR of the resume time; its state is gone after that."""

    async def claim(self, token: Token, renewed: Token) -> bytes:
        """Its state; from now on it has the renewed token. Of two claims at once, one gets it.

        Raises NotResumable: first for what is wrong with the token (UNKNOWN, USED), then with the session (ENDED,
        EXPIRED).
        """

    async def end(self, batch: Sequence[Held]) -> None:
        """They are over, and cannot be claimed any more, even if they had not been saved yet."""
