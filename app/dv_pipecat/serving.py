"""The websocket: who is let in, what a session is from its first to its last moment, and what is kept of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from functools import partial
from traceback import format_tb
from typing import TYPE_CHECKING

from msgspec import Struct

from app.dv_pipecat import rtvi
from app.dv_pipecat.closing import Close, Reason
from app.dv_pipecat.connection import Connection
from app.dv_pipecat.conversation import Conversation
from app.dv_pipecat.errors import NotResumable
from app.dv_pipecat.keeping import Keeper
from app.dv_pipecat.logs import session_id
from app.dv_pipecat.metrics import Metrics
from app.dv_pipecat.model import Build
from app.dv_pipecat.pod import Pod
from app.dv_pipecat.session import Limits, Session
from app.dv_pipecat.tokens import Token, issue, parse
from app.errors import Unavailable

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

log = logging.getLogger(__name__)

# that a client which is asked to move waits for its last words to be kept; less than the pod gives it to be told
KEEP_SECONDS = 3.0
# of what stands where a token has its session's id, in the log
LONGEST_ID = 16
# whose clients are no longer there to be told
GONE = {Reason.LEFT, Reason.LOST}


class Rules(Struct, frozen=True):
    """`origins`: pages that may connect, as browsers name them; empty means any."""

    limits: Limits
    origins: Collection[str] = ()


class Voice:
    """Answers /pc/v1/ws. A client that is refused is let in first: a browser shows no other reason to its page."""

    def __init__(
        self, rules: Rules, build: Build, pod: Pod, keeper: Keeper, conversation: Conversation, metrics: Metrics
    ) -> None:
        self._rules = rules
        self._build = build
        self._pod = pod
        self._keeper = keeper
        self._conversation = conversation
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = Session(self._rules.limits, time.monotonic())
        connection = Connection(scope, receive, send, session, self._metrics)
        connection.takes, connection.binary = self._conversation.takes, self._conversation.binary
        await connection.accept()
        shown = connection.query_params.get("resume", "")
        session_id.set(shown.partition(".")[0][:LONGEST_ID])
        refusal = self._refusal(connection)
        if refusal is not None:
            await self._refuse(connection, refusal)
            return
        with self._pod.holding(connection):
            token = connection.token = await self._admit(connection)
            if token is not None:
                await self._serve(connection, token)

    def _refusal(self, connection: Connection) -> Close | None:
        origin = connection.headers.get("origin")
        if self._rules.origins and origin is not None and origin not in self._rules.origins:
            return Close(Reason.ORIGIN, "pages of this origin may not connect: ALLOWED_ORIGINS")
        return self._pod.refusal(session_id.get())

    async def _refuse(self, connection: Connection, close: Close, why: str = "") -> None:
        self._metrics.refused(close.reason)
        extra = {"code": close.code, "reason": close.reason} | ({"why": why} if why else {})
        log.info("WebSocket refused", extra=extra)
        await connection.finish(close)

    async def _admit(self, connection: Connection) -> Token | None:
        """The token of its session, a new one or one that goes on; None if it is refused."""
        shown = connection.query_params.get("resume")
        try:
            return self._begin(connection) if shown is None else await self._resume(connection, shown)
        except NotResumable as stale:
            self._metrics.token_refused(stale.why)
            await self._refuse(
                connection, Close(Reason.TOKEN, f"{stale}; connect without it for a new session"), stale.why
            )
        except Unavailable:
            await self._refuse(
                connection, Close(Reason.STORE, "the session store does not answer; connect again with this token")
            )
        return None

    def _begin(self, connection: Connection) -> Token:
        token = issue()
        self._keeper.begin(token, time.time(), ())
        connection.lifetime.connected(time.monotonic())
        return token

    async def _resume(self, connection: Connection, shown: str) -> Token:
        found = await self._keeper.resume(parse(shown))
        connection.history = found.history
        now = time.monotonic()
        connection.lifetime.connected(now, time.time() - found.started_at)
        # who comes back at each moment does not have each moment
        connection.lifetime.due(now)
        return found.token

    async def _serve(self, connection: Connection, token: Token) -> None:
        session_id.set(token.session_id)
        connection.remember = partial(self._keeper.remember, token)
        connection.on_end = partial(self._leave_to_others, connection.lifetime, token)
        resumed = "resume" in connection.query_params
        self._metrics.opened(resumed=resumed)
        log.info("WebSocket opened", extra={"resumed": resumed})
        # what holds when the server itself cuts this short
        close = Close(Reason.DRAINED, "this pod stops; reconnect to go on")
        try:
            with connection.interruptible():
                await connection.send_text(self._greeting(connection, token, resumed=resumed))
                await self._conversation.hold(connection, self._build._asdict())
            close = Close(Reason.FINISHED, "the conversation is over")
        except Exception as error:  # noqa: BLE001  whatever it is, one session has it
            # without the words of the exception, which may be those of the client
            place = "".join(format_tb(error.__traceback__))
            log.error("the conversation failed", extra={"error": type(error).__name__, "traceback": place})  # noqa: TRY400
            close = Close(Reason.BUG, "the service has a bug; its log has more")
        finally:
            await self._close(connection, token, connection.end(close))

    def _greeting(self, connection: Connection, token: Token, *, resumed: bool) -> str:
        turns = sum(message.role == "user" for message in connection.history)
        about = {"id": token.session_id, "resume": str(token), "resumed": resumed, "turns": turns}
        return rtvi.encode("server-message", {"session": {**about, **self._build._asdict()}})

    def _leave_to_others(self, session: Session, token: Token) -> None:
        (self._keeper.release if session.resumable else self._keeper.end)(token)

    async def _close(self, connection: Connection, token: Token, close: Close) -> None:
        if connection.lifetime.resumable and close.reason not in GONE:
            # where the store is too slow, what it had before may do
            await self._keeper.keep(token, KEEP_SECONDS)
        await connection.finish(close)
        seconds = time.monotonic() - connection.lifetime.opened_at
        self._metrics.closed(close.reason, seconds)
        extra = {"code": close.code, "reason": close.reason, "seconds": round(seconds, 3)}
        log.info("WebSocket closed", extra=extra)
